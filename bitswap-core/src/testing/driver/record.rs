//! Queries of an engine's log: what it did and sent so far.

use cid::Cid;

use super::Driver;
use crate::action::Action;
use crate::testing::fixtures::peer;
use crate::wire::{BlockPresence, Entry, Message, WantKind};

impl Driver {
    /// Number of blocks that were delivered to callers.
    pub fn delivered(&self) -> usize {
        self.log.iter().filter(|action| matches!(action, Action::Deliver { .. })).count()
    }

    /// Number of writes to the store.
    pub fn writes(&self) -> usize {
        self.log.iter().filter(|action| matches!(action, Action::Write { .. })).count()
    }

    /// All messages to the peer number `n`, oldest first.
    pub fn sent_to(&self, n: u64) -> impl Iterator<Item = &Message> {
        self.log.iter().filter_map(move |action| {
            let Action::Send { peer: to, message, .. } = action else { return None };
            (*to == peer(n)).then_some(message)
        })
    }

    /// The kind of want that the peer number `n` has of us for a CID, by all messages to it.
    pub fn wanted_of(&self, n: u64, cid: Cid) -> Option<WantKind> {
        let mut known = None;
        for message in self.sent_to(n) {
            known = known.filter(|_| !message.full);
            for entry in message.entries.iter().filter(|entry| *entry.cid() == cid) {
                known = match entry {
                    Entry::Cancel { .. } => None,
                    Entry::Want { kind, .. } => Some(*kind),
                };
            }
        }
        known
    }

    /// Whether the peer number `n` was ever asked for this block.
    pub fn asked_for_block(&self, n: u64, cid: Cid) -> bool {
        let mut entries = self.sent_to(n).flat_map(|message| &message.entries);
        entries.any(|entry| match entry {
            Entry::Cancel { .. } => false,
            Entry::Want { cid: wanted, kind, .. } => *wanted == cid && *kind == WantKind::Block,
        })
    }

    /// Number of wants that the peer number `n` was sent.
    pub fn wants_sent_to(&self, n: u64) -> usize {
        let entries = self.sent_to(n).flat_map(|message| &message.entries);
        entries.filter(|entry| matches!(entry, Entry::Want { .. })).count()
    }

    /// Number of blocks that the peer number `n` was sent.
    pub fn blocks_sent_to(&self, n: u64) -> usize {
        self.sent_to(n).map(|message| message.blocks.len()).sum()
    }

    /// The presences that the peer number `n` was sent.
    pub fn presences_sent_to(&self, n: u64) -> Vec<(Cid, BlockPresence)> {
        self.sent_to(n).flat_map(|message| message.presences.clone()).collect()
    }
}
