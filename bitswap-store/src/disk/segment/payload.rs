//! A block as it lies in a segment: its bytes, and behind them a checksum of key and bytes.
//!
//! The checksum spares hashing every block that is read, which costs ten times as much. It finds
//! what a medium does to bytes, and bytes of another key. Nobody who can choose a block's bytes can
//! write to the medium.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bitswap_core::Block;
use bytes::Bytes;

use crate::block_store::Multihash;
use crate::disk::key::Key;

/// Bytes of a checksum.
pub(super) const SUM: usize = 4;

/// What is written of a block.
#[derive(Debug)]
pub(super) struct Payload<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) sum: [u8; SUM],
}

impl<'a> Payload<'a> {
    /// Of a block that is new here.
    pub(super) fn of(key: &Key, block: &'a Block) -> Self {
        let bytes = &**block.bytes();
        Self { bytes: Cow::Borrowed(bytes), sum: sum_of(key, bytes) }
    }

    /// Bytes that it takes in a segment.
    pub(super) fn length(&self) -> u64 {
        (self.bytes.len() + SUM) as u64
    }
}

/// What was read of a block, and may be damaged.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) bytes: Vec<u8>,
    /// `None` in segments that have no checksums.
    sum: Option<[u8; SUM]>,
}

impl Stored {
    /// `read` ends with a checksum, if there is one.
    pub(super) fn of(mut read: Vec<u8>, summed: bool) -> Self {
        let sum = read.last_chunk().copied().filter(|_| summed);
        if sum.is_some() {
            read.truncate(read.len() - SUM);
        }
        Self { bytes: read, sum }
    }

    /// The block of this key, if it is what these bytes are.
    pub(super) fn block(self, key: &Key, hash: &Multihash) -> Option<Block> {
        let whole = self.sum == Some(sum_of(key, &self.bytes));
        let bytes = Bytes::from(self.bytes);
        // Where there is no checksum, or it is damaged itself, the hash decides.
        if whole { Block::assume_checked(*hash, bytes).ok() } else { hashed(hash, bytes) }
    }

    /// What is to be written of it elsewhere: a damaged block stays damaged.
    pub(super) fn copied(self, key: &Key) -> Payload<'static> {
        let sum = self.sum.unwrap_or_else(|| {
            let sum = sum_of(key, &self.bytes);
            let whole = key.multihash().and_then(|hash| {
                let bytes = Bytes::copy_from_slice(&self.bytes);
                hashed(&hash, bytes)
            });
            if whole.is_some() { sum } else { sum.map(|byte| !byte) }
        });
        Payload { bytes: Cow::Owned(self.bytes), sum }
    }
}

fn hashed(hash: &Multihash, bytes: Bytes) -> Option<Block> {
    let block = Block::hashed(hash.code(), hash.size(), bytes).ok()?;
    (block.multihash() == hash).then_some(block)
}

fn sum_of(key: &Key, bytes: &[u8]) -> [u8; SUM] {
    let mut sum = crc32fast::Hasher::new();
    sum.update(key);
    sum.update(bytes);
    sum.finalize().to_le_bytes()
}
