//! A store of which blocks that nobody needs can be freed while it is in use. It knows no pins and
//! no links: whoever collects marks what is to stay.

mod recent;
mod sweep;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use bitswap_core::Block;
use tokio::sync::RwLock;

use crate::block_store::{BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Usage};
use crate::collect::recent::Recent;
use crate::error::StoreError;
use crate::receipt::Receipt;

pub use crate::collect::recent::Lease;
pub use crate::collect::sweep::{Collection, Sweep, Swept};

/// A store whose blocks can be collected: marked or else freed, while others put, get and lease.
///
/// A collection frees no block that
///
/// - was marked;
/// - was put, or found by a `get_many` or `sizes`, since the collection began;
/// - was put or found under a [`Lease`] that was open when the collection began, or is.
///
/// So whoever puts blocks that only later belong to something marked takes a lease before, and
/// drops it after. What is put or found is remembered only while there is a lease or a collection,
/// by a hash of 8 bytes. That two blocks have the same can keep one of them that could have been
/// freed; it cannot free any.
pub struct GuardedStore {
    store: Arc<dyn BlockStore>,
    /// Who frees has all of it; who puts or finds blocks, a part.
    gate: RwLock<()>,
    recent: Arc<Recent>,
}

/// A collection could not begin, or go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// There is one already. Nothing was changed.
    #[error("blocks are being collected already")]
    Collecting,
    /// Too many blocks were put or found to remember which. What was not freed yet stays, and
    /// another collection can begin when the leases that are open now are over.
    #[error("more than {limit} blocks came or were read under leases that are still open")]
    TooMany {
        /// The most that are remembered.
        limit: usize,
    },
    /// The store failed. What was not freed yet stays.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl GuardedStore {
    /// The most blocks that are remembered: 1 TiB of the usual size, in about 100 MiB.
    const MOST_RECENT: usize = 1 << 22;

    /// This store, which from now on nobody else deletes from.
    pub fn around(store: Arc<dyn BlockStore>) -> Arc<Self> {
        Self::remembering(store, Self::MOST_RECENT)
    }

    /// As [`around`](Self::around), and remembers at most so many blocks.
    pub fn remembering(store: Arc<dyn BlockStore>, most: usize) -> Arc<Self> {
        let recent = Arc::new(Recent::new(most));
        Arc::new(Self { store, gate: RwLock::new(()), recent })
    }

    /// Keeps all that is put or found from now on until what is returned is dropped.
    pub fn lease(&self) -> Lease {
        Recent::lease(&self.recent)
    }

    /// Begins a collection. What is put or found from now on is kept.
    ///
    /// # Errors
    /// There is one already, or too many blocks to be kept are not known.
    pub async fn collect(self: &Arc<Self>) -> Result<Collection, CollectError> {
        let lease = Recent::collect(&self.recent)?;
        // Calls that began before may not have heard of it, so they end first.
        drop(self.gate.write().await);
        Ok(Collection::new(Arc::clone(self), lease))
    }
}

#[async_trait]
impl BlockStore for GuardedStore {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        let _part = self.gate.read().await;
        let answers = self.store.get_many(hashes).await;
        let found = answers.iter().flatten().flatten();
        self.recent.note(found.map(|block| *block.multihash()));
        answers
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        let _part = self.gate.read().await;
        let answers = self.store.sizes(hashes).await;
        let found = hashes.iter().zip(&answers).filter(|(_, size)| matches!(size, Ok(Some(_))));
        self.recent.note(found.map(|(hash, _)| *hash));
        answers
    }

    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        let _part = self.gate.read().await;
        self.recent.note(blocks.iter().map(|block| *block.multihash()));
        self.store.put_many(blocks, durability).await
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
        self.store.memory_bytes() + self.recent.bytes()
    }

    fn usage(&self) -> Usage {
        self.store.usage()
    }

    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }
}

impl fmt::Debug for GuardedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedStore")
            .field("capabilities", &self.store.capabilities())
            .finish_non_exhaustive()
    }
}
