//! Blocks in an object store, such as Amazon S3 and what speaks its protocol, for several nodes
//! that share one store, each with a cache in front.
//!
//! ```no_run
//! # async fn open() -> Result<(), bitswap_store_s3::OpenError> {
//! use bitswap_store_s3::{SharedStore, SharedOptions};
//!
//! // Credentials, region and endpoint are in the variables AWS_ACCESS_KEY_ID and so on.
//! let (url, settings) = ("s3://bucket/blocks", std::env::vars());
//! let store = SharedStore::open(url, settings, &SharedOptions::default()).await?;
//! # drop(store);
//! # Ok(())
//! # }
//! ```
//!
//! A block is an object of its own, called by its CID as plain bytes. A put is durable when it
//! returns, and seen by all nodes at once, but for those that looked for it in the last second. No
//! node frees what the others may need: collecting garbage is refused above this store.

mod cache;
mod error;
mod flights;
mod name;
mod open;
mod store;

pub use open::{OpenError, Place};
pub use store::{SharedOptions, SharedStore};
