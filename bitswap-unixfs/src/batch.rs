//! Blocks on their way into a store, many at a time: a store commits in groups.

use bitswap_core::Block;
use bitswap_store::{BlockStore, Durability};
use bytes::Bytes;
use cid::Cid;

use crate::error::DagError;

pub(crate) struct Batch<'a> {
    /// `None` = blocks are only hashed.
    store: Option<&'a dyn BlockStore>,
    blocks: Vec<Block>,
    bytes: usize,
}

impl<'a> Batch<'a> {
    /// What waits at most, but for one block more.
    const BYTES: usize = 4 * 1024 * 1024;
    const BLOCKS: usize = 1_024;

    pub(crate) const fn new(store: Option<&'a dyn BlockStore>) -> Self {
        Self { store, blocks: Vec::new(), bytes: 0 }
    }

    pub(crate) async fn put(&mut self, cid: &Cid, bytes: Bytes) -> Result<(), DagError> {
        if self.store.is_none() {
            return Ok(());
        }
        self.put_block(Block::checked(cid, bytes)?).await
    }

    pub(crate) async fn put_block(&mut self, block: Block) -> Result<(), DagError> {
        if self.store.is_none() {
            return Ok(());
        }
        self.bytes += block.len();
        self.blocks.push(block);
        if self.bytes >= Self::BYTES || self.blocks.len() >= Self::BLOCKS {
            self.flush().await?;
        }
        Ok(())
    }

    pub(crate) async fn flush(&mut self) -> Result<(), DagError> {
        self.bytes = 0;
        if let Some(store) = self.store
            && !self.blocks.is_empty()
        {
            let blocks = std::mem::take(&mut self.blocks);
            drop(store.put_many(blocks, Durability::Relaxed).await?);
        }
        Ok(())
    }
}
