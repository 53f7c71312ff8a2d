//! Trees in and out, and what is refused.

mod asking;
#[cfg(feature = "car")]
mod car;
mod comparing;
mod golden;
mod hostile;
mod known;
mod meanwhile;
mod reading_ahead;
mod sharded;
mod there_and_back;
#[cfg(feature = "trees")]
mod trees;
mod types;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bitswap_core::Block;
use bitswap_store::{BlockStore, Durability, MemoryStore};
use bytes::Bytes;
use cid::Cid;
use ipld_dagpb::{PbLink, PbNode};
use tempfile::TempDir;

use super::{
    BlockReader, Comparison, DagError, ImportSettings, Imported, Saved, Walk, compare, import,
    import_stream, import_wrapper, save,
};

/// UnixFS messages that say no more than what they are.
const DIRECTORY: &[u8] = &[8, 1];
const RAW: u64 = 0x55;
const DAG_PB: u64 = 0x70;

/// A store, and a place on disk that goes with it.
struct TestStore {
    store: Arc<MemoryStore>,
    place: TempDir,
}

impl TestStore {
    fn new() -> Self {
        Self { store: Arc::new(MemoryStore::new()), place: TempDir::new().unwrap() }
    }

    /// All that is there, with CIDs of version 1.
    async fn import(&self, path: &Path) -> Result<Imported, DagError> {
        self.import_as(path, &ImportSettings::whole()).await
    }

    async fn import_as(
        &self,
        path: &Path,
        settings: &ImportSettings,
    ) -> Result<Imported, DagError> {
        import(Some(self.store.as_ref()), path, settings, &|_| {}).await
    }

    fn reader(&self) -> BlockReader {
        let store = Arc::clone(&self.store);
        BlockReader::new(store)
    }

    fn walk(&self, root: Cid) -> Walk {
        Walk::new(self.reader(), root)
    }

    async fn put(&self, codec: u64, bytes: impl Into<Bytes>) -> Cid {
        let block = Block::sha2_256(bytes.into()).unwrap();
        let cid = Cid::new_v1(codec, *block.multihash());
        drop(self.store.put_many(vec![block], Durability::Relaxed).await.unwrap());
        cid
    }

    /// A node that links to `links`, which Kubo might or might not have made.
    async fn node(&self, unixfs: &[u8], links: &[(&str, Cid)]) -> Cid {
        let link = |(name, cid): &(&str, Cid)| PbLink {
            cid: *cid,
            name: Some((*name).to_owned()),
            size: Some(0),
        };
        let links = links.iter().map(link).collect();
        let node = PbNode { links, data: Some(Bytes::copy_from_slice(unixfs)) };
        self.put(DAG_PB, node.into_bytes()).await
    }

    async fn save(&self, root: Cid, name: &str) -> Result<Saved, DagError> {
        save(&mut self.walk(root), &self.place.path().join(name), false).await
    }

    async fn compare(&self, root: Cid, source: &Path) -> Comparison {
        compare(&mut self.walk(root), source).await.unwrap()
    }

    /// Names in the place, sorted; leftovers would show.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.place.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Bytes without a pattern that chunks could share.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}
