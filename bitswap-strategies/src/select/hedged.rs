//! Lets another selector ask, and asks a second member when the first one takes longer than usual.

use std::fmt;
use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, EventMask, FullSessionView, PeerSelector, Presence, Report, SessionView, State,
    StrategyEvent,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, Limits, PeerKey, Timestamp};

use crate::budget::Budget;
use crate::catalog::{Base, Configured};

parameters! {
    /// What `hedged` can be told.
    pub struct Params {
        /// Who is asked first.
        base: Base = Base::named("probabilistic");
        /// A member is too slow after the time that so many of 100 blocks of the session took at
        /// most.
        quantile_percent: u32 = 95, within 50..=100;
        /// The time before 16 blocks have come.
        initial: Duration = Duration::from_secs(1),
            within Duration::from_millis(1)..=Duration::from_secs(60);
        /// Hedges, of 100 blocks that are asked for.
        budget_percent: u32 = 5, within 0..=100;
        /// Hedges for one block.
        hedges_per_want: u32 = 2, within 1..=16;
    }
}

/// The timer is the `q`-quantile of the session's own answer times, from the last ask for the block
/// (Dean and Barroso, The Tail at Scale, CACM 56:2, 2013). The second member is chosen when the
/// timer ends: one that said HAVE, or else a provider or one that said nothing; of these, the one
/// that answers soonest. The first ask stays; what comes second is cancelled.
pub struct Hedged {
    params: Params,
    base: Box<dyn PeerSelector>,
    budget: Budget,
}

impl Configured for Hedged {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { base: params.base.selector(), budget: Budget::new(params.budget_percent), params }
    }
}

impl Hedged {
    /// Samples before the session's own times count.
    const SAMPLES: u32 = 16;

    fn timer(&self, session: &SessionView<'_>) -> Duration {
        let usual = session.answer_times.quantile(self.params.quantile_percent);
        let known = usual.filter(|_| session.answer_times.samples() >= Self::SAMPLES);
        known.unwrap_or(self.params.initial)
    }

    /// Asks second members for what has been in flight for too long.
    fn hedge(
        &mut self,
        now: Timestamp,
        timer: Duration,
        session: &SessionView<'_>,
        asks: &mut Asks,
    ) {
        for (row, want) in session.asked_rows() {
            let open = || session.in_flight_for(want.want);
            let last = open().map(|open| open.since).max();
            let is_late = last.is_some_and(|last| now >= last.after(timer));
            let is_asked = asks.as_slice().iter().any(|ask| ask.want == want.want);
            if !is_late || is_asked || open().count() > self.params.hedges_per_want as usize {
                continue;
            }
            if asks.as_slice().len() >= Limits::default().asks_per_answer {
                return;
            }
            if let Some(peer) = second(session, row, want.want)
                && self.budget.take()
            {
                asks.push(Ask::block(want.want, peer, "first is slow").hedged());
            }
        }
    }
}

/// The likeliest holder that is not asked for the block, and of those the one that answers soonest.
fn second(session: &SessionView<'_>, row: usize, want: CidKey) -> Option<PeerKey> {
    let is_asked = |peer| session.in_flight_for(want).any(|open| open.peer == peer);
    let others = session.candidates(row).filter(|(_, member, _)| !is_asked(member.peer));
    let best = others.min_by_key(|(_, member, presence)| {
        let answers = member.answer_time.unwrap_or(Duration::MAX);
        let class = Presence::LIKELIEST_FIRST.iter().position(|likely| likely == presence);
        (class, answers, member.peer)
    });
    best.map(|(_, member, _)| member.peer)
}

impl PeerSelector for Hedged {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        self.base.select(ctx, session, asks);
        let (now, timer) = (ctx.now(), self.timer(session));
        self.hedge(now, timer, session, asks);
        let due = session.in_flight.iter().map(|open| open.since.after(timer));
        let next = due.filter(|due| *due > now).min();
        // What is late already, and found no second, is looked at again.
        let waits = !(session.in_flight.is_empty() && asks.as_slice().is_empty());
        if let Some(next) = next.or_else(|| waits.then(|| now.after(timer))) {
            asks.wake_at(next.min(now.after(timer)));
        }
    }

    fn evict(&mut self, ctx: &mut Ctx<'_>, session: &FullSessionView<'_>) -> Option<PeerKey> {
        self.base.evict(ctx, session)
    }

    fn asks_outsiders(&self) -> bool {
        self.base.asks_outsiders()
    }

    fn report(&self) -> Report {
        self.base.report()
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        if let StrategyEvent::AskMade { kind: WantKind::Block, .. } = event {
            self.budget.earn();
        }
        if self.base.events().contains(event.kind()) {
            self.base.observe(ctx, event);
        }
    }

    fn events(&self) -> EventMask {
        self.base.events() | EventMask::ASK_MADE
    }

    fn export_state(&mut self) -> Option<State> {
        self.base.export_state()
    }

    fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
        self.base.import_state(ctx, state);
    }
}

#[cfg(test)]
mod tests;

impl fmt::Debug for Hedged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hedged").field("params", &self.params).finish_non_exhaustive()
    }
}
