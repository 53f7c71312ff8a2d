//! Asks all peers to pass the want on, then content routing; goes further if nobody answers.

use std::time::Duration;

use bitswap_core::Timestamp;
use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step, WantSet};

use crate::catalog::Configured;
use crate::rounds::{Lookups, Rounds};

parameters! {
    /// What `relay-then-dht` can be told.
    pub struct Params {
        /// How many providers are enough for one look-up.
        max_providers: u32 = 10, within 1..=1_000;
        /// How far wants go in the end, in hops.
        max_ttl: u32 = 2, within 1..=4;
        /// How long after its start a search looks up providers.
        routing_after: Duration = Duration::from_secs(1),
            within Duration::from_millis(100)..=Duration::from_secs(60);
        /// How far wants go at first, in hops.
        ttl: u32 = 1, within 0..=4;
        /// How long after its start a search without any answer sends its wants further.
        widen_after: Duration = Duration::from_secs(3),
            within Duration::from_millis(100)..=Duration::from_secs(60);
    }
}

/// The search of RFC BB L1-02 with a second ring: peers that lack a block pass the want on.
#[derive(Debug)]
pub struct RelayThenDht {
    params: Params,
    rounds: Rounds,
}

impl Configured for RelayThenDht {
    type Params = Params;

    fn new(params: Params) -> Self {
        let lookups = Lookups { max_providers: params.max_providers, ..Lookups::default() };
        let search_delay = params.routing_after;
        let rounds = Rounds { lookups: Some(lookups), search_delay, ..Rounds::default() };
        Self { params, rounds }
    }
}

impl ProviderFinder for RelayThenDht {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let Params { max_ttl, ttl, widen_after, .. } = self.params;
        let widen_at = search.last_progress_at().after(widen_after);
        let is_wide = search.haves == 0 && ctx.now() >= widen_at;
        let ttl = u8::try_from(if is_wide { max_ttl.max(ttl) } else { ttl }).ok();
        let is_near = |at: Option<Timestamp>| at.is_some_and(|at| at < widen_at);
        if is_wide && search.searched().any(|want| is_near(want.broadcast_at)) {
            let (wants, peers) = (WantSet::All, PeerSet::All);
            return Step::Broadcast { wants, peers, ttl, reason: "further" };
        }
        let near_for = if search.haves == 0 { widen_at } else { Timestamp::NEVER };
        match self.rounds.next_step(ctx, search) {
            Step::Broadcast { wants, peers, reason, .. } => {
                Step::Broadcast { wants, peers, ttl, reason }
            }
            // The wait ends when wants are to go further.
            Step::WaitUntil { at, reason } if near_for > ctx.now() => {
                Step::WaitUntil { at: at.min(near_for), reason }
            }
            step @ (Step::Ask { .. }
            | Step::Candidates { .. }
            | Step::GiveUp { .. }
            | Step::WaitUntil { .. }) => step,
        }
    }
}

#[cfg(test)]
mod tests;
