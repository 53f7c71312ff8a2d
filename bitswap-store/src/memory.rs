//! Blocks in memory: the model that every other store is compared with. Nothing outlives it.

use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroUsize;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use bitswap_core::Block;
use bytes::Bytes;
use hashbrown::HashTable;

use crate::block_store::{BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Usage};
use crate::error::StoreError;
use crate::receipt::Receipt;

/// A table behind a lock. It keeps the [`Block`]s themselves, so reading hashes nothing.
#[derive(Debug, Default)]
pub struct MemoryStore {
    held: RwLock<Held>,
    capacity: Option<u64>,
}

impl MemoryStore {
    /// What a block costs besides its bytes: its multihash and its share of the tables. Counted, or
    /// a store of tiny blocks would outgrow its capacity many times.
    pub const ENTRY_BYTES: u64 = 256;

    /// A store that grows as long as there is memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that refuses what would make its blocks, each at its length and
    /// [`ENTRY_BYTES`](Self::ENTRY_BYTES), more than `bytes`. A list that does not fit is refused
    /// whole, with [`StoreError::Full`].
    pub fn with_capacity(bytes: u64) -> Self {
        Self { capacity: Some(bytes), ..Self::default() }
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl BlockStore for MemoryStore {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        let held = self.read();
        hashes.iter().map(|hash| Ok(held.get(hash).cloned())).collect()
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        let held = self.read();
        hashes.iter().map(|hash| Ok(held.get(hash).map(|block| block.len() as u32))).collect()
    }

    async fn put_many(&self, blocks: Vec<Block>, _: Durability) -> Result<Receipt, StoreError> {
        self.write().put(blocks, self.capacity.unwrap_or(u64::MAX))?;
        Ok(Receipt::settled())
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        self.write().delete(hashes);
        Ok(Receipt::settled())
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        Ok(self.read().page(place(from)?, most))
    }

    async fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn memory_bytes(&self) -> u64 {
        self.read().bytes
    }

    fn usage(&self) -> Usage {
        let held = self.read();
        let blocks = Some(held.places.len() as u64);
        let bytes = Some(held.bytes);
        Usage { blocks, bytes, live_bytes: bytes, ..Usage::default() }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { cheap_sizes: true, ..Capabilities::default() }
    }
}

/// Each block in a place of its own, where it stays, so that a walk can go on from any place; and
/// found by a hash that nobody can aim collisions at.
#[derive(Debug, Default)]
struct Held {
    blocks: Vec<Option<Block>>,
    /// The places without a block, to be used again.
    free: Vec<usize>,
    places: HashTable<usize>,
    hasher: RandomState,
    bytes: u64,
}

impl Held {
    fn place(&self, hash: &Multihash) -> Option<usize> {
        let is_it = |place: &usize| named(&self.blocks, *place) == Some(hash);
        self.places.find(self.hasher.hash_one(hash), is_it).copied()
    }

    fn get(&self, hash: &Multihash) -> Option<&Block> {
        self.blocks.get(self.place(hash)?)?.as_ref()
    }

    fn put(&mut self, blocks: Vec<Block>, limit: u64) -> Result<(), StoreError> {
        let (held, mut fresh) = (self.bytes, Vec::new());
        for block in blocks {
            if self.place(block.multihash()).is_none() {
                fresh.push(*block.multihash());
                self.add(block);
            }
        }
        if self.bytes <= limit {
            return Ok(());
        }
        let needed = self.bytes - held;
        self.delete(&fresh);
        Err(StoreError::Full { needed, held, limit })
    }

    fn add(&mut self, block: Block) {
        self.bytes += cost(&block);
        let hash = self.hasher.hash_one(block.multihash());
        let place = self.free.pop().unwrap_or(self.blocks.len());
        match self.blocks.get_mut(place) {
            Some(slot) => *slot = Some(block),
            None => self.blocks.push(Some(block)),
        }
        let Self { blocks, places, hasher, .. } = self;
        let again = |place: &usize| named(blocks, *place).map_or(0, |named| hasher.hash_one(named));
        places.insert_unique(hash, place, again);
    }

    fn delete(&mut self, hashes: &[Multihash]) {
        for hash in hashes {
            let Self { blocks, places, hasher, .. } = self;
            let is_it = |place: &usize| named(blocks, *place) == Some(hash);
            let Ok(found) = places.find_entry(hasher.hash_one(hash), is_it) else {
                continue;
            };
            let (place, _) = found.remove();
            self.bytes -= self.blocks[place].take().as_ref().map_or(0, cost);
            self.free.push(place);
        }
    }

    fn page(&self, from: usize, most: NonZeroUsize) -> Page {
        let places = from.min(self.blocks.len())..self.blocks.len();
        let mut rest = places.filter_map(|place| Some((place, *named(&self.blocks, place)?)));
        let hashes = rest.by_ref().take(most.get()).map(|(_, hash)| hash).collect();
        let next = rest.next().map(|(place, _)| (place as u64).to_be_bytes());
        Page { hashes, next: next.map(|place| Cursor::new(Bytes::copy_from_slice(&place))) }
    }
}

/// The hash of the block in a place, if there is one.
fn named(blocks: &[Option<Block>], place: usize) -> Option<&Multihash> {
    blocks.get(place)?.as_ref().map(Block::multihash)
}

fn cost(block: &Block) -> u64 {
    block.len() as u64 + MemoryStore::ENTRY_BYTES
}

/// The place where a walk goes on; 0 at the start.
fn place(cursor: &Cursor) -> Result<usize, StoreError> {
    let written = cursor.as_bytes();
    if written.is_empty() {
        return Ok(0);
    }
    let place = written.try_into().map(u64::from_be_bytes);
    let place = place.map_err(|_| StoreError::BadCursor { bytes: written.len() })?;
    Ok(usize::try_from(place).unwrap_or(usize::MAX))
}
