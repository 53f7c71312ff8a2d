//! The requests that wait for a block to be stored, by the block's multihash.

use crate::ids::{CidKey, HashKey, PeerKey};
use crate::map::Table;

type Waiter = (PeerKey, CidKey);

/// Requests by multihash, each list in the order in which they began to wait. Most lists have one.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    first: Table<HashKey, Waiter>,
    /// Those after the first.
    others: Table<HashKey, Vec<Waiter>>,
}

impl Waiting {
    pub(super) const fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    pub(super) fn push(&mut self, hash: HashKey, waiter: Waiter) {
        let mut is_first = false;
        self.first.or_insert_with(hash, || {
            is_first = true;
            waiter
        });
        if !is_first {
            self.others.or_default(hash).push(waiter);
        }
    }

    /// Removes a request that waits.
    pub(super) fn remove(&mut self, hash: HashKey, waiter: Waiter) {
        let others = self.others.get_mut(&hash);
        if let Some(others) = others {
            match self.first.get_mut(&hash) {
                Some(first) if *first == waiter => *first = others.remove(0),
                Some(_) | None => others.retain(|other| *other != waiter),
            }
            if others.is_empty() {
                self.others.remove(&hash);
            }
        } else {
            self.first.remove(&hash);
        }
    }

    /// All that wait for the block.
    pub(super) fn of(&self, hash: HashKey) -> Vec<Waiter> {
        let others = self.others.get(&hash).into_iter().flatten();
        self.first.get(&hash).into_iter().chain(others).copied().collect()
    }
}
