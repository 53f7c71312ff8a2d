//! Which changes share a commit, and which wait for one.

use futures::FutureExt as _;
use futures::executor::block_on;

use crate::block_store::Durability;
use crate::disk::sim::{Engine, Stops};
use crate::disk::tests::{ENGINES, absent, block, blocks, formatted, hashes, put, read, there};

#[test]
fn what_comes_during_a_commit_shares_the_next_one() {
    ENGINES.into_iter().for_each(what_comes_during_a_commit_shares_the_next_one_on);
}

fn what_comes_during_a_commit_shares_the_next_one_on(engine: Engine) {
    let disk = formatted(engine);
    let store = disk.store().unwrap();
    put(&*store, &blocks(1)).unwrap();
    let before = disk.lock().syncs;
    put(&*store, &blocks(2)).unwrap();
    let each = disk.lock().syncs - before;

    disk.lock().stops = Stops::AtSyncs;
    let accept = |series| {
        let list = vec![block(series, 10), block(series, 2_000)];
        block_on(store.put_many(list, Durability::Prompt)).unwrap()
    };
    let first = accept(10);
    disk.wait(|drive| drive.waits);
    let others: Vec<_> = (11..111).map(accept).collect();
    disk.release();
    block_on(first.durable()).unwrap();
    for receipt in others {
        block_on(receipt.durable()).unwrap();
    }

    assert_eq!(disk.lock().syncs - before, 3 * each);
}

#[test]
fn what_is_accepted_is_seen_before_it_is_durable() {
    ENGINES.into_iter().for_each(what_is_accepted_is_seen_before_it_is_durable_on);
}

fn what_is_accepted_is_seen_before_it_is_durable_on(engine: Engine) {
    let disk = formatted(engine);
    let store = disk.store().unwrap();
    put(&*store, &blocks(1)).unwrap();
    disk.lock().stops = Stops::AtSyncs;

    let receipt = block_on(store.put_many(blocks(2), Durability::Prompt)).unwrap();
    disk.wait(|drive| drive.waits);
    let deleted = block_on(store.delete_many(&hashes(&blocks(1)))).unwrap();

    assert_eq!(read(&*store, &blocks(2)), there(&blocks(2)));
    assert_eq!(read(&*store, &blocks(1)), absent(&blocks(1)));
    let mut waits = Box::pin(receipt.durable());
    assert_eq!(waits.as_mut().now_or_never(), None);
    disk.release();
    assert_eq!(block_on(waits), Ok(()));
    assert_eq!(block_on(deleted.durable()), Ok(()));
}

#[test]
fn a_list_that_waits_for_room_is_not_accepted_when_its_caller_leaves() {
    ENGINES
        .into_iter()
        .for_each(a_list_that_waits_for_room_is_not_accepted_when_its_caller_leaves_on);
}

fn a_list_that_waits_for_room_is_not_accepted_when_its_caller_leaves_on(engine: Engine) {
    let disk = formatted(engine);
    let store = disk.store().unwrap();
    disk.lock().stops = Stops::AtSyncs;
    let large = |series| vec![block(series, 2_000_000)];
    for series in 0..7 {
        let _receipt = block_on(store.put_many(large(series), Durability::Prompt)).unwrap();
    }

    let waiting = store.put_many(large(7), Durability::Prompt).now_or_never();

    assert!(waiting.is_none(), "{waiting:?}");
    let mut comes = Box::pin(store.put_many(large(8), Durability::Prompt));
    assert!(comes.as_mut().now_or_never().is_none(), "no room yet");
    disk.release();
    let receipt = block_on(comes).unwrap();
    block_on(receipt.durable()).unwrap();
    assert_eq!(read(&*store, &large(7)), absent(&large(7)));
    assert_eq!(read(&*store, &large(8)), there(&large(8)));
}
