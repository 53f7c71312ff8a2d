//! Blocks that are made and hashed once, for all runs.

use bitswap_core::{Block, BlockError, Chance, Table};
use bytes::Bytes;
use cid::Cid;

use super::plan::Content;

/// Every block that a plan asked for so far.
#[derive(Debug, Default)]
pub struct Pool(Table<u64, Block>);

impl Pool {
    const RAW: u64 = 0x55;
    const DAG_PB: u64 = 0x70;
    const SMALL: u64 = 1 << 63;

    /// The block of a plan's content, under its CID.
    ///
    /// # Errors
    /// [`BlockError::TooLarge`] if it may not be so large.
    pub fn block(&mut self, content: &Content) -> Result<(Cid, Block), BlockError> {
        let Content { bytes, name, form, .. } = *content;
        let key = u64::from(bytes) << 8 | u64::from(name);
        let block = if let Some(block) = self.0.get(&key) {
            block.clone()
        } else {
            let limit = bitswap_core::MAX_BLOCK_BYTES;
            if bytes as usize > limit {
                return Err(BlockError::TooLarge { bytes: bytes as usize, limit });
            }
            let block = Self::make(bytes as usize, key)?;
            self.0.insert(key, block.clone());
            block
        };
        let hash = *block.multihash();
        let cid = match form {
            1 => Cid::new_v0(hash).unwrap_or_else(|_| Cid::new_v1(Self::DAG_PB, hash)),
            2 => Cid::new_v1(Self::DAG_PB, hash),
            _ => Cid::new_v1(Self::RAW, hash),
        };
        Ok((cid, block))
    }

    /// The so manieth of many small blocks, of less than so many bytes.
    pub fn small(&mut self, number: u16, most: u16) -> Option<(Cid, Block)> {
        // It begins with its number: no two are the same.
        let bytes = 2 + usize::from(number) * 7_919 % usize::from(most.max(3) - 2);
        let key = Self::SMALL | (bytes as u64) << 16 | u64::from(number);
        let block = if let Some(block) = self.0.get(&key) {
            block.clone()
        } else {
            let mut content = number.to_be_bytes().to_vec();
            content.resize(bytes, 0);
            let block = Block::sha2_256(content.into()).ok()?;
            self.0.insert(key, block.clone());
            block
        };
        Some((Cid::new_v1(Self::RAW, *block.multihash()), block))
    }

    fn make(bytes: usize, key: u64) -> Result<Block, BlockError> {
        let mut chance = Chance::named(key, "pool");
        let words = (0..bytes.div_ceil(8)).flat_map(|_| chance.bits().to_le_bytes());
        Block::sha2_256(words.take(bytes).collect::<Bytes>())
    }
}
