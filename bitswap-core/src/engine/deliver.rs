//! What follows when blocks are here: they are stored, then delivered, then served.

use std::collections::{BTreeSet, VecDeque};

use cid::Cid;

use super::Engine;
use crate::action::{Action, Failure, ReadItem};
use crate::block::Block;
use crate::event::WantOutcome;
use crate::ids::{CallId, CidKey, HashKey, PeerKey, ReadId, SessionId, WriteId};
use crate::input::{ReadAnswer, StoreFault};
use crate::map::Table;
use crate::phase::Phase;
use crate::server::{Asker, Turn};
use crate::wants::{OwnStore, Want};

/// What a read is for.
#[derive(Debug)]
pub(super) enum Reading {
    /// Wants of ours: perhaps we have them.
    Local(Vec<CidKey>),
    /// Nothing any more: its peer is gone.
    Nothing,
    /// Whether we have what a peer wants, and how large it is.
    Sizes(PeerKey, Vec<CidKey>),
    /// Blocks whose turn has come.
    Turns(PeerKey, Vec<Turn>),
}

/// A wanted block between its coming and its being stored.
#[derive(Debug)]
pub(super) struct Arrival {
    key: CidKey,
    cid: Cid,
    hash: HashKey,
    block: Block,
    callers: Vec<CallId>,
}

impl Arrival {
    pub(super) fn new(key: CidKey, want: &Want, block: Block) -> Self {
        let callers = want.interest.iter().map(|interest| interest.call).collect();
        Self { key, cid: want.cid, hash: want.hash, block, callers }
    }
}

/// Blocks being stored, and those that came lately.
#[derive(Debug)]
pub(super) struct Arrivals {
    writing: Table<WriteId, Vec<Arrival>>,
    by_key: Table<CidKey, WriteId>,
    /// For which sessions they came.
    recent: Table<HashKey, BTreeSet<SessionId>>,
    oldest: VecDeque<HashKey>,
    most_recent: usize,
}

impl Arrivals {
    pub(super) fn new(most_recent: usize) -> Self {
        Self {
            writing: Table::default(),
            by_key: Table::default(),
            recent: Table::default(),
            oldest: VecDeque::new(),
            most_recent,
        }
    }

    /// Lets a caller wait for a block that is being stored; false if it is not.
    pub(super) fn attach(&mut self, key: CidKey, cid: &Cid, call: CallId) -> bool {
        let writing = self.by_key.get(&key).and_then(|write| self.writing.get_mut(write));
        let arrival = writing.into_iter().flatten().find(|arrival| arrival.cid == *cid);
        arrival.map(|arrival| arrival.callers.push(call)).is_some()
    }

    /// Notes that these bytes came, for some sessions.
    pub(super) fn remember(&mut self, hash: HashKey, sessions: BTreeSet<SessionId>) {
        if self.recent.insert(hash, sessions).is_none() {
            self.oldest.push_back(hash);
        }
        while self.oldest.len() > self.most_recent {
            if let Some(oldest) = self.oldest.pop_front() {
                self.recent.remove(&oldest);
            }
        }
    }

    /// The sessions for which these bytes came lately, if they did.
    pub(super) fn came_for(&self, hash: HashKey) -> Option<&BTreeSet<SessionId>> {
        self.recent.get(&hash)
    }
}

impl Engine {
    /// Stores what came.
    pub(super) fn write(&mut self, arrivals: Vec<Arrival>) {
        if arrivals.is_empty() {
            return;
        }
        let write = self.next_write();
        let mut blocks: Vec<Block> = Vec::with_capacity(arrivals.len());
        for arrival in &arrivals {
            self.arrivals.by_key.insert(arrival.key, write);
            // Two CIDs of the same bytes arrive together and are stored once.
            if blocks.last().is_none_or(|last| last.multihash() != arrival.block.multihash()) {
                blocks.push(arrival.block.clone());
            }
        }
        self.arrivals.writing.insert(write, arrivals);
        self.actions.push_back(Action::Write { write, blocks });
    }

    /// What was stored is delivered and served; what could not be stored fails.
    pub(super) fn write_done(&mut self, write: WriteId, outcome: &Result<(), StoreFault>) {
        let Some(arrivals) = self.arrivals.writing.remove(&write) else {
            self.stats.stray_inputs += 1;
            return;
        };
        for arrival in arrivals {
            if self.arrivals.by_key.get(&arrival.key) == Some(&write) {
                self.arrivals.by_key.remove(&arrival.key);
            }
            let Arrival { key, hash, block, callers, .. } = arrival;
            for call in callers {
                match outcome {
                    Ok(()) => self.deliver(call, key, block.clone()),
                    Err(fault) => self.fail_cid(call, key, Failure::Store(fault.clone())),
                }
            }
            if outcome.is_ok() {
                self.serve_waiting(hash, block.len() as u32);
            }
        }
    }

