//! How often nodes say that they want something, if anybody counts.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::wire::{Entry, Message, WantKind};
use cid::Cid;

use super::{NodeId, World};

/// What nodes said that they want: who, to whom, and how often.
pub(super) type Sayings = BTreeMap<(NodeId, NodeId), BTreeMap<Cid, Said>>;

/// How often a node said the same to the same peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// That it wants to know whether the block is there.
    pub haves: u32,
    /// That it wants the block.
    pub blocks: u32,
}

impl Said {
    /// All entries.
    pub const fn entries(self) -> u32 {
        self.haves + self.blocks
    }

    /// Entries that said nothing new: to ask for a block after asking for word of it is new.
    pub const fn repeats(self) -> u32 {
        self.haves.saturating_sub(1) + self.blocks.saturating_sub(1)
    }
}

impl World {
    /// Counts from now on what nodes want of one another, from nothing; or stops, and forgets.
    pub fn count_wants(&mut self, counts: bool) {
        self.said = counts.then(BTreeMap::new);
    }

    /// What was counted, by who said it and to whom.
    pub fn wants_said(&self) -> impl Iterator<Item = ((NodeId, NodeId), &Said)> {
        let pairs = self.said.iter().flatten();
        pairs.flat_map(|(pair, said)| said.values().map(|said| (*pair, said)))
    }

    /// How many of its wants a node sent to another since they are counted.
    pub fn wants_sent(&self, from: NodeId, to: NodeId) -> u64 {
        let said = self.said.iter().filter_map(|said| said.get(&(from, to)));
        said.flat_map(BTreeMap::values).map(|said| u64::from(said.entries())).sum()
    }

    /// How long it takes until all that a node has written by now has left it.
    pub fn backlog(&self, node: NodeId) -> Duration {
        self.network.backlog(self.now, node)
    }

    pub(super) fn note_wants(&mut self, from: NodeId, to: NodeId, message: &Message) {
        let Some(said) = &mut self.said else {
            return;
        };
        let said = said.entry((from, to)).or_default();
        for entry in &message.entries {
            if let Entry::Want { cid, kind, .. } = entry {
                let said = said.entry(*cid).or_default();
                match kind {
                    WantKind::Have => said.haves += 1,
                    WantKind::Block => said.blocks += 1,
                }
            }
        }
    }
}
