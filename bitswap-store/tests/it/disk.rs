//! What the disk store promises beyond the contract, on real files.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bitswap_core::Block;
use bitswap_store::{
    BlockStore, Cursor, Durability, Multihash, RedbStore, SegmentStore, StoreError, conformance,
};
use bytes::Bytes;
use futures::executor::block_on;
use tempfile::TempDir;

use crate::block;

type Open = fn(&Path) -> Result<Box<dyn BlockStore>, StoreError>;

const STORES: [Open; 2] = [
    |folder| Ok(Box::new(RedbStore::open(folder)?)),
    |folder| Ok(Box::new(SegmentStore::open(folder)?)),
];

#[test]
fn redb_keeps_the_contract() {
    keeps_the_contract(RedbStore::open);
}

#[test]
fn segments_keep_the_contract() {
    keeps_the_contract(SegmentStore::open);
}

fn keeps_the_contract<S: BlockStore>(open: fn(PathBuf) -> Result<S, StoreError>) {
    let place = TempDir::new().unwrap();
    let mut stores = (0..).map(|number| place.path().join(format!("{number}")));
    let stores = std::sync::Mutex::new(&mut stores);
    let fresh = async || {
        let folder = stores.lock().unwrap().next().unwrap();
        open(folder).unwrap()
    };

    assert_eq!(block_on(conformance::run(fresh)), Ok(()));
}

#[test]
fn what_was_put_is_there_after_reopening() {
    STORES.into_iter().for_each(what_was_put_is_there_after_reopening_in);
}

fn what_was_put_is_there_after_reopening_in(open: Open) {
    let place = TempDir::new().unwrap();
    let blocks = of_all_sizes();
    let store = open(place.path()).unwrap();
    put(&*store, &blocks, Durability::Prompt).unwrap();
    drop(store);

    let store = open(place.path()).unwrap();

    assert_eq!(given(&*store, &blocks), blocks);
    assert_eq!(lengths(&*store, &blocks), blocks.iter().map(Block::len).collect::<Vec<_>>());
}

#[test]
fn closing_makes_durable_what_was_accepted() {
    STORES.into_iter().for_each(closing_makes_durable_what_was_accepted_in);
}

fn closing_makes_durable_what_was_accepted_in(open: Open) {
    let place = TempDir::new().unwrap();
    let blocks = of_all_sizes();
    let store = open(place.path()).unwrap();
    let _receipt = block_on(store.put_many(blocks.clone(), Durability::Relaxed)).unwrap();
    drop(store);

    assert_eq!(given(&*open(place.path()).unwrap(), &blocks), blocks);
}

#[test]
fn what_was_deleted_stays_away_after_reopening() {
    STORES.into_iter().for_each(what_was_deleted_stays_away_after_reopening_in);
}

fn what_was_deleted_stays_away_after_reopening_in(open: Open) {
    let place = TempDir::new().unwrap();
    let blocks = of_all_sizes();
    let (gone, kept) = blocks.split_at(3);
    let store = open(place.path()).unwrap();
    put(&*store, &blocks, Durability::Prompt).unwrap();
    let receipt = block_on(store.delete_many(&hashes(gone))).unwrap();
    block_on(receipt.durable()).unwrap();
    drop(store);

    let store = open(place.path()).unwrap();

    assert_eq!(given(&*store, &blocks), kept);
}

#[test]
fn a_directory_has_one_user_at_a_time() {
    STORES.into_iter().for_each(a_directory_has_one_user_at_a_time_in);
}

fn a_directory_has_one_user_at_a_time_in(open: Open) {
    let place = TempDir::new().unwrap();
    let store = open(place.path()).unwrap();

    let second = open(place.path()).map(drop).unwrap_err();

    assert_eq!(second, StoreError::Locked { place: place.path().display().to_string().into() });
    let told = second.to_string();
    assert!(told.ends_with("is in use: stop what uses it, or choose another directory"), "{told}");
    drop(store);
    assert_eq!(open(place.path()).map(drop), Ok(()));
}

