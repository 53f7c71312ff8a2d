//! Counts of the wants that nodes send, if anybody counts.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::wire::{Entry, Message, WantKind};
use cid::Cid;

use super::{NodeId, World};

/// How often each node sent each want to each peer, by sender and receiver.
pub(super) type SentWantCounts = BTreeMap<(NodeId, NodeId), BTreeMap<Cid, SentWants>>;

/// How often a node sent a want for one CID to one peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentWants {
    /// Want-haves.
    pub haves: u32,
    /// Want-blocks.
    pub blocks: u32,
}

impl SentWants {
    /// All entries.
    pub const fn entries(self) -> u32 {
        self.haves + self.blocks
    }

    /// Entries that repeated an earlier one. A want-block after a want-have is not a repeat.
    pub const fn repeats(self) -> u32 {
        self.haves.saturating_sub(1) + self.blocks.saturating_sub(1)
    }
}

impl World {
    /// Counts from now on what nodes want of one another, from nothing; or stops, and forgets.
    pub fn count_wants(&mut self, counts: bool) {
        self.sent_wants = counts.then(BTreeMap::new);
    }

    /// The counts, by sender and receiver.
    pub fn sent_wants(&self) -> impl Iterator<Item = ((NodeId, NodeId), &SentWants)> {
        let pairs = self.sent_wants.iter().flatten();
        pairs.flat_map(|(pair, sent)| sent.values().map(|sent| (*pair, sent)))
    }

    /// How many of its wants a node sent to another since they are counted.
    pub fn wants_sent(&self, from: NodeId, to: NodeId) -> u64 {
        let sent = self.sent_wants.iter().filter_map(|sent| sent.get(&(from, to)));
        sent.flat_map(BTreeMap::values).map(|sent| u64::from(sent.entries())).sum()
    }

    /// How long it takes until all that a node has written by now has left it.
    pub fn backlog(&self, node: NodeId) -> Duration {
        self.network.backlog(self.now, node)
    }

    pub(super) fn count_sent_wants(&mut self, from: NodeId, to: NodeId, message: &Message) {
        let Some(sent) = &mut self.sent_wants else {
            return;
        };
        let sent = sent.entry((from, to)).or_default();
        for entry in &message.entries {
            if let Entry::Want { cid, kind, .. } = entry {
                let sent = sent.entry(*cid).or_default();
                match kind {
                    WantKind::Have => sent.haves += 1,
                    WantKind::Block => sent.blocks += 1,
                }
            }
        }
    }
}
