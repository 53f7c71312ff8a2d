//! Blocks that are being stored, and the sessions for which recent blocks came.

use std::collections::VecDeque;

use cid::Cid;
use smallvec::SmallVec;

use super::wants::Want;
use crate::block::Block;
use crate::ids::{CallId, CidKey, HashKey, SessionId, WriteId};
use crate::limits::Limits;
use crate::map::Table;

/// A wanted block from its arrival until it is stored.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(super) key: CidKey,
    cid: Cid,
    pub(super) hash: HashKey,
    pub(super) block: Block,
    pub(super) callers: SmallVec<[CallId; 1]>,
}

impl Arrival {
    pub(super) fn new(key: CidKey, want: &Want, block: Block) -> Self {
        let callers = want.interest.iter().map(|interest| interest.call).collect();
        Self { key, cid: want.cid, hash: want.hash, block, callers }
    }
}

/// Blocks that are being stored, and recent ones.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    writing: Table<WriteId, Vec<Arrival>>,
    by_key: Table<CidKey, WriteId>,
    /// Bytes of blocks that are being stored.
    bytes: u64,
    /// The sessions for which each recent block came.
    recent: Table<HashKey, SmallVec<[SessionId; 1]>>,
    oldest: VecDeque<HashKey>,
    most_recent: usize,
}

impl Arrivals {
    pub(super) fn new(most_recent: usize) -> Self {
        Self { most_recent, ..Self::default() }
    }

    /// Lets a caller wait for a block that is being stored; false if it is not.
    pub(super) fn attach(&mut self, key: CidKey, cid: &Cid, call: CallId) -> bool {
        let writing = self.by_key.get(&key).and_then(|write| self.writing.get_mut(write));
        let arrival = writing.into_iter().flatten().find(|arrival| arrival.cid == *cid);
        arrival.map(|arrival| arrival.callers.push(call)).is_some()
    }

    /// Notes that blocks are being stored; returns the blocks, each once.
    pub(super) fn write(&mut self, write: WriteId, arrivals: Vec<Arrival>) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::with_capacity(arrivals.len());
        for arrival in &arrivals {
            self.by_key.insert(arrival.key, write);
            self.bytes += arrival.block.len() as u64;
            // Two CIDs of the same bytes arrive together, and are stored once.
            if blocks.last().is_none_or(|last| last.multihash() != arrival.block.multihash()) {
                blocks.push(arrival.block.clone());
            }
        }
        self.writing.insert(write, arrivals);
        blocks
    }

    /// A write ended, successfully or not: what it stored; `None` if the write is unknown.
    pub(super) fn written(&mut self, write: WriteId) -> Option<Vec<Arrival>> {
        let arrivals = self.writing.remove(&write)?;
        for arrival in &arrivals {
            self.bytes -= arrival.block.len() as u64;
            if self.by_key.get(&arrival.key) == Some(&write) {
                self.by_key.remove(&arrival.key);
            }
        }
        Some(arrivals)
    }

    /// Whether so much is being stored that no more is asked for.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes >= Limits::UNSTORED_BYTES
    }

    /// Notes that a block came for some sessions, in order, each once.
    pub(super) fn remember(&mut self, hash: HashKey, sessions: SmallVec<[SessionId; 1]>) {
        if self.recent.insert(hash, sessions).is_none() {
            self.oldest.push_back(hash);
        }
        while self.oldest.len() > self.most_recent {
            if let Some(oldest) = self.oldest.pop_front() {
                self.recent.remove(&oldest);
            }
        }
    }

    /// The sessions for which a block came recently, if it did.
    pub(super) fn came_for(&self, hash: HashKey) -> Option<&[SessionId]> {
        self.recent.get(&hash).map(SmallVec::as_slice)
    }
}