    /// Somebody else stored these.
    pub(super) fn blocks_added(&mut self, blocks: Vec<(Cid, Block)>) {
        for (_, block) in blocks {
            let hash = self.keys.multihash(block.multihash());
            for key in self.wants.of_hash(hash).to_vec() {
                self.found_here(key, &block);
            }
            self.serve_waiting(hash, block.len() as u32);
        }
    }

    pub(super) fn read_done(&mut self, read: ReadId, answers: Vec<ReadAnswer>) {
        let Some(reading) = self.reads.remove(&read) else {
            self.stats.stray_inputs += 1;
            return;
        };
        // Answers that are not there count as missing.
        let answers = answers.into_iter().chain(std::iter::repeat(ReadAnswer::Missing));
        match reading {
            Reading::Local(keys) => {
                for (key, answer) in keys.into_iter().zip(answers) {
                    self.local_read(key, answer);
                }
            }
            Reading::Nothing => self.server.read_ends(None, read),
            Reading::Sizes(peer, keys) => {
                self.server.read_ends(Some(peer), read);
                for (key, answer) in keys.into_iter().zip(answers) {
                    self.size_read(peer, key, answer);
                }
            }
            Reading::Turns(peer, turns) => {
                self.server.read_ends(Some(peer), read);
                for (turn, answer) in turns.into_iter().zip(answers) {
                    self.block_read(peer, turn, answer);
                }
            }
        }
    }

    /// Reads for a peer that goes matter no more.
    pub(super) fn orphan_reads(&mut self, peer: PeerKey) {
        for read in self.server.asker(peer).into_iter().flat_map(Asker::reads) {
            self.reads.insert(read, Reading::Nothing);
        }
    }

    fn deliver(&mut self, call: CallId, key: CidKey, block: Block) {
        if let Some(cid) = self.calls.settle(call, key) {
            self.actions.push_back(Action::Deliver { call, cid, block });
            self.finish_if_done(call);
        }
    }

    fn local_read(&mut self, key: CidKey, answer: ReadAnswer) {
        let is_asked = |want: &&mut Want| {
            want.phase() == Phase::OwnStore || want.own_store == OwnStore::AskedAgain
        };
        let Some(want) = self.wants.get_mut(key).filter(is_asked) else {
            return;
        };
        let is_first = want.phase() == Phase::OwnStore;
        want.own_store = OwnStore::Missing;
        let found = match answer {
            ReadAnswer::Block(block) if block.multihash() == want.cid.hash() => Some(block),
            ReadAnswer::Missing => None,
            ReadAnswer::Block(_) | ReadAnswer::Failed(_) | ReadAnswer::Size(_) => {
                self.stats.server.store_faults += 1;
                want.own_store = OwnStore::Failed;
                None
            }
        };
        if let Some(block) = found {
            self.found_here(key, &block);
        } else if let Some(block) = self.relay.kept(want.hash).cloned() {
            self.found_on_the_way(key, block);
        } else if is_first {
            self.set_phase(key, Phase::Undecided);
        } else {
            self.decide_again(key);
        }
    }

    /// Our own store could not say whether it has a want: it is asked once more.
    pub(super) fn read_again(&mut self, key: CidKey) {
        let has_failed = |want: &&mut Want| want.own_store == OwnStore::Failed;
        let Some(want) = self.wants.get_mut(key).filter(has_failed) else {
            return;
        };
        want.own_store = OwnStore::AskedAgain;
        let items = vec![ReadItem { cid: want.cid, size_only: false }];
        let read = self.next_read();
        self.reads.insert(read, Reading::Local(vec![key]));
        self.actions.push_back(Action::Read { read, items });
    }

    /// It is on its way through us to somebody else: a copy is ours.
    fn found_on_the_way(&mut self, key: CidKey, block: Block) {
        if let Some(want) = self.end_want(key, WantOutcome::Local) {
            self.stats.client.local.add(block.len());
            self.write(vec![Arrival::new(key, &want, block)]);
        }
    }

    fn found_here(&mut self, key: CidKey, block: &Block) {
        let Some(want) = self.end_want(key, WantOutcome::Local) else {
            return;
        };
        self.stats.client.local.add(block.len());
        for interest in want.interest {
            self.deliver(interest.call, key, block.clone());
        }
    }
}
