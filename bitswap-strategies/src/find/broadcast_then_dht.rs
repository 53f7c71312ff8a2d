//! Asks all peers, then content routing after a quiet second, and goes on at growing pauses.

use std::time::Duration;

use bitswap_core::Timestamp;
use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Source, Step};

use crate::catalog::Configured;

parameters! {
    /// What `broadcast-then-dht` can be told.
    pub struct Params {
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
        /// How long after a look-up the next one starts.
        periodic: Duration = Duration::from_secs(60),
            within Duration::from_secs(1)..=Duration::from_secs(3_600);
        /// The first pause, while no answer time is known.
        search_delay: Duration = Duration::from_secs(1),
            within Duration::from_millis(100)..=Duration::from_secs(60);
    }
}

/// Keeps no state: the pause after the n-th broadcast is n ticks long, and a look-up is followed
/// by a broadcast. So each call comes one step nearer to a wait.
#[derive(Debug)]
pub struct BroadcastThenDht {
    params: Params,
}

impl Configured for BroadcastThenDht {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { params }
    }
}

impl ProviderFinder for BroadcastThenDht {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let Some(broadcast_at) = search.last_broadcast_at else {
            return broadcast("first look");
        };
        if search.last_lookup_at > Some(broadcast_at) {
            return broadcast("along with a look-up");
        }
        let tick_at = broadcast_at.after(self.pause(search));
        let lookup_at = self.next_lookup(search, tick_at);
        if lookup_at.is_some_and(|at| ctx.now() >= at) {
            return self.look_up();
        }
        if ctx.now() >= tick_at {
            return broadcast("still quiet");
        }
        let at = lookup_at.map_or(tick_at, |lookup_at| lookup_at.min(tick_at));
        Step::WaitUntil { at, reason: "listening" }
    }
}

impl BroadcastThenDht {
    /// One tick longer after each broadcast. The broadcasts are counted and not the quiet waits,
    /// because those change while a pause runs, and a pause that grows as it runs never ends.
    fn pause(&self, search: &SearchView) -> Duration {
        let Params { base_tick, latency_factor, search_delay, .. } = self.params;
        let tick = search.answer_time.map_or(search_delay, |answer_time| {
            base_tick.saturating_add(answer_time.saturating_mul(latency_factor))
        });
        tick.saturating_mul(search.broadcasts.max(1))
    }

    /// With the first tick, then periodically; never two at once.
    fn next_lookup(&self, search: &SearchView, tick_at: Timestamp) -> Option<Timestamp> {
        match search.last_lookup_at {
            _ if search.lookup_running => None,
            None => Some(tick_at),
            Some(at) => Some(at.after(self.params.periodic)),
        }
    }

    fn look_up(&self) -> Step {
        Step::Ask {
            source: Source::Routing,
            max_providers: self.params.max_providers,
            timeout: self.params.lookup_timeout,
            reason: "nobody nearby",
        }
    }
}

const fn broadcast(reason: &'static str) -> Step {
    Step::Broadcast { peers: PeerSet::All, reason }
}

#[cfg(test)]
mod tests;
