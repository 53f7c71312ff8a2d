//! Lets another selector ask, and has the slowest member leave a full session.

use std::cmp::Reverse;
use std::fmt;
use std::time::Duration;

use bitswap_core::PeerKey;
use bitswap_core::strategy::{
    Asks, Ctx, EventMask, FullSessionView, PeerClass, PeerSelector, PeerView, Report, SessionView,
    State, StrategyEvent,
};

use crate::catalog::{Base, Configured};

parameters! {
    /// What `evict-slowest` can be told.
    pub struct Params {
        /// Who is asked.
        base: Base = Base::named("probabilistic");
        /// Whether members that the operator stays connected to leave only if all are such.
        keep_peered: bool = true;
    }
}

/// Of the members of a full session, the one with the longest smoothed answer time leaves when a
/// peer comes that has what they lack; of equally slow ones, the one with the most DONT_HAVEs in a
/// row. An unknown time counts as the round-trip time, and as the longest if that is unknown, too.
/// A member from which a block is awaited leaves only if one is awaited from each. The base asks.
///
/// Other selectors do not look at times: the member with the most DONT_HAVEs in a row leaves.
pub struct EvictSlowest {
    params: Params,
    base: Box<dyn PeerSelector>,
}

impl Configured for EvictSlowest {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { base: params.base.selector(), params }
    }
}

impl PeerSelector for EvictSlowest {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        self.base.select(ctx, session, asks);
    }

    fn evict(&mut self, ctx: &mut Ctx<'_>, session: &FullSessionView<'_>) -> Option<PeerKey> {
        ctx.because("slowest");
        let keeps = |row: &PeerView| self.params.keep_peered && row.class == PeerClass::Peered;
        let pace = |row: &&PeerView| {
            let time = row.answer_time.or(row.round_trip).unwrap_or(Duration::MAX);
            let (is_kept, is_awaited) = (keeps(row), row.block_asks_in_flight > 0);
            (is_kept, is_awaited, Reverse((time, row.dont_haves_in_a_row)))
        };
        session.peers.iter().min_by_key(pace).map(|row| row.peer)
    }

    fn asks_outsiders(&self) -> bool {
        self.base.asks_outsiders()
    }

    fn report(&self) -> Report {
        self.base.report()
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        self.base.observe(ctx, event);
    }

    fn events(&self) -> EventMask {
        self.base.events()
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

impl fmt::Debug for EvictSlowest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvictSlowest").field("params", &self.params).finish_non_exhaustive()
    }
}
