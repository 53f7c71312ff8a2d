//! The five traits as scripts see them, and their views, field by field under the same names.

pub(super) mod event;
pub(super) mod finder;
pub(super) mod full_session;
mod gate;
mod ledger;
pub(super) mod list;
mod prioritizer;
pub(super) mod registry;
mod scores;
pub(super) mod selector;
pub(super) mod view;

use bitswap_core::strategy::{
    Account, InFlight, PeerQueueView, Reason, RelayRequestView, RequestView, Role, SearchedWant,
    State, StrategyEvent, StrategySet, TaskView, plain,
};
use rhai::{Dynamic, Engine};
use toml::Table;

use super::convert::Fields;
use super::handle::Call;
use super::runner::Runner;
use crate::catalog::{Entry, Strategy};

/// Registers all views.
pub(super) fn register(engine: &mut Engine) {
    list::register(engine);
    event::register(engine);
    selector::register(engine);
    full_session::register(engine);
    prioritizer::register(engine);
    ledger::register(engine);
    finder::register(engine);
    registry::register(engine);
}

/// All views, with what their fields mean, as chapters of a page.
pub(super) fn chapters() -> Vec<String> {
    vec![
        view::chapter::<selector::SessionRows>(),
        view::chapter::<selector::WantRow>(),
        view::chapter::<selector::PeerRow>(),
        view::chapter::<full_session::FullSession>(),
        view::chapter::<InFlight>(),
        view::chapter::<PeerQueueView>(),
        view::chapter::<TaskView>(),
        view::chapter::<Account>(),
        view::chapter::<RequestView>(),
        view::chapter::<finder::SearchRows>(),
        view::chapter::<SearchedWant>(),
        view::chapter::<RelayRequestView>(),
        view::chapter::<registry::Relay>(),
        view::chapter::<StrategyEvent>(),
    ]
}

/// A strategy that asks `runner`, and `fallback` when that fails.
pub(super) fn strategy(
    role: Role,
    runner: Runner,
    has: &[&'static str],
    fallback: &Entry,
) -> Strategy {
    let native = native(fallback);
    match role {
        Role::PeerSelector => {
            let native = native.peer_selector.strategy;
            let scores = (!has.contains(&"select")).then(|| scores::Scores::new(&runner));
            let evicts = has.contains(&"evict");
            Strategy::PeerSelector(Box::new(selector::Selector { runner, native, scores, evicts }))
        }
        Role::TaskPrioritizer => {
            let native = native.task_prioritizer.strategy;
            Strategy::TaskPrioritizer(Box::new(prioritizer::Prioritizer { runner, native }))
        }
        Role::LedgerPolicy => {
            let (native, admits) = (native.ledger_policy.strategy, has.contains(&"admit"));
            Strategy::LedgerPolicy(Box::new(ledger::Policy { runner, native, admits }))
        }
        Role::ProviderFinder => {
            let native = native.provider_finder.strategy;
            Strategy::ProviderFinder(Box::new(finder::Finder { runner, native }))
        }
        Role::Registry => {
            let (native, relays) = (native.registry.strategy, has.contains(&"relay"));
            Strategy::Registry(Box::new(registry::Remembers { runner, native, relays }))
        }
    }
}

/// `fallback` in its place, with its defaults. A strategy that refuses its own defaults breaks
/// conformance; even then the plain one is there.
fn native(fallback: &Entry) -> StrategySet {
    let mut set = plain::strategies();
    if let Ok(strategy) = fallback.make(&Table::new()) {
        strategy.take_place(fallback.name, &mut set);
    }
    set
}

/// The `reason` of an answer; the one said last if it has none.
fn reason(fields: &mut Fields, call: &mut Call) -> Result<Reason, String> {
    match fields.text("reason")? {
        Some(text) => call.reasons.lasting(&text),
        None => Ok(call.reason),
    }
}

/// What a script leaves to the strategy that replaces it: its `this`, and what its native strategy
/// leaves.
struct Left {
    this: Dynamic,
    native: Option<State>,
}

/// What is common to the traits: events go to whom they concern, the script or the native strategy,
/// and so does what a predecessor left.
macro_rules! ears {
    () => {
        fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
            if self.native.events().contains(event.kind()) {
                self.native.observe(ctx, event);
            }
            self.runner.observe(ctx, event);
        }

        fn events(&self) -> EventMask {
            self.native.events() | self.runner.events()
        }

        fn report(&self) -> Report {
            self.runner.report()
        }

        fn export_state(&mut self) -> Option<State> {
            let (this, native) = (self.runner.take_state(), self.native.export_state());
            Some(State::new(Left { this, native }))
        }

        fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
            let native = match state.downcast::<Left>() {
                Ok(left) => {
                    self.runner.migrate(ctx, left.this);
                    left.native
                }
                Err(of_native) => Some(of_native),
            };
            if let Some(native) = native {
                self.native.import_state(ctx, native);
            }
        }
    };
}
use ears;
