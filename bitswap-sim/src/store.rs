//! The model of a block store: a map by multihash that answers after a constant delay.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::{Block, Input, ReadAnswer, ReadId, ReadItem, WriteId};
use multihash::Multihash;

/// What one node stores.
#[derive(Debug)]
pub(crate) struct ModelStore {
    blocks: BTreeMap<Multihash<64>, Block>,
    /// From what an engine asks to the answer.
    pub(crate) delay: Duration,
}

/// What an engine asked its store to do.
#[derive(Debug)]
pub(crate) enum Job {
    Read { read: ReadId, items: Vec<ReadItem> },
    Write { write: WriteId, blocks: Vec<Block> },
}

impl ModelStore {
    pub(crate) const fn new(delay: Duration) -> Self {
        Self { blocks: BTreeMap::new(), delay }
    }

    pub(crate) fn insert(&mut self, block: Block) {
        self.blocks.insert(*block.multihash(), block);
    }

    /// How many blocks it holds.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Does what was asked, with what is stored at the end of the delay; the answer.
    pub(crate) fn perform(&mut self, job: Job) -> Input {
        match job {
            Job::Read { read, items } => {
                let answers = items.iter().map(|item| self.read(item)).collect();
                Input::ReadDone { read, answers }
            }
            Job::Write { write, blocks } => {
                for block in blocks {
                    self.insert(block);
                }
                Input::WriteDone { write, outcome: Ok(()) }
            }
        }
    }

    fn read(&self, item: &ReadItem) -> ReadAnswer {
        match self.blocks.get(item.cid.hash()) {
            None => ReadAnswer::Missing,
            Some(block) if item.size_only => {
                ReadAnswer::Size(u32::try_from(block.len()).unwrap_or(u32::MAX))
            }
            Some(block) => ReadAnswer::Block(block.clone()),
        }
    }
}
