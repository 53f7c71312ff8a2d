//! Many deadlines, at most one per key, that fall due in order.

use std::collections::{BTreeMap, BTreeSet};

use crate::time::Timestamp;

/// An ordered set of deadlines. Equal moments fall due in key order.
#[derive(Clone, Debug)]
pub(crate) struct Deadlines<K> {
    by_time: BTreeSet<(Timestamp, K)>,
    by_key: BTreeMap<K, Timestamp>,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), by_key: BTreeMap::new() }
    }
}

impl<K: Copy + Ord> Deadlines<K> {
    /// Sets, or moves, the deadline of `key`.
    pub(crate) fn set(&mut self, key: K, at: Timestamp) {
        let before = self.by_key.insert(key, at);
        if before == Some(at) {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, key));
        }
        self.by_time.insert((at, key));
    }

    /// The deadline of `key` is gone; true if there was one.
    pub(crate) fn cancel(&mut self, key: K) -> bool {
        let Some(at) = self.by_key.remove(&key) else {
            return false;
        };
        self.by_time.remove(&(at, key))
    }

    /// When `key` falls due.
    pub(crate) fn of(&self, key: K) -> Option<Timestamp> {
        self.by_key.get(&key).copied()
    }

    /// Takes one key whose moment is `now` or earlier.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<K> {
        let &(at, key) = self.by_time.first().filter(|(at, _)| *at <= now)?;
        self.by_time.remove(&(at, key));
        self.by_key.remove(&key);
        Some(key)
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }
}
