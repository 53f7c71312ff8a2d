//! A collection frees what is garbage and nothing else, whatever goes on meanwhile.

mod meanwhile;

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use bitswap_core::Block;
use bitswap_store::{
    BlockStore, Capabilities, CollectError, Collection, Cursor, Durability, GuardedStore, Lease,
    MemoryStore, Multihash, Page, Receipt, StoreError, Sweep, Swept, conformance,
};
use futures::executor::block_on;

use crate::block;

const ALL: Sweep = Sweep { dry_run: false, enough: None };

fn guarded() -> Arc<GuardedStore> {
    GuardedStore::around(Arc::new(MemoryStore::new()))
}

fn put(store: &dyn BlockStore, blocks: &[Block]) {
    drop(block_on(store.put_many(blocks.to_vec(), Durability::Relaxed)).unwrap());
}

fn there(store: &dyn BlockStore, block: &Block) -> bool {
    block_on(store.sizes(&[*block.multihash()])).remove(0).unwrap().is_some()
}

fn collect(store: &Arc<GuardedStore>) -> Collection {
    block_on(store.collect()).unwrap()
}

fn sweep(collection: &Collection) -> Swept {
    block_on(collection.sweep(ALL, &|_| {})).unwrap()
}

#[test]
fn it_keeps_the_contract_of_stores() {
    let outcome = block_on(conformance::run(async || {
        let store = guarded();
        let lease = store.lease();
        Through(store, lease)
    }));
    assert_eq!(outcome, Ok(()));
}

#[test]
fn what_is_not_marked_is_freed_and_counted() {
    let store = guarded();
    let [apple, pear, plum] = [block("apple"), block("pear"), block("a plum")];
    put(store.as_ref(), &[apple.clone(), pear.clone(), plum.clone()]);

    let mut collection = collect(&store);
    assert!(collection.mark(pear.multihash()));
    assert!(!collection.mark(pear.multihash()), "once is enough");
    let dry = Sweep { dry_run: true, ..ALL };
    let would = block_on(collection.sweep(dry, &|_| {})).unwrap();
    let swept = sweep(&collection);

    assert_eq!(would, swept);
    assert_eq!([swept.freed_blocks, swept.freed_bytes], [2, 11]);
    assert_eq!([swept.marked_blocks, swept.marked_bytes], [1, 4]);
    assert_eq!([&apple, &pear, &plum].map(|it| there(store.as_ref(), it)), [false, true, false]);
}

#[test]
fn what_was_put_or_found_since_it_began_stays() {
    let store = guarded();
    let [apple, pear, plum] = [block("apple"), block("pear"), block("plum")];
    put(store.as_ref(), &[apple.clone(), pear.clone(), plum.clone(), block("fig")]);

    let collection = collect(&store);
    put(store.as_ref(), std::slice::from_ref(&apple));
    assert!(there(store.as_ref(), &pear));
    drop(block_on(store.get_many(&[*plum.multihash()])));
    let swept = sweep(&collection);

    assert_eq!((swept.recent_blocks, swept.freed_blocks), (3, 1));
    drop(collection);
    assert_eq!(sweep(&collect(&store)).freed_blocks, 3, "it is forgotten");
}

#[test]
fn what_is_read_through_the_collection_is_not_kept_by_that() {
    let store = guarded();
    put(store.as_ref(), &[block("apple")]);

    let collection = collect(&store);
    assert!(there(collection.store().as_ref(), &block("apple")));

    assert_eq!(sweep(&collection).freed_blocks, 1);
}

#[test]
fn a_lease_keeps_what_came_since_it_was_taken_until_it_is_over() {
    let store = guarded();
    let (old, new) = (block("old"), block("new"));
    put(store.as_ref(), std::slice::from_ref(&old));
    let (first, second) = (store.lease(), store.lease());
    put(store.as_ref(), std::slice::from_ref(&new));

    drop(first);
    assert_eq!(sweep(&collect(&store)).freed_blocks, 1);
    assert!(there(store.as_ref(), &new));
    drop(second);
    assert_eq!(sweep(&collect(&store)).freed_blocks, 1);
}

// Whoever had it pinned its blocks in the last moment, and the collection had looked at the pins.
#[test]
fn a_lease_that_ends_during_a_collection_counts_until_its_end() {
    let store = guarded();
    let lease = store.lease();
    put(store.as_ref(), &[block("apple")]);

    let collection = collect(&store);
    drop(lease);

    assert_eq!(sweep(&collection).freed_blocks, 0);
}

#[test]
fn it_stops_when_enough_is_freed() {
    let store = guarded();
    let bytes = |number: u32| bytes::Bytes::from(format!("{number:010}"));
    let blocks: Vec<_> = (0..5_000).map(|number| Block::sha2_256(bytes(number)).unwrap()).collect();
    put(store.as_ref(), &blocks);

    let some = Sweep { enough: Some(15_000), ..ALL };
    let swept = block_on(collect(&store).sweep(some, &|_| {})).unwrap();

    assert_eq!(swept.freed_blocks, 2_000, "in whole pages");
    assert_eq!(store.usage().blocks, Some(3_000));
}

#[test]
fn the_oldest_are_freed_first() {
    let store = GuardedStore::around(Arc::new(meanwhile::aged()));
    put(store.as_ref(), &(0..300).map(meanwhile::numbered).collect::<Vec<_>>());

    // Blocks of eight bytes, thirty of each of ten ages.
    let some = Sweep { enough: Some(8 * 70), ..ALL };
    let swept = block_on(collect(&store).sweep(some, &|_| {})).unwrap();

    assert!((70..=72).contains(&swept.freed_blocks), "{swept:?}");
    let freed = (0..300).filter(|number| !there(store.as_ref(), &meanwhile::numbered(*number)));
    assert!(freed.map(meanwhile::age).all(|age| age <= 2));
}

#[test]
fn one_collection_at_a_time() {
    let store = guarded();
    let collection = collect(&store);
    assert_eq!(block_on(store.collect()).err(), Some(CollectError::Collecting));
    drop(collection);
    drop(collect(&store));
}

#[test]
fn if_not_all_that_came_is_remembered_nothing_is_freed() {
    let store = GuardedStore::remembering(Arc::new(MemoryStore::new()), 2);
    let too_many = CollectError::TooMany { limit: 2 };
    put(store.as_ref(), &[block("old")]);
    let lease = store.lease();
    let collection = collect(&store);
    put(store.as_ref(), &[block("a"), block("b"), block("c")]);

    let outcome = block_on(collection.sweep(ALL, &|_| {}));

    assert_eq!(outcome, Err(too_many.clone()));
    drop(collection);
    assert_eq!(block_on(store.collect()).err(), Some(too_many));
    drop(lease);
    assert_eq!(sweep(&collect(&store)).freed_blocks, 4);
}

/// The suite takes stores, and not handles to them.
struct Through(Arc<GuardedStore>, #[expect(dead_code, reason = "only held")] Lease);

#[async_trait]
impl BlockStore for Through {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        self.0.get_many(hashes).await
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        self.0.sizes(hashes).await
    }

    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        self.0.put_many(blocks, durability).await
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        self.0.delete_many(hashes).await
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        self.0.page(from, most).await
    }

    async fn sync(&self) -> Result<(), StoreError> {
        self.0.sync().await
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }
}
