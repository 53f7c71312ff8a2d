//! Blocks on their way through us: in memory, bounded, and for nobody but their askers.

use crate::block::Block;
use crate::ids::{CidKey, PeerKey};
use crate::map::Table;

/// The ephemeral store. It never meets the block store.
#[derive(Debug)]
pub(super) struct Shelf {
    most: u64,
    most_per_asker: u64,
    blocks: Table<CidKey, (Block, Vec<PeerKey>)>,
    bytes: u64,
    bytes_for: Table<PeerKey, u64>,
}

impl Shelf {
    pub(super) fn new(most: u64, most_per_asker: u64) -> Self {
        Self {
            most,
            most_per_asker,
            blocks: Table::default(),
            bytes: 0,
            bytes_for: Table::default(),
        }
    }

    /// Keeps a block on account of all its askers; false if there is no room.
    pub(super) fn put(&mut self, key: CidKey, askers: &[PeerKey], block: Block) -> bool {
        if self.blocks.contains(&key) {
            return true;
        }
        let bytes = block.len() as u64;
        let has_room = |asker: &PeerKey| self.held_for(*asker) + bytes <= self.most_per_asker;
        if self.bytes + bytes > self.most || !askers.iter().all(has_room) {
            return false;
        }
        self.bytes += bytes;
        self.blocks.insert(key, (block, Vec::new()));
        for asker in askers {
            self.join(key, *asker);
        }
        true
    }

    /// A block that is kept is kept for one asker more, if that one has room.
    pub(super) fn join(&mut self, key: CidKey, asker: PeerKey) {
        let held = self.held_for(asker);
        let Some((block, askers)) = self.blocks.get_mut(&key) else {
            return;
        };
        let bytes = block.len() as u64;
        if held + bytes <= self.most_per_asker && !askers.contains(&asker) {
            askers.push(asker);
            *self.bytes_for.or_default(asker) += bytes;
        }
    }

    pub(super) fn get(&self, key: CidKey) -> Option<&Block> {
        self.blocks.get(&key).map(|(block, _)| block)
    }

    /// An asker has it, or wants it no more; with the last one the block goes.
    pub(super) fn release(&mut self, key: CidKey, asker: PeerKey) {
        let Some((block, askers)) = self.blocks.get_mut(&key) else {
            return;
        };
        let bytes = block.len() as u64;
        if let Some(place) = askers.iter().position(|other| *other == asker) {
            askers.swap_remove(place);
            if let Some(held) = self.bytes_for.get_mut(&asker) {
                *held -= bytes;
                if *held == 0 {
                    self.bytes_for.remove(&asker);
                }
            }
        }
        if self.blocks.get(&key).is_some_and(|(_, askers)| askers.is_empty()) {
            self.blocks.remove(&key);
            self.bytes -= bytes;
        }
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn held_for(&self, asker: PeerKey) -> u64 {
        self.bytes_for.get(&asker).copied().unwrap_or(0)
    }
}
