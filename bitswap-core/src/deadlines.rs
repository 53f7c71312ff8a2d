//! A queue of deadlines, at most one per key. Most of them are moved or cancelled before they are
//! due, so that this must be cheap: an entry of the queue may come up too early, and is corrected
//! then.

mod reason;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::hash::Hash;

use crate::map::Table;
use crate::time::Timestamp;

pub use reason::DeadlineReason;
pub(crate) use reason::{Reasoned, earliest, sooner};

/// An ordered set of deadlines. Equal deadlines are due in key order.
#[derive(Clone, Debug)]
pub(crate) struct Deadlines<K> {
    by_key: Table<K, Timestamp>,
    /// For each key an entry at its deadline or before, and also obsolete entries. The first entry
    /// is always right.
    queue: BinaryHeap<Reverse<(Timestamp, K)>>,
}

impl<K: Hash + Ord> Default for Deadlines<K> {
    fn default() -> Self {
        Self { by_key: Table::default(), queue: BinaryHeap::new() }
    }
}

impl<K: Copy + Hash + Ord> Deadlines<K> {
    /// Sets, or moves, the deadline of `key`.
    pub(crate) fn set(&mut self, key: K, at: Timestamp) {
        match self.by_key.insert(key, at) {
            Some(before) if before == at => {}
            Some(before) if before < at => self.right_first(key),
            Some(_) | None => {
                self.queue.push(Reverse((at, key)));
                self.compact();
            }
        }
    }

    /// Cancels the deadline of `key`; true if there was one.
    pub(crate) fn cancel(&mut self, key: K) -> bool {
        let is_gone = self.by_key.remove(&key).is_some();
        if is_gone {
            self.right_first(key);
        }
        is_gone
    }

    /// All keys, in the table's order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.by_key.keys()
    }

    /// The deadline of `key`.
    pub(crate) fn of(&self, key: K) -> Option<Timestamp> {
        self.by_key.get(&key).copied()
    }

    /// Takes one key whose deadline is `now` or earlier.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<K> {
        let Reverse((_, key)) = *self.queue.peek().filter(|Reverse((at, _))| *at <= now)?;
        self.cancel(key);
        Some(key)
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.queue.peek().map(|Reverse((at, _))| *at)
    }

    /// The deadline of `key` changed: corrects the first entry of the queue, and those that follow
    /// it.
    fn right_first(&mut self, key: K) {
        if self.queue.peek().is_none_or(|Reverse((_, first))| *first != key) {
            return;
        }
        while let Some(mut first) = self.queue.peek_mut() {
            let Reverse((at, key)) = *first;
            match self.by_key.get(&key) {
                Some(right) if *right == at => return,
                Some(right) if *right > at => *first = Reverse((*right, key)),
                Some(_) | None => {
                    PeekMut::pop(first);
                }
            }
        }
    }

    /// Drops obsolete entries once they outnumber the others.
    fn compact(&mut self) {
        if self.queue.len() > 2 * self.by_key.len() + 64 {
            self.queue = self.by_key.iter().map(|(key, at)| Reverse((*at, *key))).collect();
        }
    }
}
