//! A strategy on trial: it is told events and asked questions, with dice of its own.

use bitswap_core::strategy::{
    Admission, Asks, Ctx, EventMask, Rank, Reason, RelayPlan, RelayRequestView, RelayView, Step,
    StrategyEvent, Weight,
};
use bitswap_core::{Chance, PeerKey, Timestamp};

use crate::catalog::Strategy;
use crate::fixture::{FullSessionRows, SessionRows, drawn};

/// A strategy and its dice.
#[derive(Debug)]
pub(crate) struct Trial {
    strategy: Strategy,
    dice: Chance,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    Admit { admission: Admission },
    Candidates { limit: usize, peers: Vec<PeerKey> },
    Evict { rows: Box<FullSessionRows>, evicted: Option<PeerKey> },
    NextStep { step: Step },
    Rank { function: &'static str, rank: Rank, again: Rank },
    Relay { want: RelayRequestView, eligible: Vec<PeerKey>, plan: RelayPlan },
    Select { rows: Box<SessionRows>, asks: Asks },
    Weigh { weight: Weight, again: Weight },
}

impl Exchange {
    /// The function that was asked.
    pub(super) const fn function(&self) -> &'static str {
        match self {
            Self::Admit { .. } => "admit",
            Self::Candidates { .. } => "candidates",
            Self::Evict { .. } => "evict",
            Self::NextStep { .. } => "next_step",
            Self::Rank { function, .. } => function,
            Self::Relay { .. } => "relay",
            Self::Select { .. } => "select",
            Self::Weigh { .. } => "weigh",
        }
    }
}

impl Trial {
    pub(crate) fn new(strategy: Strategy, seed: u64) -> Self {
        Self { strategy, dice: Chance::named(seed, "dice") }
    }

    /// The strategy, after all that it was told and asked.
    #[cfg(feature = "scripts")]
    pub(crate) fn into_strategy(self) -> Strategy {
        self.strategy
    }

    /// Whether it is a selector that asks peers of which a view says nothing.
    pub(super) fn asks_outsiders(&self) -> bool {
        matches!(&self.strategy, Strategy::PeerSelector(strategy) if strategy.asks_outsiders())
    }

    /// Tells it what it wants to hear.
    pub(crate) fn hear(&mut self, now: Timestamp, event: &StrategyEvent) {
        if events(&self.strategy).contains(event.kind()) {
            observe(&mut self.strategy, &mut Ctx::new(now, &mut self.dice), event);
        }
    }

    /// Tells it what it does not want to hear, too; for that, its dice do not roll.
    pub(super) fn overhear(&mut self, now: Timestamp, event: &StrategyEvent) {
        if events(&self.strategy).contains(event.kind()) {
            self.hear(now, event);
        } else {
            let mut dice = self.dice.fork();
            observe(&mut self.strategy, &mut Ctx::new(now, &mut dice), event);
        }
    }

    /// Asks a question that `chance` draws; equal chances draw equal questions. The reason that
    /// was said last comes with the answer.
    pub(crate) fn ask(&mut self, now: Timestamp, mut chance: Chance) -> (Exchange, Reason) {
        let mut ctx = Ctx::new(now, &mut self.dice);
        let exchange = exchange(&mut self.strategy, &mut ctx, &mut chance);
        (exchange, ctx.reason())
    }
}

fn exchange(strategy: &mut Strategy, ctx: &mut Ctx<'_>, chance: &mut Chance) -> Exchange {
    let now = ctx.now();
    let first = chance.one_in(1, 2);
    match strategy {
        Strategy::PeerSelector(strategy) if first && chance.one_in(1, 4) => {
            let rows = Box::new(drawn::full_session(chance));
            let evicted = strategy.evict(ctx, &rows.view());
            Exchange::Evict { rows, evicted }
        }
        Strategy::PeerSelector(strategy) => {
            let (rows, mut asks) = (Box::new(drawn::session(chance, now)), Asks::default());
            strategy.select(ctx, &rows.view(), &mut asks);
            Exchange::Select { rows, asks }
        }
        Strategy::TaskPrioritizer(strategy) if first => {
            let view = drawn::queue(chance, now);
            let again = ctx.spectate(|ctx| strategy.rank_peer(ctx, &view));
            let function = "rank_peer";
            Exchange::Rank { function, rank: strategy.rank_peer(ctx, &view), again }
        }
        Strategy::TaskPrioritizer(strategy) => {
            let view = drawn::task(chance, now);
            let again = ctx.spectate(|ctx| strategy.rank_task(ctx, &view));
            let function = "rank_task";
            Exchange::Rank { function, rank: strategy.rank_task(ctx, &view), again }
        }
        Strategy::LedgerPolicy(strategy) if first => {
            let view = drawn::account(chance, now);
            let again = ctx.spectate(|ctx| strategy.weigh(ctx, &view));
            Exchange::Weigh { weight: strategy.weigh(ctx, &view), again }
        }
        Strategy::LedgerPolicy(strategy) => {
            let (account, request) = (drawn::account(chance, now), drawn::request(chance));
            Exchange::Admit { admission: strategy.admit(ctx, &account, &request) }
        }
        Strategy::ProviderFinder(strategy) => {
            Exchange::NextStep { step: strategy.next_step(ctx, &drawn::search(chance, now)) }
        }
        Strategy::Registry(strategy) if first => {
            let (want, limit) = (drawn::want(chance), chance.below(6) as usize);
            Exchange::Candidates { limit, peers: strategy.candidates(ctx, want, limit) }
        }
        Strategy::Registry(strategy) => {
            let (want, eligible) = drawn::relay_request(chance, now);
            let held = chance.below(65) as u32;
            let view = RelayView {
                eligible: &eligible,
                degree_left: chance.below(11) as u32,
                held_for_requester: held,
                held_for_requester_max: 64,
            };
            let plan = strategy.relay(ctx, &want, &view);
            Exchange::Relay { want, eligible, plan }
        }
    }
}

pub(crate) fn events(strategy: &Strategy) -> EventMask {
    match strategy {
        Strategy::PeerSelector(strategy) => strategy.events(),
        Strategy::TaskPrioritizer(strategy) => strategy.events(),
        Strategy::LedgerPolicy(strategy) => strategy.events(),
        Strategy::ProviderFinder(strategy) => strategy.events(),
        Strategy::Registry(strategy) => strategy.events(),
    }
}

pub(crate) fn observe(strategy: &mut Strategy, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
    match strategy {
        Strategy::PeerSelector(strategy) => strategy.observe(ctx, event),
        Strategy::TaskPrioritizer(strategy) => strategy.observe(ctx, event),
        Strategy::LedgerPolicy(strategy) => strategy.observe(ctx, event),
        Strategy::ProviderFinder(strategy) => strategy.observe(ctx, event),
        Strategy::Registry(strategy) => strategy.observe(ctx, event),
    }
}
