//! The shared store, over objects in memory; `interop/s3-server` has it over a server of S3.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod contract;
mod counted;
mod together;

use std::sync::Arc;

use bitswap_core::Block;
use bitswap_store_s3::{SharedOptions, SharedStore};
use object_store::ObjectStore;
use object_store::path::Path;

/// A node's view of these objects.
fn node(objects: &Arc<dyn ObjectStore>) -> SharedStore {
    with_cache(objects, 1 << 20)
}

fn with_cache(objects: &Arc<dyn ObjectStore>, cache_bytes: u64) -> SharedStore {
    let mut options = SharedOptions::default();
    options.cache_bytes = cache_bytes;
    SharedStore::over(Arc::clone(objects), Path::from("blocks"), &options)
}

fn block(text: &str) -> Block {
    Block::sha2_256(text.as_bytes().to_vec().into()).unwrap()
}
