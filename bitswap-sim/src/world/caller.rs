//! The model of a caller: it takes blocks as fast as they come, a window of them at a time, or as
//! its tree says.

use bitswap_core::{Block, CallId, Failure, SessionId, Timestamp};
use cid::Cid;

use super::NodeId;
use super::block_times::BlockTimes;
use super::tree::Tree;
use crate::report::FetchReport;

/// One call and what has come of it.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) report: FetchReport,
    /// Blocks that it has given no credit for.
    behind: u64,
    /// Credit that it is about to give.
    ready: u32,
    /// When each of its blocks was asked for and came, if anybody wants to know.
    times: Option<Box<BlockTimes>>,
    /// What it fetches by several calls, if it does.
    pub(super) tree: Option<Box<Tree>>,
}

impl Caller {
    pub(super) fn new(
        now: Timestamp,
        node: NodeId,
        (session, call): (SessionId, CallId),
        times_blocks: bool,
    ) -> Self {
        let report = FetchReport::new(now, node, session, call);
        Self { report, behind: 0, ready: 0, times: times_blocks.then(Box::default), tree: None }
    }

    /// It asks for blocks, and gives credit for so many of them.
    pub(super) fn asks(&mut self, now: Timestamp, cids: &[Cid], credit: u32) {
        self.behind = (cids.len() as u64).saturating_sub(u64::from(credit));
        if let Some(times) = &mut self.times {
            times.add(cids);
            times.asked(now, credit);
        }
    }

    /// Its calls that are open.
    pub(super) fn open_calls(&self) -> Vec<CallId> {
        self.tree.as_ref().map_or_else(|| vec![self.report.call], |tree| tree.calls().collect())
    }

    pub(super) fn times(&self) -> Option<&BlockTimes> {
        self.times.as_deref()
    }

    /// A block came. True if the caller is to be called upon for more credit.
    pub(super) fn delivered(&mut self, now: Timestamp, came: (CallId, &Cid, &Block)) -> bool {
        let (call, cid, block) = came;
        if let Some(times) = &mut self.times {
            times.came(now, cid);
        }
        self.report.first_block_at.get_or_insert(now);
        self.report.got.blocks += 1;
        self.report.got.bytes += block.len() as u64;
        if let Some(tree) = &mut self.tree {
            self.report.failed += u64::from(!tree.came(call, cid, block));
        }
        self.wants_another()
    }

    /// A block will not come. True if the caller is to be called upon for more credit.
    pub(super) fn failed(&mut self, why: Failure) -> bool {
        self.report.failed += 1;
        if !self.report.failures.contains(&why) {
            self.report.failures.push(why);
        }
        self.wants_another()
    }

    /// Nothing more will come by a call.
    pub(super) fn finished(&mut self, now: Timestamp, call: CallId) {
        match &mut self.tree {
            Some(tree) => tree.finished(call),
            None => self.ends(now),
        }
    }

    /// Nothing more will come.
    pub(super) const fn ends(&mut self, now: Timestamp) {
        self.report.ended_at = Some(now);
        self.ready = 0;
    }

    /// Its node crashed.
    pub(super) const fn lost(&mut self, now: Timestamp) {
        if self.report.ended_at.is_none() {
            self.report.is_lost = true;
            self.ends(now);
        }
    }

    /// The credit that it gives now.
    pub(super) fn take_credit(&mut self, now: Timestamp) -> u32 {
        let credit = std::mem::replace(&mut self.ready, 0);
        if let Some(times) = &mut self.times {
            times.asked(now, credit);
        }
        credit
    }

    /// One block more for each that came, or whatever is next of a tree.
    const fn wants_another(&mut self) -> bool {
        if self.behind == 0 {
            return self.tree.is_some();
        }
        self.behind -= 1;
        self.ready += 1;
        self.ready == 1
    }
}
