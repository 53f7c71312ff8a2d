//! Blocks to exchange: bytes from seeded chance, under the CIDs that they really hash to.

mod dag;
mod sizes;

use bitswap_core::{Block, BlockError, Chance};
use bytes::Bytes;
use cid::Cid;

pub use dag::{ContentError, Dag};
pub use sizes::{ManifestError, Sizes, manifest};

/// Multicodec of blocks that are nothing but bytes.
const RAW: u64 = 0x55;

/// So many blocks of `bytes` random bytes each, under CIDv1 with sha2-256.
///
/// # Errors
/// [`BlockError::TooLarge`] if a block of `bytes` may not be; nothing was drawn.
pub fn blocks(
    chance: &mut Chance,
    count: usize,
    bytes: usize,
) -> Result<Vec<(Cid, Block)>, BlockError> {
    (0..count).map(|_| block(chance, bytes)).collect()
}

fn block(chance: &mut Chance, bytes: usize) -> Result<(Cid, Block), BlockError> {
    if bytes > bitswap_core::MAX_BLOCK_BYTES {
        return Err(BlockError::TooLarge { bytes, limit: bitswap_core::MAX_BLOCK_BYTES });
    }
    let words = (0..bytes.div_ceil(8)).flat_map(|_| chance.bits().to_le_bytes());
    let block = Block::sha2_256(words.take(bytes).collect::<Bytes>())?;
    Ok((Cid::new_v1(RAW, *block.multihash()), block))
}

/// A pool of random bytes from which any number of distinct blocks are cut: they overlap, so a
/// world of gigabytes takes no more memory than the pool.
#[derive(Debug)]
pub struct Pool {
    bytes: Bytes,
    next: usize,
}

impl Pool {
    /// A pool of so many bytes, at least 1.
    pub fn new(chance: &mut Chance, bytes: usize) -> Self {
        let words = (0..bytes.max(1).div_ceil(8)).flat_map(|_| chance.bits().to_le_bytes());
        Self { bytes: words.collect(), next: 0 }
    }

    /// So many more blocks of `bytes` bytes each, under CIDv1 with sha2-256. All differ, until
    /// there were as many as the pool has bytes more than a block.
    ///
    /// # Errors
    /// [`BlockError::TooLarge`] if a block of `bytes` may not be, or is larger than the pool.
    pub fn blocks(&mut self, count: usize, bytes: usize) -> Result<Vec<(Cid, Block)>, BlockError> {
        let limit = self.bytes.len().min(bitswap_core::MAX_BLOCK_BYTES);
        if bytes > limit {
            return Err(BlockError::TooLarge { bytes, limit });
        }
        (0..count).map(|_| self.block(bytes)).collect()
    }

    fn block(&mut self, bytes: usize) -> Result<(Cid, Block), BlockError> {
        let start = self.next;
        self.next = (start + 1) % (self.bytes.len() - bytes + 1);
        let block = Block::sha2_256(self.bytes.slice(start..start + bytes))?;
        Ok((Cid::new_v1(RAW, *block.multihash()), block))
    }
}
