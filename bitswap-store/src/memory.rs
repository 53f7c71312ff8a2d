//! Blocks in memory: the model that every other store is compared with. Nothing outlives it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use bitswap_core::Block;
use bytes::Bytes;

use crate::block_store::{BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Usage};
use crate::error::StoreError;
use crate::receipt::Receipt;

/// A map behind a lock. It keeps the [`Block`]s themselves, so reading hashes nothing.
#[derive(Debug, Default)]
pub struct MemoryStore {
    held: RwLock<Held>,
    capacity: Option<u64>,
}

impl MemoryStore {
    /// What a block costs besides its bytes: its multihash twice and its share of the map. Counted,
    /// or a store of tiny blocks would outgrow its capacity many times.
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
        hashes.iter().map(|hash| Ok(held.blocks.get(hash).cloned())).collect()
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        let held = self.read();
        hashes
            .iter()
            .map(|hash| Ok(held.blocks.get(hash).map(|block| block.len() as u32)))
            .collect()
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
        let after = place(from)?;
        Ok(self.read().page(after, most))
    }

    async fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn memory_bytes(&self) -> u64 {
        self.read().bytes
    }

    fn usage(&self) -> Usage {
        let held = self.read();
        let blocks = Some(held.blocks.len() as u64);
        let bytes = Some(held.bytes);
        Usage { blocks, bytes, live_bytes: bytes, ..Usage::default() }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { cheap_sizes: true, ..Capabilities::default() }
    }
}

/// Ordered, so that a walk can go on from any hash, and so that nobody can aim collisions at it.
#[derive(Debug, Default)]
struct Held {
    blocks: BTreeMap<Multihash, Block>,
    bytes: u64,
}

impl Held {
    fn put(&mut self, blocks: Vec<Block>, limit: u64) -> Result<(), StoreError> {
        let fresh: BTreeMap<_, _> = blocks
            .into_iter()
            .filter(|block| !self.blocks.contains_key(block.multihash()))
            .map(|block| (*block.multihash(), block))
            .collect();
        let needed = fresh.values().map(cost).sum();
        if needed > limit.saturating_sub(self.bytes) {
            return Err(StoreError::Full { needed, held: self.bytes, limit });
        }
        self.bytes += needed;
        self.blocks.extend(fresh);
        Ok(())
    }

    fn delete(&mut self, hashes: &[Multihash]) {
        for hash in hashes {
            self.bytes -= self.blocks.remove(hash).as_ref().map_or(0, cost);
        }
    }

    fn page(&self, after: Option<Multihash>, most: NonZeroUsize) -> Page {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.blocks.range((from, Bound::Unbounded)).map(|(hash, _)| *hash);
        let hashes: Vec<_> = rest.by_ref().take(most.get()).collect();
        let next = rest.next().and_then(|_| hashes.last());
        let next = next.map(|last| Cursor::new(Bytes::from(last.to_bytes())));
        Page { hashes, next }
    }
}

fn cost(block: &Block) -> u64 {
    block.len() as u64 + MemoryStore::ENTRY_BYTES
}

/// The hash that was the last one told; `None` at the start.
fn place(cursor: &Cursor) -> Result<Option<Multihash>, StoreError> {
    let written = cursor.as_bytes();
    if written.is_empty() {
        return Ok(None);
    }
    let last = Multihash::from_bytes(written);
    last.map(Some).map_err(|_| StoreError::BadCursor { bytes: written.len() })
}
