//! Reads blocks from the store, and those that it lacks from a source, a little ahead of their use.
//! Has the bounds of what a caller asks for at once, for fetches of whole trees, too.

use std::fmt;
use std::iter;
use std::sync::Arc;

use bitswap_core::{Block, Limits, Tuning};
use bitswap_store::{BlockStore, Multihash};
use bytes::Bytes;
use cid::Cid;
use futures::StreamExt as _;
use futures::stream::SelectAll;

use crate::by_cid::{ByCid, Cids};
use crate::error::DagError;
use crate::source::{Source, Wanted};
use crate::unixfs::{Node, inlined};

/// Bytes that a caller asks for at once: what 1 Gbit/s carries in an eighth of a second.
pub(crate) const MOST_BYTES: u64 = 16 << 20;
/// Blocks that it asks for at once, however long they are.
pub(crate) const LEAST: usize = 32;
/// What is kept for a reader waits longer than what goes to the store.
const AHEAD_BYTES: u64 = MOST_BYTES / 2;

/// Reads blocks from a store, and from the network behind it, if there is one.
pub struct BlockReader {
    store: Arc<dyn BlockStore>,
    source: Option<Box<dyn Source>>,
    /// Asked of the source, and not yet here.
    asked: Cids,
    arriving: SelectAll<Wanted>,
    /// Here before their turn.
    early: ByCid<Block>,
    /// Blocks that were asked for or here when the room was filled last.
    filled: usize,
    /// What came out of the store so far.
    read_blocks: u64,
    read_bytes: u64,
}

impl BlockReader {
    /// What is in `store`, and nothing else until a source is attached.
    pub fn new(store: Arc<dyn BlockStore>) -> Self {
        Self {
            store,
            source: None,
            asked: Cids::default(),
            arriving: SelectAll::new(),
            early: ByCid::default(),
            filled: 0,
            read_blocks: 0,
            read_bytes: 0,
        }
    }

    /// From now on, what the store lacks is asked of `source`.
    pub fn attach(&mut self, source: Box<dyn Source>) {
        self.source = Some(source);
    }

    /// Whether there is a source.
    pub const fn is_attached(&self) -> bool {
        self.source.is_some()
    }

    /// Reads one block, whatever it is.
    ///
    /// # Errors
    /// [`DagError::Missing`] if there is no source and the block is not in the store; then it can
    /// be asked for again when a source is attached. Else it does not come.
    pub async fn read(&mut self, cid: &Cid) -> Result<Bytes, DagError> {
        self.bytes(cid, iter::empty()).await
    }

    pub(super) const fn store(&self) -> &Arc<dyn BlockStore> {
        &self.store
    }

    pub(super) fn source(&self) -> Option<&dyn Source> {
        self.source.as_deref()
    }

    /// Reads `cid`; `next` are likely to be needed after it, soonest first.
    ///
    /// # Errors
    /// [`DagError::Missing`] if there is no source and the block is not in the store; then it can
    /// be asked for again when a source is attached.
    pub(super) async fn node(
        &mut self,
        cid: &Cid,
        next: impl Iterator<Item = Cid>,
    ) -> Result<Node, DagError> {
        Node::read(cid, &self.bytes(cid, next).await?)
    }

    /// The bytes of `cid`, whatever they are; otherwise as [`node`](Self::node).
    pub(super) async fn bytes(
        &mut self,
        cid: &Cid,
        next: impl Iterator<Item = Cid>,
    ) -> Result<Bytes, DagError> {
        if let Some(bytes) = inlined(cid) {
            return Ok(bytes);
        }
        self.look_ahead(cid, next).await?;
        Ok(self.arrival(cid).await?.bytes().clone())
    }

    /// Waits for a block that is here or asked for.
    async fn arrival(&mut self, cid: &Cid) -> Result<Block, DagError> {
        loop {
            if let Some(block) = self.early.remove(cid) {
                return Ok(block);
            }
            match self.arriving.next().await {
                Some((came, Ok(block))) => {
                    self.asked.remove(&came);
                    if self.source.as_ref().is_some_and(|source| source.looks_in_store()) {
                        self.read_blocks += 1;
                        self.read_bytes += block.len() as u64;
                    }
                    self.early.insert(came, block);
                }
                Some((lost, Err(why))) => {
                    self.asked.remove(&lost);
                    if lost == *cid {
                        return Err(DagError::Want(Box::new(why)));
                    }
                }
                None => return Err(DagError::Missing { cid: *cid }),
            }
        }
    }

