//! A node's store as others put blocks into it: whoever waits for them is served.

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use bitswap_api::raw_cid;
use bitswap_net::{Bitswap, Block};
use bitswap_store::{
    BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Receipt, StoreError, Usage,
};

/// A store, and the node that serves from it.
pub(super) struct Announced {
    store: Arc<dyn BlockStore>,
    bitswap: Bitswap,
}

impl Announced {
    pub(super) const fn new(store: Arc<dyn BlockStore>, bitswap: Bitswap) -> Self {
        Self { store, bitswap }
    }
}

#[async_trait]
impl BlockStore for Announced {
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
        let receipt = self.store.put_many(blocks.clone(), durability).await?;
        // The engine goes by their hashes, so any CID of theirs will do.
        let named = blocks.into_iter().map(|block| (raw_cid(*block.multihash()), block));
        if self.bitswap.notify(named.collect()).await.is_err() {
            tracing::debug!("the node is gone; nobody waits for blocks any more");
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
