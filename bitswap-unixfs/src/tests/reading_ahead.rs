//! How much of a tree is read before its turn.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bitswap_store::{Capabilities, Cursor, Multihash, Page, Receipt, StoreError};

use super::*;

/// Remembers how many calls there were, and the most bytes that one gave.
#[derive(Default)]
struct Measured {
    store: MemoryStore,
    reads: AtomicUsize,
    most_bytes: AtomicUsize,
}

#[async_trait]
impl BlockStore for Measured {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        let found = self.store.get_many(hashes).await;
        let bytes = found.iter().flatten().flatten().map(Block::len).sum();
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.most_bytes.fetch_max(bytes, Ordering::Relaxed);
        found
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        self.store.sizes(hashes).await
    }

    async fn put_many(&self, blocks: Vec<Block>, how: Durability) -> Result<Receipt, StoreError> {
        self.store.put_many(blocks, how).await
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

    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }
}

/// Small files read many at a time; then large ones, which are read as few at a time as fit.
#[tokio::test]
async fn many_small_blocks_are_read_together_and_never_many_large_ones() {
    let store = Arc::new(Measured::default());
    let place = TempDir::new().unwrap();
    let (source, copy) = (place.path().join("source"), place.path().join("copy"));
    fs::create_dir(&source).unwrap();
    for number in 0..2_000 {
        fs::write(source.join(format!("a{number:04}")), number.to_string()).unwrap();
    }
    for number in 0..60 {
        fs::write(source.join(format!("b{number:02}")), noise((1 << 20) - number)).unwrap();
    }
    let settings = ImportSettings { chunk_bytes: 1 << 20, ..ImportSettings::whole() };
    let root = import(Some(store.as_ref()), &source, &settings, &|_| {}).await.unwrap().root;

    let reader = BlockReader::new(Arc::<Measured>::clone(&store));
    save(&mut Walk::new(reader, root), &copy, false).await.unwrap();

    let (reads, most) = (&store.reads, &store.most_bytes);
    assert!(reads.load(Ordering::Relaxed) < 50, "{reads:?} reads");
    assert!(most.load(Ordering::Relaxed) <= 33 << 20, "{most:?} bytes at once");
    assert_eq!(fs::read(copy.join("b59")).unwrap(), noise((1 << 20) - 59));
}
