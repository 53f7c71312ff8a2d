//! The model of a caller: it takes blocks as fast as they come, a window of them at a time.

use bitswap_core::{Block, CallId, CallOptions, Failure, SessionId, Timestamp};
use cid::Cid;

use super::NodeId;
use super::block_times::{BlockTimes, Windows};
use crate::report::FetchReport;

/// One call and what has come of it.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) report: FetchReport,
    /// Blocks that it has given no credit for.
    behind: u64,
    /// Credit that it is about to give.
    ready: u32,
    /// How much its window may still grow.
    grows: u32,
    /// When each of its blocks was asked for and came, if anybody wants to know.
    times: Option<Box<BlockTimes>>,
}

impl Caller {
    pub(super) fn new(
        now: Timestamp,
        node: NodeId,
        (session, call): (SessionId, CallId),
        cids: &[Cid],
        (options, windows): (&CallOptions, Windows),
    ) -> Self {
        let behind = (cids.len() as u64).saturating_sub(u64::from(options.credit));
        let grows = windows.most.saturating_sub(options.credit);
        let mut times = windows.times_blocks.then(|| Box::new(BlockTimes::of(cids)));
        if let Some(times) = &mut times {
            times.asked(now, options.credit);
        }
        Self { report: FetchReport::new(now, node, session, call), behind, ready: 0, grows, times }
    }

    pub(super) fn times(&self) -> Option<&BlockTimes> {
        self.times.as_deref()
    }

    /// A block came. True if the caller is to be called upon for more credit.
    pub(super) fn delivered(&mut self, now: Timestamp, (cid, block): (&Cid, &Block)) -> bool {
        if let Some(times) = &mut self.times {
            times.came(now, cid);
        }
        self.report.first_block_at.get_or_insert(now);
        self.report.got.blocks += 1;
        self.report.got.bytes += block.len() as u64;
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

    /// Nothing more will come.
    pub(super) const fn finished(&mut self, now: Timestamp) {
        self.report.ended_at = Some(now);
        self.ready = 0;
    }

    /// Its node crashed.
    pub(super) const fn lost(&mut self, now: Timestamp) {
        if self.report.ended_at.is_none() {
            self.report.is_lost = true;
            self.finished(now);
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

    /// One block more for each that came, and another one as long as the window grows.
    fn wants_another(&mut self) -> bool {
        if self.behind == 0 {
            return false;
        }
        let was_ready = self.ready > 0;
        for grows in [false, true] {
            if self.behind > 0 && (!grows || self.grows > 0) {
                self.grows -= u32::from(grows);
                self.behind -= 1;
                self.ready += 1;
            }
        }
        !was_ready
    }
}
