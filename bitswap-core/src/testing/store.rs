//! A store in memory that answers at once.

use std::collections::BTreeMap;

use multihash::Multihash;

use crate::action::ReadItem;
use crate::block::Block;
use crate::input::ReadAnswer;

/// Blocks in memory, by multihash.
#[derive(Clone, Debug, Default)]
pub struct ToyStore(BTreeMap<Multihash<64>, Block>);

impl ToyStore {
    /// Stores a block.
    pub fn put(&mut self, block: Block) {
        self.0.insert(*block.multihash(), block);
    }

    /// The answer to one item of [`Action::Read`](crate::Action::Read).
    pub fn answer(&self, item: &ReadItem) -> ReadAnswer {
        match self.0.get(item.cid.hash()) {
            None => ReadAnswer::Missing,
            Some(block) if item.size_only => ReadAnswer::Size(block.len() as u32),
            Some(block) => ReadAnswer::Block(block.clone()),
        }
    }
}