    /// Asks for `cid`, and for as much of `next` as there is room for. A part of what was there has
    /// to be used before that is done again, so that `next` is not gone through for each block.
    async fn look_ahead(
        &mut self,
        cid: &Cid,
        next: impl Iterator<Item = Cid>,
    ) -> Result<(), DagError> {
        let (held, ahead) = (self.asked.len() + self.early.len(), self.ahead());
        // From the store many are read at once; of others much is asked for at any time, so that a
        // crowd can choose the rarest.
        let parts = if self.asked.is_empty() { 2 } else { 16 };
        if self.knows(cid) && held + self.filled.div_ceil(parts) > self.filled {
            return Ok(());
        }
        self.filled = held;
        let room = ahead.saturating_sub(held).max(1);
        let mut taken = Cids::default();
        let wanted = iter::once(*cid)
            .chain(next)
            .take(ahead)
            .filter(|cid| !self.knows(cid) && inlined(cid).is_none() && taken.insert(*cid));
        let mut batch: Vec<Cid> = wanted.take(room).collect();
        if batch.is_empty() {
            return Ok(());
        }
        if let Some(source) = self.source.as_ref().filter(|source| source.looks_in_store()) {
            self.filled += batch.len();
            self.asked.extend(&batch);
            self.arriving.push(source.want(batch, None));
            return Ok(());
        }
        if batch.len() > LEAST {
            batch.truncate(self.fitting(&batch).await);
        }
        self.filled += batch.len();
        let found = self.store.get_many(&hashes(&batch)).await;
        let mut missing = Vec::new();
        for (wanted, found) in batch.into_iter().zip(found) {
            match found {
                Ok(Some(block)) => {
                    self.read_blocks += 1;
                    self.read_bytes += block.len() as u64;
                    self.early.insert(wanted, block);
                }
                Ok(None) => missing.push(wanted),
                Err(fault) if wanted == *cid => return Err(fault.into()),
                // Told when its turn comes.
                Err(_) => {}
            }
        }
        match &self.source {
            Some(source) if !missing.is_empty() => {
                self.asked.extend(&missing);
                self.arriving.push(source.want(missing, None));
                Ok(())
            }
            None if missing.contains(cid) => Err(DagError::Missing { cid: *cid }),
            _ => Ok(()),
        }
    }

    /// Blocks to ask for or keep ahead, by the mean size of what was read.
    fn ahead(&self) -> usize {
        let mean = self.read_bytes.checked_div(self.read_blocks).unwrap_or(AHEAD_BYTES);
        ((AHEAD_BYTES / mean.max(1)) as usize).clamp(LEAST, Limits::WANTS_PER_SESSION)
    }

    /// How many of these, from the first on, are small enough to be read together. Those that are
    /// not in the store count as the usual leaf.
    async fn fitting(&self, cids: &[Cid]) -> usize {
        let sizes = self.store.sizes(&hashes(cids)).await;
        let mut bytes = 0;
        let fits = sizes.into_iter().take_while(|size| {
            bytes +=
                size.as_ref().ok().copied().flatten().map_or(Tuning::BLOCK_BYTES_GUESS, u64::from);
            bytes <= AHEAD_BYTES
        });
        fits.count().max(LEAST)
    }

    fn knows(&self, cid: &Cid) -> bool {
        self.early.contains_key(cid) || self.asked.contains(cid)
    }
}

fn hashes(cids: &[Cid]) -> Vec<Multihash> {
    cids.iter().map(|cid| *cid.hash()).collect()
}

impl fmt::Debug for BlockReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockReader")
            .field("has_source", &self.source.is_some())
            .field("asked", &self.asked.len())
            .field("read_blocks", &self.read_blocks)
            .finish_non_exhaustive()
    }
}
