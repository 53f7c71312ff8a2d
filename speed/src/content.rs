//! The blocks: as many as are said, with random bytes of a seed.

use std::error::Error;
use std::fs;
use std::path::Path;

use bitswap_core::Block;
use cid::Cid;
use clap::Args;

/// How many blocks there are, and how large.
#[derive(Args, Clone, Copy, Debug)]
pub struct Shape {
    /// How many blocks.
    #[arg(long)]
    pub blocks: usize,
    /// Bytes of each block.
    #[arg(long)]
    pub bytes: usize,
    /// What their contents follow from.
    #[arg(long)]
    pub seed: u64,
}

impl Shape {
    /// All blocks.
    pub fn blocks(self) -> impl Iterator<Item = (Cid, Block)> {
        let mut state = self.seed;
        (0..self.blocks).map(move |_| {
            let mut data = vec![0; self.bytes];
            for part in data.chunks_mut(8) {
                let random = splitmix(&mut state).to_le_bytes();
                part.copy_from_slice(&random[..part.len()]);
            }
            let block = Block::sha2_256(data.into()).expect("no larger than a block may be");
            (Cid::new_v1(0x55, *block.multihash()), block)
        })
    }

    /// How many bytes they have together.
    pub const fn total(self) -> usize {
        self.blocks * self.bytes
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
const fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The CIDs in a file, one a line.
pub fn read_cids(path: &Path) -> Result<Vec<Cid>, Box<dyn Error + Send + Sync>> {
    fs::read_to_string(path)?.lines().map(|line| Ok(line.parse()?)).collect()
}
