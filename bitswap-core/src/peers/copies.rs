//! How often each block was sent lately, to all peers together: of tasks of one rank, what a crowd
//! has least of is sent first. It ranks nobody.

use std::collections::VecDeque;

use crate::ids::CidKey;
use crate::limits::Limits;
use crate::map::Table;

/// The last blocks that were sent.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    sent: VecDeque<CidKey>,
    counts: Table<CidKey, u32>,
}

impl Copies {
    /// How often a block was sent, among the last [`Limits::COPIES`].
    pub(crate) fn of(&self, key: CidKey) -> u32 {
        self.counts.get(&key).copied().unwrap_or_default()
    }

    /// A block is sent.
    pub(crate) fn add(&mut self, key: CidKey) {
        self.sent.push_back(key);
        let count = self.of(key) + 1;
        self.counts.insert(key, count);
        if self.sent.len() > Limits::COPIES
            && let Some(oldest) = self.sent.pop_front()
        {
            match self.of(oldest) {
                0 | 1 => drop(self.counts.remove(&oldest)),
                count => drop(self.counts.insert(oldest, count - 1)),
            }
        }
    }
}
