//! Where blocks are kept: the [`BlockStore`] trait, a store in memory, one on a disk
//! (feature `disk`, on by default), and the suite that tells whether a store keeps the trait's
//! contract.
//!
//! A store of your own is tested in one line, under any runtime or none:
//!
//! ```
//! use bitswap_store::{MemoryStore, conformance};
//!
//! # futures::executor::block_on(async {
//! conformance::run(async || MemoryStore::new()).await?;
//! # Ok::<(), conformance::Violation>(())
//! # })?;
//! # Ok::<(), conformance::Violation>(())
//! ```

mod block_store;
#[cfg(feature = "collect")]
mod collect;
pub mod conformance;
#[cfg(feature = "disk")]
mod disk;
mod error;
mod memory;
mod receipt;

pub use block_store::{BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Usage};
#[cfg(feature = "collect")]
pub use collect::{CollectError, Collection, GuardedStore, Lease, Sweep, Swept};
#[cfg(any(test, feature = "sim"))]
pub use disk::sim;
#[cfg(feature = "disk")]
pub use disk::{Converted, RedbStore, SegmentStore, convert};
pub use error::StoreError;
pub use memory::MemoryStore;
pub use receipt::Receipt;
