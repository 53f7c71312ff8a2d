//! What the memory store promises beyond the contract.

use std::num::NonZeroUsize;

use bitswap_core::Block;
use bitswap_store::{BlockStore as _, Cursor, Durability, MemoryStore, Multihash, StoreError};
use bytes::Bytes;
use futures::executor::block_on;

use crate::block;

const APPLE: &str = "an apple"; // 8 bytes
const PEAR: &str = "a pear"; // 6 bytes

/// What the two cost together.
const BOTH: u64 = 8 + 6 + 2 * MemoryStore::ENTRY_BYTES;

#[test]
fn a_list_that_fits_to_the_byte_is_taken() {
    let store = MemoryStore::with_capacity(BOTH);

    assert_eq!(put(&store, &[APPLE, PEAR]), Ok(()));
    assert_eq!(has(&store, &[APPLE, PEAR]), [true, true]);
}

#[test]
fn a_list_that_does_not_fit_is_refused_whole() {
    let store = MemoryStore::with_capacity(BOTH - 1);

    let refused = put(&store, &[APPLE, PEAR]);

    assert_eq!(refused, Err(StoreError::Full { needed: BOTH, held: 0, limit: BOTH - 1 }));
    assert_eq!(has(&store, &[APPLE, PEAR]), [false, false]);
}

#[test]
fn a_refused_list_leaves_what_was_there() {
    let store = MemoryStore::with_capacity(BOTH - 1);
    put(&store, &[APPLE]).unwrap();

    let refused = put(&store, &[PEAR]);

    let (needed, held) = (6 + MemoryStore::ENTRY_BYTES, 8 + MemoryStore::ENTRY_BYTES);
    assert_eq!(refused, Err(StoreError::Full { needed, held, limit: BOTH - 1 }));
    assert_eq!(has(&store, &[APPLE, PEAR]), [true, false]);
}

#[test]
fn what_is_there_or_comes_twice_is_counted_once() {
    let store = MemoryStore::with_capacity(BOTH);
    put(&store, &[APPLE]).unwrap();

    assert_eq!(put(&store, &[APPLE, PEAR, PEAR]), Ok(()));
}

#[test]
fn deleting_makes_room() {
    let store = MemoryStore::with_capacity(BOTH - 1);
    put(&store, &[APPLE]).unwrap();

    let _receipt = block_on(store.delete_many(&hashes(&[APPLE, APPLE, PEAR]))).unwrap();

    assert_eq!(put(&store, &[PEAR]), Ok(()));
    assert_eq!(has(&store, &[APPLE, PEAR]), [false, true]);
}

#[test]
fn a_block_that_is_given_shares_the_bytes_that_were_put() {
    let store = MemoryStore::new();
    let bytes = Bytes::from(vec![7; 64]);
    let put = Block::sha2_256(bytes.clone()).unwrap();
    let hash = *put.multihash();
    let _receipt = block_on(store.put_many(vec![put], Durability::Prompt)).unwrap();

    let given = block_on(store.get_many(&[hash])).remove(0).unwrap().unwrap();

    assert_eq!(given.bytes().as_ptr(), bytes.as_ptr());
}

#[test]
fn a_cursor_of_somebody_else_is_refused() {
    let store = MemoryStore::new();
    put(&store, &[APPLE]).unwrap();

    let page = block_on(store.page(&Cursor::new(Bytes::from_static(b"page 7")), NonZeroUsize::MIN));

    assert_eq!(page, Err(StoreError::BadCursor { bytes: 6 }));
}

#[test]
fn a_damaged_block_is_named_as_people_search_for_it() {
    let [hash] = hashes(&[APPLE])[..] else { unreachable!() };

    let told = StoreError::Corrupt { hash }.to_string();

    let cid = "bafkreig7oagaenknnuhagcelvejo3ki2l5a77rt7pbgigtcuulw2sww6cq";
    assert_eq!(told, format!("the stored block {cid} is damaged"));
}

#[test]
fn usage_follows_what_is_there() {
    let store = MemoryStore::new();
    put(&store, &[APPLE, PEAR]).unwrap();
    assert_eq!(store.usage().blocks.zip(store.usage().bytes), Some((2, BOTH)));

    block_on(store.delete_many(&hashes(&[APPLE, PEAR]))).map(drop).unwrap();

    assert_eq!(store.usage().blocks.zip(store.usage().bytes), Some((0, 0)));
}

fn put(store: &MemoryStore, texts: &[&'static str]) -> Result<(), StoreError> {
    let blocks = texts.iter().map(|text| block(text)).collect();
    block_on(async { store.put_many(blocks, Durability::Prompt).await?.durable().await })
}

fn has(store: &MemoryStore, texts: &[&'static str]) -> Vec<bool> {
    let sizes = block_on(store.sizes(&hashes(texts)));
    sizes.into_iter().map(|size| size.unwrap().is_some()).collect()
}

fn hashes(texts: &[&'static str]) -> Vec<Multihash> {
    texts.iter().map(|text| *block(text).multihash()).collect()
}
