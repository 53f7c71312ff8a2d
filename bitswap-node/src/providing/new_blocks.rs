//! A store that tells which blocks come into it.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bitswap_net::Block;
use bitswap_store::{
    BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Receipt, StoreError, Usage,
};
use tokio::sync::mpsc;

/// A store, and the way on which its new blocks are told.
pub(crate) struct NewBlocks {
    store: Arc<dyn BlockStore>,
    added: mpsc::Sender<Multihash>,
    missed: Arc<AtomicBool>,
}

/// The new blocks of a store, in order.
pub(crate) struct Added {
    hashes: mpsc::Receiver<Multihash>,
    missed: Arc<AtomicBool>,
    first: Option<Multihash>,
}

impl NewBlocks {
    /// New blocks that wait to be announced. Of more, only that there were some is remembered.
    const WAITING: usize = 65_536;

    /// The store, and its new blocks from now on.
    pub(crate) fn of(store: Arc<dyn BlockStore>) -> (Self, Added) {
        let (added, hashes) = mpsc::channel(Self::WAITING);
        let missed = Arc::new(AtomicBool::new(false));
        let told = Added { hashes, missed: Arc::clone(&missed), first: None };
        (Self { store, added, missed }, told)
    }
}

impl Added {
    /// Up to `most` of those that came, without waiting.
    pub(super) fn take(&mut self, most: usize) -> Vec<Multihash> {
        let mut taken: Vec<_> = self.first.take().into_iter().collect();
        while taken.len() < most
            && let Ok(hash) = self.hashes.try_recv()
        {
            taken.push(hash);
        }
        taken
    }

    /// Waits for one; for ever, if the store is gone.
    pub(super) async fn some(&mut self) {
        match self.hashes.recv().await {
            Some(hash) => self.first = Some(hash),
            None => std::future::pending().await,
        }
    }

    /// Whether none wait.
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.hashes.is_empty()
    }

    /// Whether some came that nobody took.
    pub(crate) fn had_some(&self) -> bool {
        !self.is_empty() || self.missed.load(Ordering::Relaxed)
    }

    /// Whether there was no room for some since it was last asked.
    pub(super) fn were_missed(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
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
            if self.added.try_send(hash).is_err() {
                self.missed.store(true, Ordering::Relaxed);
            }
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
