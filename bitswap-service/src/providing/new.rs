//! What is new and is to be announced: blocks of a store, or pins.

use std::sync::Arc;

use bitswap_store::{BlockStore, Multihash};

use super::new_blocks::NewBlocks;
use super::scope::Scope;
use super::told::{Added, way};
use crate::keep::{Keeper, Pin};

/// What is new.
pub enum New {
    /// In the store.
    Blocks(Added<Multihash>),
    /// Pinned.
    Pins(Added<Pin>),
}

impl New {
    /// Pins that wait to be announced. Of more, only that there were some is remembered.
    const WAITING: usize = 1_024;

    /// The store, as everybody is to use it, and what is new from now on.
    pub fn of(scope: Scope, keeper: &Keeper) -> (Arc<dyn BlockStore>, Self) {
        match scope {
            Scope::All => {
                let (store, added) = NewBlocks::of(keeper.store());
                (Arc::new(store), Self::Blocks(added))
            }
            Scope::Pinned | Scope::Roots => {
                let (telling, added) = way(Self::WAITING);
                keeper.on_pinned(move |pin| telling.tell(pin.clone()));
                (keeper.store(), Self::Pins(added))
            }
        }
    }

    /// Whether some came that nobody took.
    pub fn had_some(&self) -> bool {
        match self {
            Self::Blocks(added) => added.had_some(),
            Self::Pins(added) => added.had_some(),
        }
    }

    /// Waits for some.
    pub(super) async fn some(&mut self) {
        match self {
            Self::Blocks(added) => added.some().await,
            Self::Pins(added) => added.some().await,
        }
    }

    /// Whether none wait.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Blocks(added) => added.is_empty(),
            Self::Pins(added) => added.is_empty(),
        }
    }

    /// Whether there were some that only a sweep finds, since it was last asked.
    pub(super) fn were_missed(&self) -> bool {
        match self {
            Self::Blocks(added) => added.were_missed(),
            Self::Pins(added) => added.were_missed(),
        }
    }
}
