//! Asks all peers, then content routing after a quiet second, and goes on at growing pauses.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step};

use crate::catalog::Configured;
use crate::rounds::{Lookups, Rounds};

parameters! {
    /// What `broadcast-then-dht` can be told.
    pub struct Params {
        /// Whether the registry is asked for holders before anybody else.
        ask_registry: bool = true, within false..=true;
        /// The part of a pause that is the same however fast peers answer.
        base_tick: Duration = Duration::from_millis(500),
            within Duration::from_millis(100)..=Duration::from_secs(60);
        /// How many answer times a pause has besides.
        latency_factor: u32 = 3, within 0..=100;
        /// How long one look-up may take.
        lookup_timeout: Duration = Duration::from_secs(10),
            within Duration::from_secs(1)..=Duration::from_secs(60);
        /// How many providers are enough for one look-up.
        max_providers: u32 = 10, within 1..=1_000;
        /// How many peers that never had anything for us are asked along with the likely ones. The
        /// others are asked when all these lack a want.
        newcomers: u32 = 50, within 1..=1_000_000;
        /// How long after a look-up the next one starts.
        periodic: Duration = Duration::from_secs(60),
            within Duration::from_secs(1)..=Duration::from_secs(3_600);
        /// The first pause, while no answer time is known.
        search_delay: Duration = Duration::from_secs(1),
            within Duration::from_millis(100)..=Duration::from_secs(60);
    }
}

/// As boxo's sessions do (`session.go`): wants that no member can serve are broadcast, first to
/// peers that ever had something for us or that the operator named, and to some others. While no
/// block comes, the first tick looks up the providers of one want and broadcasts all, and the later
/// ticks broadcast, each after a longer pause. A want that the members were asked for in vain is
/// looked up at once. From time to time one want, of those that were looked up longest ago or
/// never, is looked up and broadcast, whether members serve it or not.
#[derive(Debug)]
pub struct BroadcastThenDht {
    rounds: Rounds,
}

impl Configured for BroadcastThenDht {
    type Params = Params;

    fn new(params: Params) -> Self {
        let Params { max_providers, lookup_timeout: timeout, periodic, .. } = params;
        let lookups = Lookups { at_once: false, max_providers, timeout, periodic };
        let rounds = Rounds {
            base_tick: params.base_tick,
            latency_factor: params.latency_factor,
            search_delay: params.search_delay,
            lookups: Some(lookups),
            ask_registry: params.ask_registry,
            first: PeerSet::UsefulFirst(params.newcomers),
        };
        Self { rounds }
    }
}

impl ProviderFinder for BroadcastThenDht {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        self.rounds.next_step(ctx, search)
    }
}

#[cfg(test)]
mod tests;
