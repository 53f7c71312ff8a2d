//! Asks those whom the registry names for a block, and leaves the rest to another selector.

use std::collections::BTreeSet;
use std::fmt;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, EventMask, FullSessionView, PeerSelector, Presence, Report, SessionView, State,
    StrategyEvent,
};
use bitswap_core::{CidKey, Limits, PeerKey};

use crate::catalog::{Base, Configured};

parameters! {
    /// What `registry-first` can be told.
    pub struct Params {
        /// Who is asked for what the registry knows nobody for.
        base: Base = Base::named("probabilistic");
        /// How many candidates the registry is asked for.
        candidates: u32 = 3, within 1..=10;
        /// How many of them are asked for the block; the others are asked whether they have it.
        want_blocks: u32 = 1, within 1..=3;
    }
}

/// Before anybody said HAVE for a want, the candidates of the registry are asked, and nobody else
/// (RFC BB L1-04, which asks three for the block). When one of them said DONT_HAVE or timed out,
/// the base decides.
pub struct RegistryFirst {
    params: Params,
    base: Box<dyn PeerSelector>,
}

impl Configured for RegistryFirst {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { base: params.base.selector(), params }
    }
}

impl RegistryFirst {
    /// The candidates for a want that nobody was found to have, without those that lack it.
    fn named(&self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, row: usize) -> Vec<PeerKey> {
        let Some(want) = session.wants.get(row) else {
            return Vec::new();
        };
        if want.failed_asks > 0 || want.holders > 0 {
            return Vec::new();
        }
        let mut named = ctx.candidates(want.want, self.params.candidates as usize);
        named.retain(|peer| {
            let column = session.peers.iter().position(|view| view.peer == *peer);
            let presence = column.map(|column| session.presence(row, column));
            !matches!(presence, Some(Presence::Asked | Presence::DontHave))
        });
        named
    }
}

impl PeerSelector for RegistryFirst {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let mut done: BTreeSet<CidKey> = BTreeSet::new();
        for (row, want) in session.wants.iter().enumerate() {
            for (place, peer) in self.named(ctx, session, row).into_iter().enumerate() {
                let block = Ask::block(want.want, peer, "registry knows it");
                asks.push(match place {
                    0 => block,
                    place if place < self.params.want_blocks as usize => block.hedged(),
                    _ => Ask::have(want.want, peer, "registry knows it"),
                });
                done.insert(want.want);
            }
        }
        let mut others = Asks::default();
        self.base.select(ctx, session, &mut others);
        if let Some(moment) = others.wakes_at() {
            asks.wake_at(moment);
        }
        let room = Limits::default().asks_per_answer.saturating_sub(asks.as_slice().len());
        let rest = others.drain().filter(|ask| !done.contains(&ask.want));
        for ask in rest.take(room) {
            asks.push(ask);
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

impl fmt::Debug for RegistryFirst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryFirst").field("params", &self.params).finish_non_exhaustive()
    }
}
