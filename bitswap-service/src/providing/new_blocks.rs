//! A store that tells which blocks come into it.

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use bitswap_net::Block;
use bitswap_store::{
    BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Receipt, StoreError, Usage,
};

use super::told::{Added, Telling, way};

/// A store, and the way on which its new blocks are told.
pub(crate) struct NewBlocks {
    store: Arc<dyn BlockStore>,
    telling: Telling<Multihash>,
}

impl NewBlocks {
    /// New blocks that wait to be announced. Of more, only that there were some is remembered.
    const WAITING: usize = 65_536;

    /// The store, and its new blocks from now on.
    pub(crate) fn of(store: Arc<dyn BlockStore>) -> (Self, Added<Multihash>) {
        let (telling, added) = way(Self::WAITING);
        (Self { store, telling }, added)
    }
}

#[async_trait]
impl BlockStore for NewBlocks {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        self.store.get_many(hashes).await
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        self.store.sizes(hashes).await
    }

    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        let hashes: Vec<_> = blocks.iter().map(|block| *block.multihash()).collect();
        let receipt = self.store.put_many(blocks, durability).await?;
        for hash in hashes {
            self.telling.tell(hash);
        }
        Ok(receipt)
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        self.store.delete_many(hashes).await
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        self.store.page(from, most).await
    }

    async fn sync(&self) -> Result<(), StoreError> {
        self.store.sync().await
    }

    fn memory_bytes(&self) -> u64 {
        self.store.memory_bytes()
    }

    fn usage(&self) -> Usage {
        self.store.usage()
    }

    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }
}
