//! The model of a caller: it takes blocks as fast as they come, a window of them at a time.

use bitswap_core::{Block, CallId, CallOptions, Failure, SessionId, Timestamp};
use cid::Cid;

use super::NodeId;
use crate::report::FetchReport;

/// One call and what has come of it.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) report: FetchReport,
    /// Blocks that it has given no credit for.
    behind: u64,
    /// Credit that it is about to give.
    ready: u32,
}

impl Caller {
    pub(super) fn new(
        now: Timestamp,
        node: NodeId,
        (session, call): (SessionId, CallId),
        cids: &[Cid],
        options: &CallOptions,
    ) -> Self {
        let behind = (cids.len() as u64).saturating_sub(u64::from(options.credit));
        Self { report: FetchReport::new(now, node, session, call), behind, ready: 0 }
    }

    /// A block came. True if the caller is to be called upon for more credit.
    pub(super) fn delivered(&mut self, now: Timestamp, block: &Block) -> bool {
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
    pub(super) const fn take_credit(&mut self) -> u32 {
        std::mem::replace(&mut self.ready, 0)
    }

    const fn wants_another(&mut self) -> bool {
        if self.behind == 0 {
            return false;
        }
        self.behind -= 1;
        self.ready += 1;
        self.ready == 1
    }
}
