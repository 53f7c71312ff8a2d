//! Lets another finder search, and broadcasts only to peers that are likely to answer.

use std::fmt;

use bitswap_core::strategy::{
    Ctx, EventMask, PeerSet, ProviderFinder, Report, SearchView, State, Step, StrategyEvent,
};

use crate::catalog::{Base, Configured, UpTo};

parameters! {
    /// What `limited-broadcast` can be told.
    pub struct Params {
        /// Who searches.
        base: Base = Base::named("broadcast-then-dht");
        /// Whether peers in the same local network are asked.
        local: bool = true, within false..=true;
        /// How many peers are asked at most.
        max_peers: UpTo = UpTo::UNLIMITED, within UpTo(1)..=UpTo::UNLIMITED;
        /// Whether peers that the operator named are asked.
        peered: bool = true, within false..=true;
        /// How many others are asked, drawn anew for each broadcast: without them a node that knows
        /// nobody useful depends on routing.
        random: u32 = 2, within 0..=1_000;
    }
}

/// A broadcast to all goes to the peers that ever sent a block or a HAVE, to local and to peered
/// ones, and to a few others (boxo's `BroadcastControl`, pull request 937; Kubo 0.36).
pub struct LimitedBroadcast {
    params: Params,
    base: Box<dyn ProviderFinder>,
}

impl Configured for LimitedBroadcast {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { base: params.base.finder(), params }
    }
}

impl LimitedBroadcast {
    fn peers(&self) -> PeerSet {
        let Params { local, peered, random, max_peers, .. } = &self.params;
        let mut sets = vec![PeerSet::Useful];
        sets.extend(local.then_some(PeerSet::Local));
        sets.extend(peered.then_some(PeerSet::Peered));
        sets.extend((*random > 0).then_some(PeerSet::Random(*random)));
        let union = PeerSet::Union(sets);
        if *max_peers == UpTo::UNLIMITED {
            return union;
        }
        PeerSet::AtMost(max_peers.0, Box::new(union))
    }
}

impl ProviderFinder for LimitedBroadcast {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let mut step = self.base.next_step(ctx, search);
        if let Step::Broadcast { peers, .. } = &mut step
            && matches!(peers, PeerSet::All | PeerSet::UsefulFirst(_))
        {
            *peers = self.peers();
        }
        step
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

impl fmt::Debug for LimitedBroadcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitedBroadcast").field("params", &self.params).finish_non_exhaustive()
    }
}
