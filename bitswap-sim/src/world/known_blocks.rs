//! Blocks that somebody stored, found by their bytes: those that hostile nodes send as bytes need
//! not be hashed again.

use bitswap_core::{Block, Table};

/// Blocks by how they begin. Two that begin alike are one here, and the other is hashed.
#[derive(Debug, Default)]
pub(super) struct KnownBlocks(Table<Beginning, Block>);

/// The length of a block and its first bytes, in words.
type Beginning = (u64, u64, u64, u64);

impl KnownBlocks {
    /// More are hashed each time.
    const MOST: usize = 1 << 16;

    pub(super) fn add(&mut self, block: &Block) {
        if let Some(beginning) = beginning(block.bytes())
            && (self.0.len() < Self::MOST || self.0.contains(&beginning))
        {
            self.0.insert(beginning, block.clone());
        }
    }

    /// A block that begins like these bytes and is as long.
    pub(super) fn like(&self, bytes: &[u8]) -> Option<Block> {
        self.0.get(&beginning(bytes)?).cloned()
    }
}

/// Nothing, of what is hashed at once anyway.
fn beginning(bytes: &[u8]) -> Option<Beginning> {
    let (words, _) = bytes.as_chunks::<8>();
    let word = |place: usize| words.get(place).map(|word| u64::from_le_bytes(*word));
    Some((bytes.len() as u64, word(0)?, word(1)?, word(2)?))
}
