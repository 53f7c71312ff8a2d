//! Segments of version 1, whose blocks have no checksums.

use bitswap_core::Block;
use bytes::Bytes;
use futures::executor::block_on;

use crate::disk::sim::{Engine, Image, SimDisk, SimStore};
use crate::disk::tests::{block, put, read, there};
use crate::error::StoreError;

/// Written by the version of 22 November 2026: `apple`, `pear` and 900 times `q`.
const WRITTEN: &[u8] = include_bytes!("version-1.seg");

#[test]
fn they_are_read_and_not_appended_to() {
    let disk = SimDisk::of(Engine::Segments, Image::of(WRITTEN.to_vec()));
    let store = disk.store().unwrap();
    let old = old_blocks();
    assert_eq!(read(&*store, &old), there(&old));

    let all = [old, vec![block(1, 20_000)]].concat();
    put(&*store, &all).unwrap();
    drop(store);

    assert!(disk.lock().image.bytes().starts_with(WRITTEN));
    let store = disk.store().unwrap();
    assert_eq!(read(&*store, &all), there(&all));
}

#[test]
fn what_is_copied_of_them_gets_its_checksum_and_damage_stays_damage() {
    let mut image = Image::of(WRITTEN.to_vec());
    let apple = WRITTEN.windows(5).position(|window| window == b"apple").unwrap();
    *image.byte(apple).unwrap() ^= 1;
    let disk = SimDisk::of(Engine::Segments, image);
    let store = disk.store().unwrap();
    put(&*store, &[block(1, 20_000)]).unwrap();
    let before = disk.lock().image.length();

    compact(&store);

    // The old header is gone, with what is not needed between groups.
    assert!(disk.lock().image.length() < before, "the segment is still there");
    let old = old_blocks();
    let corrupt = StoreError::Corrupt { hash: *old[0].multihash() };
    let answers = [vec![Err(corrupt)], there(&old[1..])].concat();
    assert_eq!(read(&*store, &old), answers);
    put(&*store, &old).unwrap();
    assert_eq!(read(&*store, &old), there(&old));
}

fn old_blocks() -> Vec<Block> {
    let contents = [b"apple".to_vec(), b"pear".to_vec(), vec![b'q'; 900]];
    contents.map(|bytes| Block::sha2_256(Bytes::from(bytes)).unwrap()).to_vec()
}

fn compact(store: &SimStore) {
    let SimStore::Segments(store) = store else { unreachable!("of another engine") };
    block_on(store.compact()).unwrap();
}
