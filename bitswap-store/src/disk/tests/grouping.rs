//! Who shares a commit, and who waits for one.

use futures::FutureExt as _;
use futures::executor::block_on;

use crate::block_store::{BlockStore as _, Durability};
use crate::disk::tests::medium::Medium;
use crate::disk::tests::{absent, block, blocks, hashes, put, read, there};

#[test]
fn what_comes_during_a_commit_shares_the_next_one() {
    let medium = Medium::formatted();
    let store = medium.store().unwrap();
    put(&store, &blocks(1)).unwrap();
    let before = medium.disk().syncs;
    put(&store, &blocks(2)).unwrap();
    let each = medium.disk().syncs - before;

    medium.disk().shut = true;
    let accept = |series| {
        let list = vec![block(series, 10), block(series, 2_000)];
        block_on(store.put_many(list, Durability::Prompt)).unwrap()
    };
    let first = accept(10);
    medium.stalled();
    let others: Vec<_> = (11..111).map(accept).collect();
    medium.release();
    block_on(first.durable()).unwrap();
    for receipt in others {
        block_on(receipt.durable()).unwrap();
    }

    assert_eq!(medium.disk().syncs - before, 3 * each);
}

#[test]
fn what_is_accepted_is_seen_before_it_is_durable() {
    let medium = Medium::formatted();
    let store = medium.store().unwrap();
    put(&store, &blocks(1)).unwrap();
    medium.disk().shut = true;

    let receipt = block_on(store.put_many(blocks(2), Durability::Prompt)).unwrap();
    medium.stalled();
    let deleted = block_on(store.delete_many(&hashes(&blocks(1)))).unwrap();

    assert_eq!(read(&store, &blocks(2)), there(&blocks(2)));
    assert_eq!(read(&store, &blocks(1)), absent(&blocks(1)));
    let mut waits = Box::pin(receipt.durable());
    assert_eq!(waits.as_mut().now_or_never(), None);
    medium.release();
    assert_eq!(block_on(waits), Ok(()));
    assert_eq!(block_on(deleted.durable()), Ok(()));
}

#[test]
fn a_list_that_waits_for_room_is_not_accepted_when_its_caller_leaves() {
    let medium = Medium::formatted();
    let store = medium.store().unwrap();
    medium.disk().shut = true;
    let large = |series| vec![block(series, 2_000_000)];
    for series in 0..34 {
        let _receipt = block_on(store.put_many(large(series), Durability::Prompt)).unwrap();
    }

    let waiting = store.put_many(large(34), Durability::Prompt).now_or_never();

    assert!(waiting.is_none(), "{waiting:?}");
    let mut comes = Box::pin(store.put_many(large(35), Durability::Prompt));
    assert!(comes.as_mut().now_or_never().is_none(), "no room yet");
    medium.release();
    let receipt = block_on(comes).unwrap();
    block_on(receipt.durable()).unwrap();
    assert_eq!(read(&store, &large(34)), absent(&large(34)));
    assert_eq!(read(&store, &large(35)), there(&large(35)));
}