#[test]
fn a_file_that_is_no_store_is_refused_and_left_alone() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("blocks.redb");
    let text = "not a store, and somebody needs it".repeat(1_000);
    std::fs::write(&file, &text).unwrap();

    let refused = RedbStore::open(place.path()).unwrap_err();

    let kind = std::io::ErrorKind::InvalidData;
    assert_eq!(refused, StoreError::Io { doing: "open the store".into(), kind });
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    STORES.into_iter().for_each(a_directory_that_cannot_be_made_is_named_in);
}

fn a_directory_that_cannot_be_made_is_named_in(open: Open) {
    let place = TempDir::new().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();

    let told = open(&file.join("store")).map(drop).unwrap_err().to_string();

    assert!(told.contains(&file.display().to_string()), "{told}");
}

#[test]
fn segments_tell_how_many_blocks_and_bytes_there_are() {
    let place = TempDir::new().unwrap();
    let store = SegmentStore::open(place.path()).unwrap();
    let blocks = of_all_sizes();
    let payload: u64 = blocks.iter().map(|block| block.len() as u64).sum();

    put(&store, &blocks, Durability::Prompt).unwrap();

    let usage = store.usage();
    assert_eq!(usage.blocks, Some(blocks.len() as u64));
    assert!(usage.bytes > Some(payload) && usage.bytes < Some(payload * 2), "{usage:?}");
    assert_eq!(usage.failed_commits, 0);
}

#[test]
fn a_cursor_of_somebody_else_is_refused() {
    STORES.into_iter().for_each(a_cursor_of_somebody_else_is_refused_in);
}

fn a_cursor_of_somebody_else_is_refused_in(open: Open) {
    let place = TempDir::new().unwrap();
    let store = open(place.path()).unwrap();

    let page = block_on(store.page(&Cursor::new(Bytes::from_static(b"page 7")), NonZeroUsize::MIN));

    assert_eq!(page, Err(StoreError::BadCursor { bytes: 6 }));
}

/// At, below and above each length at which the layout changes its ways.
fn of_all_sizes() -> Vec<Block> {
    let edges = [1, 1_024, 3_840, 7_936, 16_128, 32_512, 65_280, 262_158, 2 * 1_048_576];
    let lengths = edges.into_iter().flat_map(|edge: usize| [edge - 1, edge, edge + 1]);
    let possible = lengths.filter(|length| *length <= bitswap_core::MAX_BLOCK_BYTES);
    let patterned = |length| (0..length).map(|place| (place % 253) as u8).collect::<Bytes>();
    let mut blocks: Vec<_> =
        possible.map(|length| Block::sha2_256(patterned(length)).unwrap()).collect();
    blocks.push(block("apple"));
    // With digests that are longer and shorter than usual.
    blocks.extend(
        [(0x13, 64), (0xb220, 32), (0x12, 20)].map(|(code, digest)| {
            Block::hashed(code, digest, Bytes::from_static(b"pear")).unwrap()
        }),
    );
    blocks.dedup();
    blocks
}

fn put(store: &dyn BlockStore, blocks: &[Block], durability: Durability) -> Result<(), StoreError> {
    block_on(async { store.put_many(blocks.to_vec(), durability).await?.durable().await })
}

/// Those that are there.
fn given(store: &dyn BlockStore, blocks: &[Block]) -> Vec<Block> {
    let answers = block_on(store.get_many(&hashes(blocks)));
    answers.into_iter().filter_map(Result::unwrap).collect()
}

fn lengths(store: &dyn BlockStore, blocks: &[Block]) -> Vec<usize> {
    let sizes = block_on(store.sizes(&hashes(blocks)));
    sizes.into_iter().filter_map(Result::unwrap).map(|size| size as usize).collect()
}

fn hashes(blocks: &[Block]) -> Vec<Multihash> {
    blocks.iter().map(|block| *block.multihash()).collect()
}
