//! The daemon's own collections begin above the high water and end at the low.

use bitswap_store::{BlockStore, Durability, MemoryStore};
use bytes::Bytes;

use super::super::Keeper;
use super::*;

fn keeper(blocks: u64) -> Arc<Keeper> {
    let keeper = Keeper::in_memory(Arc::new(MemoryStore::new()));
    let block = |number: u64| {
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.resize(1_000, 0);
        bitswap_core::Block::sha2_256(Bytes::from(bytes)).unwrap()
    };
    let put = keeper.store.put_many((0..blocks).map(block).collect(), Durability::Relaxed);
    drop(futures::executor::block_on(put).unwrap());
    keeper
}

#[test]
fn what_is_above_the_high_water_is_freed_down_to_the_low() {
    let limit = StoreLimit::of(1_000, 90, 80);
    assert_eq!(limit.excess(900), None);
    assert_eq!(limit.excess(901), Some(101));
    let large = StoreLimit::of(u64::MAX, 100, 50);
    assert_eq!(large, StoreLimit { high: u64::MAX, low: u64::MAX / 2 });
}

#[tokio::test(start_paused = true)]
async fn a_store_that_holds_too_much_is_made_smaller_and_then_left_alone() {
    let keeper = keeper(10_000);
    let live = || keeper.store.usage().live_bytes.unwrap();
    let all = live();
    let watch = tokio::spawn(StoreLimit::of(all, 90, 50).watch(Arc::clone(&keeper)));

    sleep(Duration::from_secs(3)).await;
    let left = live();
    assert!(left <= all / 2 && left > all / 4, "{left} of {all}");
    sleep(Duration::from_secs(300)).await;
    assert_eq!(live(), left);
    watch.abort();
}

#[tokio::test(start_paused = true)]
async fn what_is_in_use_is_left_and_tried_again_later() {
    let keeper = Keeper::in_memory(Arc::new(MemoryStore::new()));
    let lease = keeper.lease();
    let block = bitswap_core::Block::sha2_256(Bytes::from_static(b"in use")).unwrap();
    drop(keeper.store.put_many(vec![block], Durability::Relaxed).await.unwrap());
    let watch = tokio::spawn(StoreLimit::of(2, 50, 50).watch(Arc::clone(&keeper)));

    sleep(Duration::from_secs(3)).await;
    assert_eq!(keeper.store.usage().blocks, Some(1));
    drop(lease);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(keeper.store.usage().blocks, Some(0));
    watch.abort();
}
