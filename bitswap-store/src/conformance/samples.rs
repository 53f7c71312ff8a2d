//! The blocks that stores are tried with.

use bitswap_core::{Block, MAX_BLOCK_BYTES};
use bytes::Bytes;

const SHA2_256: u64 = 0x12;
const BLAKE2B_256: u64 = 0xb220;

/// From nothing to the largest, with the usual leaf of a file between.
pub(super) fn of_all_sizes() -> Vec<Block> {
    let lengths = [0, 1, 1_024, 256 * 1_024 + 14, MAX_BLOCK_BYTES];
    lengths.into_iter().map(|length| block(SHA2_256, 32, patterned(length))).collect()
}

/// One text under three names: two functions of equal digest length, and a digest that is the
/// beginning of another.
pub(super) fn lookalikes() -> Vec<Block> {
    let text = Bytes::from_static(b"one text under three names");
    let names = [(SHA2_256, 32), (SHA2_256, 20), (BLAKE2B_256, 32)];
    names.into_iter().map(|(code, digest)| block(code, digest, text.clone())).collect()
}

/// `count` different blocks of 9 to 72 bytes; `series` tells lists of them apart.
pub(super) fn small(series: u8, count: u64) -> Vec<Block> {
    let text = |number: u64| {
        let mut text = vec![series; 1 + number as usize % 64];
        text.extend(number.to_le_bytes());
        Bytes::from(text)
    };
    (0..count).map(|number| block(SHA2_256, 32, text(number))).collect()
}

fn patterned(length: usize) -> Bytes {
    (0..length).map(|place| (place % 251) as u8).collect()
}

#[expect(clippy::expect_used, reason = "its arguments are all in this file")]
fn block(code: u64, digest: u8, bytes: Bytes) -> Block {
    Block::hashed(code, digest, bytes).expect("a known function, and no more than a block's bytes")
}
