//! Blocks to exchange: bytes from seeded chance, under the CIDs that they really hash to.

use bitswap_core::{Block, BlockError, Chance};
use bytes::Bytes;
use cid::Cid;

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
