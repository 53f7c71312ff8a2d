//! Asks about more than anybody can remember, wants to hear of all of it, and reads nothing.

use std::sync::Arc;

use bitswap_core::wire::{Message, WantKind};
use bitswap_core::{Chance, Timestamp};

use super::flooder::{WANT_BYTES, some_cid, want};
use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge};

/// Full messages of questions whose answers are longer than they are.
#[derive(Debug)]
pub(super) struct DeafFlooder {
    knowledge: Arc<Knowledge>,
    /// Questions in one message.
    wants: usize,
}

impl DeafFlooder {
    pub(super) const fn new(knowledge: Arc<Knowledge>, bytes: usize) -> Self {
        Self { knowledge, wants: bytes / WANT_BYTES + 1 }
    }
}

impl Attack for DeafFlooder {
    fn act(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions) {
        let cids = (0..self.wants).filter_map(|_| some_cid(&self.knowledge, 1, 8, chance));
        let entries = cids.map(|cid| want(cid, WantKind::Have)).collect();
        let message = Message { entries, ..Message::default() };
        actions.push(HostileAction::Say { peer: on.peer, message });
    }

    fn reads(&self) -> bool {
        false
    }
}
