//! What the store on disk does, with all its threads, while the whole run is counted.

use bitswap_core::Block;
use bitswap_store::{BlockStore as _, Durability, Multihash, SegmentStore};
use bytes::Bytes;
use futures::executor::block_on;

use super::world::Outcome;

/// Blocks of 1 KiB in a list that is made durable at once.
const EACH: usize = 4_096;
const LISTS: usize = 4;

/// Blocks are put.
pub(crate) fn put() -> Outcome<u64> {
    let folder = tempfile::tempdir()?;
    Ok(filled(&SegmentStore::open(folder.path())?)?.len() as u64)
}

/// Blocks are put, and read so many at a time.
pub(crate) fn put_and_got(at_once: usize) -> Outcome<u64> {
    let folder = tempfile::tempdir()?;
    let store = SegmentStore::open(folder.path())?;
    let hashes = filled(&store)?;
    for some in hashes.chunks(at_once) {
        for found in block_on(store.get_many(some)) {
            found?.ok_or("a block is missing")?;
        }
    }
    Ok(hashes.len() as u64)
}

/// Puts blocks that nobody hashed: the store takes their word.
fn filled(store: &SegmentStore) -> Outcome<Vec<Multihash>> {
    const SHA2_256: u64 = 0x12;
    let bytes = Bytes::from(vec![7; 1 << 10]);
    let mut hashes = Vec::new();
    for list in 0..LISTS {
        let mut blocks = Vec::new();
        for number in list * EACH..(list + 1) * EACH {
            let mixed = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
            let hash = Multihash::wrap(SHA2_256, &mixed.repeat(4))?;
            blocks.push(Block::assume_checked(hash, bytes.clone())?);
            hashes.push(hash);
        }
        block_on(async { store.put_many(blocks, Durability::Prompt).await?.durable().await })?;
    }
    Ok(hashes)
}
