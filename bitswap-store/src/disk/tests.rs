//! What only a disk that misbehaves can show.

mod compaction;
mod damage;
mod failure;
mod grouping;
mod power;
mod version_1;

use bitswap_core::Block;
use futures::executor::block_on;

use crate::block_store::{BlockStore, Durability, Multihash};
use crate::disk::sim::{Engine, SimDisk};
use crate::error::StoreError;

const ENGINES: [Engine; 2] = [Engine::Redb, Engine::Segments];

/// With an empty store.
fn formatted(engine: Engine) -> SimDisk {
    SimDisk::formatted(engine).unwrap()
}

/// A few blocks in the index and a few in pieces; `series` tells lists of them apart.
fn blocks(series: u8) -> Vec<Block> {
    [0, 100, 1_024, 1_025, 20_000, 70_000].map(|length| block(series, length)).to_vec()
}

fn block(series: u8, length: usize) -> Block {
    let mut bytes: Vec<u8> = (0..length).map(|place| (place % 249) as u8).collect();
    bytes.extend([series; 8]);
    bytes.extend((length as u64).to_le_bytes());
    Block::sha2_256(bytes.into()).unwrap()
}

/// Outcome of the receipt.
fn put(store: &dyn BlockStore, blocks: &[Block]) -> Result<(), StoreError> {
    block_on(async { store.put_many(blocks.to_vec(), Durability::Prompt).await?.durable().await })
}

fn delete(store: &dyn BlockStore, blocks: &[Block]) -> Result<(), StoreError> {
    block_on(async { store.delete_many(&hashes(blocks)).await?.durable().await })
}

fn read(store: &dyn BlockStore, blocks: &[Block]) -> Vec<Result<Option<Block>, StoreError>> {
    block_on(store.get_many(&hashes(blocks)))
}

fn there(blocks: &[Block]) -> Vec<Result<Option<Block>, StoreError>> {
    blocks.iter().map(|block| Ok(Some(block.clone()))).collect()
}

fn absent(blocks: &[Block]) -> Vec<Result<Option<Block>, StoreError>> {
    blocks.iter().map(|_| Ok(None)).collect()
}

fn hashes(blocks: &[Block]) -> Vec<Multihash> {
    blocks.iter().map(|block| *block.multihash()).collect()
}
