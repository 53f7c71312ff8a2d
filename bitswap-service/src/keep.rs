//! What a node keeps: the blocks of pinned trees; all others can be freed. All that changes pins or
//! frees blocks goes through here, with and without a daemon.

mod collect;
mod errors;
mod limit;
mod pins;
mod pins_file;

use std::sync::{Arc, OnceLock};

use bitswap_store::{BlockStore, GuardedStore, Lease};
use bitswap_unixfs::{Absent, Trees, inlined};
use cid::Cid;

pub use self::collect::{Collected, PinShare};
pub use self::limit::StoreLimit;
pub use self::pins::{Pin, PinKind};

use self::pins::Pins;
use self::pins_file::PinsFile;
use crate::error::CliError;
use crate::home::Home;
use crate::metrics::GcCounts;

/// A node's store, and what it is to keep of it.
pub struct Keeper {
    store: Arc<GuardedStore>,
    pins: Pins,
    /// Once there is a node that counts.
    counts: OnceLock<GcCounts>,
    /// Hears of each pin, once somebody wants to.
    on_pinned: OnceLock<OnPinned>,
}

type OnPinned = Box<dyn Fn(&Pin) + Send + Sync>;

impl Keeper {
    /// Of the store of this directory, which this process has locked.
    pub fn of(home: &Home, store: Arc<dyn BlockStore>) -> Arc<Self> {
        let file = store.capabilities().durable.then(|| PinsFile::of(home));
        Self::around(store, file)
    }

    /// Of a store that ends with this process, as its pins do.
    pub fn in_memory(store: Arc<dyn BlockStore>) -> Arc<Self> {
        Self::around(store, None)
    }

    fn around(store: Arc<dyn BlockStore>, file: Option<PinsFile>) -> Arc<Self> {
        let (store, pins) = (GuardedStore::around(store), Pins::new(file));
        Arc::new(Self { store, pins, counts: OnceLock::new(), on_pinned: OnceLock::new() })
    }

    /// Counts collections from now on.
    pub fn count(&self, counts: GcCounts) {
        drop(self.counts.set(counts));
    }

    /// Tells `hear` of each pin from now on, unless somebody else is told already.
    pub(crate) fn on_pinned(&self, hear: impl Fn(&Pin) + Send + Sync + 'static) {
        drop(self.on_pinned.set(Box::new(hear)));
    }

    /// The store, which everybody is to use.
    pub fn store(&self) -> Arc<dyn BlockStore> {
        Arc::<GuardedStore>::clone(&self.store)
    }

    /// Keeps all that is put or found from now on until what is returned is dropped.
    pub fn lease(&self) -> Lease {
        self.store.lease()
    }

    /// All pins, in order of their CIDs.
    ///
    /// # Errors
    /// The pins cannot be read.
    pub async fn pins(&self) -> Result<Vec<Pin>, CliError> {
        self.pins.all().await
    }

    /// Pins all of these, or none. The pins and their blocks are durable when this returns.
    ///
    /// # Errors
    /// A block of theirs is not in the store, or the pins cannot be read or written.
    pub async fn pin(&self, cids: &[Cid], kind: PinKind) -> Result<Vec<Pin>, CliError> {
        // What is found stays until it is pinned, though somebody may have begun to collect.
        let _lease = self.lease();
        for cid in cids {
            match kind {
                PinKind::Direct => self.has_block(cid).await?,
                PinKind::Recursive => self.has_tree(cid).await?,
            }
        }
        self.store.sync().await.map_err(|why| CliError::store(&why))?;
        let pins = self.pins.add(cids, kind).await?;
        if let Some(hear) = self.on_pinned.get() {
            pins.iter().for_each(hear);
        }
        Ok(pins)
    }

    /// Takes back the pins of all of these, or none. No block is removed by that.
    ///
    /// # Errors
    /// One is not pinned, or the pins cannot be read or written.
    pub async fn unpin(&self, cids: &[Cid]) -> Result<Vec<Pin>, CliError> {
        self.pins.remove(cids).await
    }

    async fn has_block(&self, cid: &Cid) -> Result<(), CliError> {
        let found = self.store.sizes(&[*cid.hash()]).await.pop().unwrap_or(Ok(None));
        match found.map_err(|why| CliError::store(&why))? {
            None if inlined(cid).is_none() => {
                Err(CliError::not_whole(cid, &Absent { cid: *cid, why: None }, 1))
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn has_tree(&self, root: &Cid) -> Result<(), CliError> {
        let extent = Trees::new().walk(self.store.as_ref(), *root, &mut |_, _| {}).await?;
        match &extent.absent {
            Some(absent) => Err(CliError::not_whole(root, absent, extent.absent_blocks)),
            None => Ok(()),
        }
    }
}
