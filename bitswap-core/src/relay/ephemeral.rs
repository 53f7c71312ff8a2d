//! Blocks on their way through us: in memory, bounded, and for nobody but their requesters.

use crate::block::Block;
use crate::ids::{CidKey, PeerKey};
use crate::map::Table;

/// The ephemeral store. It never meets the block store.
#[derive(Debug)]
pub(super) struct EphemeralStore {
    most: u64,
    most_per_requester: u64,
    blocks: Table<CidKey, (Block, Vec<PeerKey>)>,
    bytes: u64,
    bytes_for: Table<PeerKey, u64>,
}

impl EphemeralStore {
    pub(super) fn new(most: u64, most_per_requester: u64) -> Self {
        Self {
            most,
            most_per_requester,
            blocks: Table::default(),
            bytes: 0,
            bytes_for: Table::default(),
        }
    }

    /// Keeps a block on account of all its requesters; false if there is no room.
    pub(super) fn put(&mut self, key: CidKey, requesters: &[PeerKey], block: Block) -> bool {
        if self.blocks.contains(&key) {
            return true;
        }
        let bytes = block.len() as u64;
        let has_room =
            |requester: &PeerKey| self.held_for(*requester) + bytes <= self.most_per_requester;
        if self.bytes + bytes > self.most || !requesters.iter().all(has_room) {
            return false;
        }
        self.bytes += bytes;
        self.blocks.insert(key, (block, Vec::new()));
        for requester in requesters {
            self.join(key, *requester);
        }
        true
    }

    /// A block that is kept is kept for one requester more, if that one has room.
    pub(super) fn join(&mut self, key: CidKey, requester: PeerKey) {
        let held = self.held_for(requester);
        let Some((block, requesters)) = self.blocks.get_mut(&key) else {
            return;
        };
        let bytes = block.len() as u64;
        if held + bytes <= self.most_per_requester && !requesters.contains(&requester) {
            requesters.push(requester);
            *self.bytes_for.or_default(requester) += bytes;
        }
    }

    pub(super) fn get(&self, key: CidKey) -> Option<&Block> {
        self.blocks.get(&key).map(|(block, _)| block)
    }

    /// A requester has it, or wants it no more; with the last one the block goes.
    pub(super) fn release(&mut self, key: CidKey, requester: PeerKey) {
        let Some((block, requesters)) = self.blocks.get_mut(&key) else {
            return;
        };
        let bytes = block.len() as u64;
        if let Some(place) = requesters.iter().position(|other| *other == requester) {
            requesters.swap_remove(place);
            if let Some(held) = self.bytes_for.get_mut(&requester) {
                *held -= bytes;
                if *held == 0 {
                    self.bytes_for.remove(&requester);
                }
            }
        }
        if self.blocks.get(&key).is_some_and(|(_, requesters)| requesters.is_empty()) {
            self.blocks.remove(&key);
            self.bytes -= bytes;
        }
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn held_for(&self, requester: PeerKey) -> u64 {
        self.bytes_for.get(&requester).copied().unwrap_or(0)
    }
}
