//! Asks all peers, again and again at growing pauses, and never content routing.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, ProviderFinder, SearchView, Step};

use crate::catalog::Configured;
use crate::rounds::Rounds;

parameters! {
    /// What `broadcast-only` can be told.
    pub struct Params {
        /// The part of a pause that is the same however fast peers answer.
        base_tick: Duration = Duration::from_millis(500),
            within Duration::from_millis(100)..=Duration::from_secs(60);
        /// How many answer times a pause has besides.
        latency_factor: u32 = 3, within 0..=100;
        /// The first pause, while no answer time is known.
        initial_tick: Duration = Duration::from_secs(1),
            within Duration::from_millis(100)..=Duration::from_secs(60);
    }
}

/// For private networks, in which everybody is connected and nothing routes: the rounds of
/// `broadcast-then-dht` without its look-ups.
#[derive(Debug)]
pub struct BroadcastOnly {
    rounds: Rounds,
}

impl Configured for BroadcastOnly {
    type Params = Params;

    fn new(params: Params) -> Self {
        let Params { base_tick, latency_factor, initial_tick } = params;
        let rounds = Rounds {
            base_tick,
            latency_factor,
            search_delay: initial_tick,
            lookups: None,
            ..Rounds::default()
        };
        Self { rounds }
    }
}

impl ProviderFinder for BroadcastOnly {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        self.rounds.next_step(ctx, search)
    }
}

#[cfg(test)]
mod tests;
