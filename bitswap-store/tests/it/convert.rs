//! A directory of redb becomes one of segments, and no block is lost by it.

use std::fs;

use bitswap_core::Block;
use bitswap_store::{
    BlockStore, Durability, Multihash, RedbStore, SegmentStore, StoreError, convert,
};
use bytes::Bytes;
use futures::executor::block_on;
use tempfile::TempDir;

#[test]
fn all_blocks_are_there_afterwards_but_those_that_were_deleted() {
    let place = TempDir::new().unwrap();
    let blocks = blocks(2_000);
    let (gone, kept) = blocks.split_at(3);
    let old = RedbStore::open(place.path()).unwrap();
    put(&old, &blocks);
    block_on(async { old.delete_many(&hashes(gone)).await?.durable().await }).unwrap();
    drop(old);

    let mut told = 0;
    let converted = block_on(convert(place.path(), |copied| told = copied)).unwrap();

    assert_eq!((converted.blocks, converted.damaged, told), (1_997, 0, 1_997));
    assert!(converted.database.exists() && !RedbStore::is_in(place.path()));
    let new = SegmentStore::open(place.path()).unwrap();
    assert_eq!(given(&new, &blocks), kept);
}

#[test]
fn a_conversion_goes_on_where_another_was_stopped() {
    let place = TempDir::new().unwrap();
    let blocks = blocks(40);
    put(&RedbStore::open(place.path()).unwrap(), &blocks);
    put(&SegmentStore::open(place.path()).unwrap(), &blocks[..30]);

    let converted = block_on(convert(place.path(), |_| ())).unwrap();

    assert_eq!(converted.blocks, 10);
    assert_eq!(given(&SegmentStore::open(place.path()).unwrap(), &blocks), blocks);
}

#[test]
fn a_damaged_block_is_told_and_left_behind() {
    let place = TempDir::new().unwrap();
    let blocks = blocks(20);
    put(&RedbStore::open(place.path()).unwrap(), &blocks);
    let file = place.path().join("blocks.redb");
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.windows(16).position(|part| part == &blocks[7].bytes()[..16]).unwrap();
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();

    let converted = block_on(convert(place.path(), |_| ())).unwrap();

    assert_eq!((converted.blocks, converted.damaged), (19, 1));
    assert!(converted.database.exists(), "it is kept");
    assert_eq!(given(&SegmentStore::open(place.path()).unwrap(), &blocks).len(), 19);
}

#[test]
fn what_is_in_use_or_has_no_database_is_refused() {
    let place = TempDir::new().unwrap();
    let refused = || block_on(convert(place.path(), |_| ())).unwrap_err();
    assert!(matches!(refused(), StoreError::Io { .. }));

    let used = RedbStore::open(place.path()).unwrap();
    assert!(matches!(refused(), StoreError::Locked { .. }));
    drop(used);
}

/// All different, of a length that redb keeps in one piece.
fn blocks(count: u32) -> Vec<Block> {
    let text = |number: u32| format!("{number:08} of {count:08} ").repeat(40);
    (0..count).map(|number| Block::sha2_256(Bytes::from(text(number))).unwrap()).collect()
}

fn put(store: &dyn BlockStore, blocks: &[Block]) {
    let put = async { store.put_many(blocks.to_vec(), Durability::Prompt).await?.durable().await };
    block_on(put).unwrap();
}

fn given(store: &dyn BlockStore, blocks: &[Block]) -> Vec<Block> {
    let answers = block_on(store.get_many(&hashes(blocks)));
    answers.into_iter().filter_map(Result::unwrap).collect()
}

fn hashes(blocks: &[Block]) -> Vec<Multihash> {
    blocks.iter().map(|block| *block.multihash()).collect()
}
