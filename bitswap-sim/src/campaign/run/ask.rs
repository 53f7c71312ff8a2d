//! Callers ask, each alone or for thousands of blocks at once, and give up.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use bitswap_core::{Block, CallId, CallOptions, Input, SessionId, SessionOptions};
use cid::Cid;

use super::Run;
use crate::report::FetchReport;
use crate::world::NodeId;

/// A call that was made.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) call: CallId,
    pub(super) node: NodeId,
    pub(super) session: SessionId,
    pub(super) cids: Vec<Cid>,
    pub(super) timeout: Option<Duration>,
    /// Whether the plan closed its session before its end.
    pub(super) is_closed: bool,
    /// Whether it ends once nobody is left to ask.
    pub(super) ends_early: bool,
    /// Its number in the plan; those of a bulk have none.
    pub(super) number: Option<usize>,
    /// How long it may take from its beginning, if nothing is in its way.
    pub(super) within: Option<Duration>,
}

impl Made {
    /// How many different CIDs it names.
    pub(super) fn distinct(&self) -> u64 {
        self.cids.iter().collect::<BTreeSet<_>>().len() as u64
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "call {number}"),
            None => write!(f, "{:?} of a bulk, in {:?},", self.call, self.session),
        }
    }
}

impl Run<'_> {
    /// The session of a bulk that has only one; if it has many, the first.
    const BULKS: u64 = 8;

    pub(super) fn call(&mut self, place: usize) {
        let plan = self.plan;
        let Some(call) = plan.calls.get(place) else {
            return;
        };
        let wanted = self.blocks.iter().enumerate();
        let wanted = wanted.filter(|(place, _)| *place < 64 && call.contents >> place & 1 == 1);
        let cids: Vec<Cid> = wanted.map(|(_, (cid, _))| *cid).collect();
        let timeout = Duration::from_millis(call.timeout.into());
        let options = CallOptions {
            priority: call.priority.into(),
            credit: u32::from(call.credit).max(1),
            timeout: (call.timeout > 0).then_some(timeout),
            // What is told may be wrong.
            block_bytes: (call.credit % 2 == 1).then_some(call.credit.into()),
        };
        let session = SessionId(call.session.into());
        self.make((call.player, session, Some(place)), cids, options, None);
    }

    /// Its holder has the blocks from this moment on.
    pub(super) fn ask_for_bulk(&mut self, place: usize) {
        let plan = self.plan;
        let Some((bulk, blocks)) = plan.bulks.get(place).zip(self.bulks.get(place)) else {
            return;
        };
        let cids: Vec<Cid> = blocks.iter().map(|(cid, _)| *cid).collect();
        if let Some(holder) = self.node(bulk.holder).filter(|node| self.world.is_up(*node)) {
            self.world.store(holder, blocks);
            self.world.provide(holder, &cids);
        }
        let within = self.due_within(bulk);
        let options = CallOptions::default();
        if bulk.how == 0 {
            let options = CallOptions { credit: u32::from(bulk.blocks).max(1), ..options };
            return self.make((bulk.player, SessionId(Self::BULKS), None), cids, options, within);
        }
        for (number, cid) in (0..).zip(cids) {
            let session = Self::BULKS + if bulk.how == 1 { 0 } else { number };
            self.make((bulk.player, SessionId(session), None), vec![cid], options.clone(), within);
        }
    }

    pub(super) fn cancel(&mut self, number: u32) {
        let mut made = self.made.iter();
        let number = Some(number as usize);
        if let Some(made) = made.find(|made| made.number == number) {
            self.world.give_up_call(made.node, made.call);
        }
    }

    pub(super) fn close(&mut self, node: NodeId, session: SessionId) {
        let is_over = |call| self.world.fetched(call).is_some_and(|it| it.ended_at.is_some());
        for made in self.made.iter_mut().filter(|it| (it.node, it.session) == (node, session)) {
            made.is_closed |= !is_over(made.call);
        }
        self.world.happen(node, Input::SessionClosed { session });
    }

    /// The CIDs of all blocks, by the blocks that they are.
    pub(super) fn all_blocks(&self) -> impl Iterator<Item = &(Cid, Block)> {
        self.blocks.iter().chain(self.bulks.iter().flatten())
    }

    pub(super) fn report(&self, made: &Made) -> Option<&FetchReport> {
        self.world.fetched(made.call)
    }

    pub(super) fn is_open(&self, made: &Made) -> bool {
        self.is_core(made.node) && self.report(made).is_some_and(|it| it.ended_at.is_none())
    }

    fn make(
        &mut self,
        (player, session, number): (u8, SessionId, Option<usize>),
        cids: Vec<Cid>,
        options: CallOptions,
        within: Option<Duration>,
    ) {
        let Some(node) = self.node(player).filter(|node| self.world.is_up(*node)) else {
            return;
        };
        let timeout = options.timeout;
        let ends_early = self.ends_early(session);
        if ends_early {
            let options = SessionOptions { ends_early, ..SessionOptions::default() };
            let has_router = self.plan.routes.is_some();
            self.world.happen(node, Input::SessionOpened { session, options, has_router });
        }
        let call = self.world.fetch(node, session, cids.clone(), options);
        let is_closed = false;
        self.made.push(Made {
            call,
            node,
            session,
            cids,
            timeout,
            is_closed,
            ends_early,
            number,
            within,
        });
    }

    /// Every second session does in a sixteenth of the plans.
    const fn ends_early(&self, session: SessionId) -> bool {
        self.plan.seed % 16 == 9 && session.0 % 2 == 1
    }
}
