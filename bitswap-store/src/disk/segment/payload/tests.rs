//! What passes for a block that was written.

use bitswap_core::Block;
use bytes::Bytes;

use super::{Payload, Stored};
use crate::disk::key::Key;

#[test]
fn bytes_and_checksum_as_they_were_written_are_the_block() {
    let block = apple();
    let key = Key::of(block.multihash());
    let read = Stored::of(written(&key, &block), true);
    assert_eq!(read.block(&key, block.multihash()), Some(block));
}

#[test]
fn the_block_of_another_key_is_not_the_one_that_was_asked_for() {
    let (block, other) = (apple(), Block::sha2_256(Bytes::from_static(b"pear")).unwrap());
    let read = Stored::of(written(&Key::of(block.multihash()), &block), true);
    assert_eq!(read.block(&Key::of(other.multihash()), other.multihash()), None);
}

#[test]
fn a_damaged_checksum_alone_costs_nothing_and_a_damaged_byte_the_block() {
    let block = apple();
    let key = Key::of(block.multihash());
    let whole = written(&key, &block);
    for place in 0..whole.len() {
        let mut read = whole.clone();
        read[place] ^= 0x10;
        let found = Stored::of(read, true).block(&key, block.multihash());
        let expected = (place >= block.len()).then(|| block.clone());
        assert_eq!(found, expected, "byte {place}");
    }
}

fn apple() -> Block {
    Block::sha2_256(Bytes::from_static(b"apple")).unwrap()
}

fn written(key: &Key, block: &Block) -> Vec<u8> {
    let payload = Payload::of(key, block);
    [&*payload.bytes, &payload.sum].concat()
}
