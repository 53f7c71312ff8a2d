//! One file on its way to one node: as the program fetches it, or a level of its tree after
//! another.

use bitswap_core::{Block, BlockCount, CallId, CallOptions, SessionId, Timestamp};
use cid::Cid;

use crate::content::Dag;
use crate::report::FetchReport;
use crate::workload::{Call, Pace};
use crate::world::{NodeId, World};

/// A call that began.
#[derive(Clone, Debug)]
pub(super) struct Fetch {
    pub(super) call: Call,
    pub(super) session: SessionId,
    levels: usize,
    /// Levels that were asked for.
    asked: usize,
    /// Leaves of a stream that were, and how many will be.
    leaves: (usize, usize),
    calls: Vec<CallId>,
    /// How many of them, from the first on, ended.
    ended: usize,
    /// Something did not come, or nobody waits for it any more.
    is_broken: bool,
}

/// What is to be done for a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing, yet.
    Waits,
    /// Its next level is to be asked for.
    Level,
    /// It is over.
    Over,
}

impl Fetch {
    pub(super) const fn new(call: Call, session: SessionId, levels: usize) -> Self {
        let calls = Vec::new();
        Self { call, session, levels, asked: 0, leaves: (0, 0), calls, ended: 0, is_broken: false }
    }

    pub(super) fn calls(&self) -> &[CallId] {
        &self.calls
    }

    /// Whether it has levels whose CIDs it does not know.
    pub(super) const fn is_half_known(&self) -> bool {
        self.asked < self.levels && !self.is_broken
    }

    pub(super) fn next(&mut self, world: &World) -> Next {
        while let Some(report) = self.calls.get(self.ended).and_then(|call| world.fetched(*call))
            && report.ended_at.is_some()
        {
            self.is_broken |= report.failed > 0 || report.is_lost;
            self.ended += 1;
        }
        if self.is_broken {
            Next::Over
        } else if self.ended < self.calls.len() || self.leaves.0 < self.leaves.1 {
            Next::Waits
        } else if self.asked < self.levels {
            Next::Level
        } else {
            Next::Over
        }
    }

    /// Asks for what it knows by now, or says when it will ask for the leaves.
    pub(super) fn ask_for_level(&mut self, world: &mut World, file: &Dag) -> Vec<Timestamp> {
        if self.call.pace == Pace::Program {
            self.asked = self.levels;
            let node = NodeId::at(self.call.node);
            self.calls.push(world.fetch_tree(node, self.session, file.root()));
            return Vec::new();
        }
        let level = file.levels().nth(self.asked).unwrap_or_default();
        self.asked += 1;
        let is_last = self.asked == self.levels;
        let window = match self.call.pace {
            Pace::Stream(rate) if is_last => {
                self.leaves = (0, level.len());
                let before = level.iter().scan(0, |sum, (_, block)| {
                    let before = *sum;
                    *sum += block.len() as u64;
                    Some(before)
                });
                return before.map(|bytes| world.now().after(rate.time_for(bytes))).collect();
            }
            Pace::Program | Pace::Stream(_) => u32::MAX,
            Pace::OneAtATime => 1,
            Pace::Window(blocks) => blocks.max(1),
        };
        self.ask(world, level, window);
        Vec::new()
    }

    /// Asks for the next leaf of a stream, unless it is over.
    pub(super) fn ask_for_leaf(&mut self, world: &mut World, file: &Dag) {
        let leaf = file.levels().next_back().and_then(|leaves| leaves.get(self.leaves.0));
        self.leaves.0 += 1;
        if let Some(leaf) = leaf.filter(|_| !self.is_broken) {
            self.ask(world, std::slice::from_ref(leaf), 1);
        }
    }

    pub(super) fn give_up(&mut self, world: &mut World) {
        self.is_broken = true;
        for call in &self.calls {
            world.give_up_call(NodeId::at(self.call.node), *call);
        }
    }

    /// A node is gone, with those who waited there.
    pub(super) const fn lose(&mut self, node: usize) {
        self.is_broken |= self.call.node == node;
    }

    /// All that it asked for, as one fetch.
    pub(super) fn report(&self, world: &World) -> Option<FetchReport> {
        let mut whole = world.fetched(*self.calls.first()?)?.clone();
        let is_whole = self.asked == self.levels && self.leaves.0 == self.leaves.1;
        for part in self.calls.iter().skip(1).filter_map(|call| world.fetched(*call)) {
            let BlockCount { blocks, bytes } = part.got;
            whole.got.blocks += blocks;
            whole.got.bytes += bytes;
            whole.failed += part.failed;
            whole.is_lost |= part.is_lost;
            whole.first_block_at = whole.first_block_at.or(part.first_block_at);
            whole.ended_at = whole.ended_at.zip(part.ended_at).map(|(one, other)| one.max(other));
        }
        whole.is_lost |= self.is_broken && whole.failed == 0;
        whole.ended_at = whole.ended_at.filter(|_| is_whole || self.is_broken);
        Some(whole)
    }

    /// Its callers know how long blocks are by what links to them.
    fn ask(&mut self, world: &mut World, blocks: &[(Cid, Block)], credit: u32) {
        let block_bytes = blocks.iter().map(|(_, block)| block.len() as u32).max();
        let cids = blocks.iter().map(|(cid, _)| *cid).collect();
        let options = CallOptions { credit, block_bytes, ..CallOptions::default() };
        self.calls.push(world.fetch(NodeId::at(self.call.node), self.session, cids, options));
    }
}
