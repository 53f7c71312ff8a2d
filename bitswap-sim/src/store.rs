//! The model of a block store: a map by multihash that takes its time, and fails now and then.

use std::time::Duration;

use bitswap_core::{
    Block, Chance, Input, ReadAnswer, ReadId, ReadItem, StoreFault, Table, Timestamp, WriteId,
};
use multihash::Multihash;

use crate::network::Latency;

/// What a store is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreModel {
    /// How long a read takes, however large.
    pub read: Latency,
    /// How long a write takes, however large.
    pub write: Latency,
    /// How many reads and writes it does at once; 0 is any number.
    pub at_once: u32,
    /// Of a million reads and writes, how many fail.
    pub faults: u32,
}

impl StoreModel {
    /// A store without faults that takes so long for each read or write.
    pub const fn with_delay(delay: Duration) -> Self {
        let delay = Latency::Constant(delay);
        Self { read: delay, write: delay, at_once: 0, faults: 0 }
    }
}

impl Default for StoreModel {
    /// A store that takes no time.
    fn default() -> Self {
        Self::with_delay(Duration::ZERO)
    }
}

/// What one node stores.
#[derive(Debug)]
pub(crate) struct ModelStore {
    blocks: Table<Name, Block>,
    model: StoreModel,
    chance: Chance,
    /// When each of those that work at once is free again.
    free_at: Vec<Timestamp>,
}

/// What a multihash begins with, in words, and its code and length. Blocks are hashed, so that no
/// two of them are called the same.
type Name = (u64, u64, u64);

fn name(hash: &Multihash<64>) -> Name {
    let (words, _) = hash.digest().as_chunks::<8>();
    let word = |place: usize| words.get(place).map_or(0, |word| u64::from_le_bytes(*word));
    (word(0), word(1), hash.code() << 8 | u64::from(hash.size()))
}

/// What an engine asked its store to do.
#[derive(Debug)]
pub(crate) enum Job {
    Read { read: ReadId, items: Vec<ReadItem> },
    Write { write: WriteId, blocks: Vec<Block> },
}

impl ModelStore {
    pub(crate) fn new(model: StoreModel, chance: Chance) -> Self {
        let free_at = vec![Timestamp::ZERO; model.at_once as usize];
        Self { blocks: Table::default(), model, chance, free_at }
    }

    pub(crate) fn insert(&mut self, block: Block) {
        self.blocks.insert(name(block.multihash()), block);
    }

    /// How many blocks it holds.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    pub(crate) fn holds(&self, hash: &Multihash<64>) -> bool {
        self.get(hash).is_some()
    }

    /// Everything is lost.
    pub(crate) fn clear(&mut self) {
        self.blocks = Table::default();
    }

    /// From now on it is like this.
    pub(crate) fn become_like(&mut self, model: StoreModel) {
        self.free_at.resize(model.at_once as usize, Timestamp::ZERO);
        self.model = model;
    }

    /// When a job is done that is given to it `now`.
    pub(crate) fn done_at(&mut self, now: Timestamp, job: &Job) -> Timestamp {
        let takes = match job {
            Job::Read { .. } => self.model.read,
            Job::Write { .. } => self.model.write,
        };
        let takes = takes.draw(&mut self.chance);
        let Some(first_free) = self.free_at.iter_mut().min() else {
            return now.after(takes);
        };
        *first_free = now.max(*first_free).after(takes);
        *first_free
    }

    /// Does what was asked, with what is stored at the end of the delay; the answer.
    pub(crate) fn perform(&mut self, job: Job) -> Input {
        let faults = u64::from(self.model.faults);
        let fails = faults > 0 && self.chance.one_in(faults, 1_000_000);
        let fault = fails.then(|| StoreFault("the model fails".into()));
        match (job, fault) {
            (Job::Read { read, items }, Some(fault)) => {
                let answers = items.iter().map(|_| ReadAnswer::Failed(fault.clone())).collect();
                Input::ReadDone { read, answers }
            }
            (Job::Read { read, items }, None) => {
                let answers = items.iter().map(|item| self.read(item)).collect();
                Input::ReadDone { read, answers }
            }
            (Job::Write { write, .. }, Some(fault)) => {
                Input::WriteDone { write, outcome: Err(fault) }
            }
            (Job::Write { write, blocks }, None) => {
                for block in blocks {
                    self.insert(block);
                }
                Input::WriteDone { write, outcome: Ok(()) }
            }
        }
    }

    pub(crate) fn get(&self, hash: &Multihash<64>) -> Option<&Block> {
        let block = self.blocks.get(&name(hash))?;
        (block.multihash() == hash).then_some(block)
    }

    fn read(&self, item: &ReadItem) -> ReadAnswer {
        match self.get(item.cid.hash()) {
            None => ReadAnswer::Missing,
            Some(block) if item.size_only => {
                ReadAnswer::Size(u32::try_from(block.len()).unwrap_or(u32::MAX))
            }
            Some(block) => ReadAnswer::Block(block.clone()),
        }
    }
}
