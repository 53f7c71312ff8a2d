//! Asks the peers that the operator named, and lets another finder search if they have nothing.

use std::fmt;
use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, EventMask, PeerSet, ProviderFinder, Report, SearchView, SearchedWant, State, Step,
    StrategyEvent, WantSet,
};

use crate::catalog::{Base, Configured};

parameters! {
    /// What `peered-first` can be told.
    pub struct Params {
        /// Who searches after them.
        base: Base = Base::named("broadcast-then-dht");
        /// How long only they are asked.
        wait: Duration = Duration::from_millis(200),
            within Duration::from_millis(100)..=Duration::from_secs(60);
    }
}

/// Each want that no member can serve is sent to the peers that the node stays connected to (Kubo's
/// peering), and for a while to nobody else. The base sees it after that, as one that nobody was
/// asked for.
pub struct PeeredFirst {
    wait: Duration,
    base: Box<dyn ProviderFinder>,
}

impl Configured for PeeredFirst {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { wait: params.wait, base: params.base.finder() }
    }
}

impl ProviderFinder for PeeredFirst {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let (now, wait) = (ctx.now(), self.wait);
        if search.searched().any(|want| want.broadcast_at.is_none()) {
            return Step::broadcast(WantSet::New, PeerSet::Peered, "peered first");
        }
        let ends = |want: &SearchedWant| Some(want.broadcast_at?.after(wait));
        let first = search.searched().filter_map(ends).filter(|end| *end > now).min();
        // Those that only the peered were asked for are new to the base.
        let mut later = search.clone();
        // Its first broadcast is counted, see below.
        later.broadcasts = later.broadcasts.saturating_sub(1);
        let mut fresh = Vec::new();
        for row in &mut later.wants {
            let was_with_base = search.last_broadcast_at >= row.broadcast_at;
            if search.searched().any(|want| want.want == row.want) && !was_with_base {
                fresh.push(row.want);
                row.broadcast_at = None;
            }
        }
        if let Some(end) = first.filter(|_| !fresh.is_empty()) {
            return Step::WaitUntil { at: end, reason: "peered first" };
        }
        match self.base.next_step(ctx, &later) {
            Step::Broadcast { wants: WantSet::New, peers, ttl, reason } => {
                // All, so that it is known that they were broadcast to more than the peered.
                Step::Broadcast { wants: WantSet::All, peers, ttl, reason }
            }
            step @ (Step::Ask { .. }
            | Step::Broadcast { .. }
            | Step::Candidates { .. }
            | Step::GiveUp { .. }
            | Step::WaitUntil { .. }) => step,
        }
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

    fn report(&self) -> Report {
        self.base.report()
    }
}

#[cfg(test)]
mod tests;

impl fmt::Debug for PeeredFirst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeeredFirst").field("wait", &self.wait).finish_non_exhaustive()
    }
}
