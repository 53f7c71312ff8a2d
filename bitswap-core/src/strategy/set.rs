//! The five strategies that an engine runs with.

use std::sync::Arc;

use super::{
    Ctx, EventMask, LedgerPolicy, Named, NamedStrategy, PeerSelector, ProviderFinder, Registry,
    Report, Role, State, StrategyEvent, TaskPrioritizer,
};

/// One strategy for each role.
#[derive(Debug)]
pub struct StrategySet {
    /// Decides which peers of a session are asked for blocks.
    pub peer_selector: Named<dyn PeerSelector>,
    /// Decides which peer, and which of its blocks, is served first.
    pub task_prioritizer: Named<dyn TaskPrioritizer>,
    /// Decides the weight of each peer and the admission of requests.
    pub ledger_policy: Named<dyn LedgerPolicy>,
    /// Decides how to search for a block that no member of a session has.
    pub provider_finder: Named<dyn ProviderFinder>,
    /// Proposes candidates for new sessions, and decides about relayed wants.
    pub registry: Named<dyn Registry>,
}

impl StrategySet {
    /// The name of the strategy in `role`.
    pub const fn name(&self, role: Role) -> &Arc<str> {
        match role {
            Role::PeerSelector => &self.peer_selector.name,
            Role::TaskPrioritizer => &self.task_prioritizer.name,
            Role::LedgerPolicy => &self.ledger_policy.name,
            Role::ProviderFinder => &self.provider_finder.name,
            Role::Registry => &self.registry.name,
        }
    }

    /// What the strategy in `role` was made of besides its name; empty if nobody said.
    pub const fn params(&self, role: Role) -> &Arc<str> {
        match role {
            Role::PeerSelector => &self.peer_selector.params,
            Role::TaskPrioritizer => &self.task_prioritizer.params,
            Role::LedgerPolicy => &self.ledger_policy.params,
            Role::ProviderFinder => &self.provider_finder.params,
            Role::Registry => &self.registry.params,
        }
    }

    /// The kinds of events that the strategy in `role` observes.
    pub(crate) fn events(&self, role: Role) -> EventMask {
        match role {
            Role::PeerSelector => self.peer_selector.strategy.events(),
            Role::TaskPrioritizer => self.task_prioritizer.strategy.events(),
            Role::LedgerPolicy => self.ledger_policy.strategy.events(),
            Role::ProviderFinder => self.provider_finder.strategy.events(),
            Role::Registry => self.registry.strategy.events(),
        }
    }

    /// Passes an event to the strategy in `role`.
    pub(crate) fn observe(&mut self, role: Role, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        match role {
            Role::PeerSelector => self.peer_selector.strategy.observe(ctx, event),
            Role::TaskPrioritizer => self.task_prioritizer.strategy.observe(ctx, event),
            Role::LedgerPolicy => self.ledger_policy.strategy.observe(ctx, event),
            Role::ProviderFinder => self.provider_finder.strategy.observe(ctx, event),
            Role::Registry => self.registry.strategy.observe(ctx, event),
        }
    }

    /// What the strategy in `role` tells of its parts.
    pub(crate) fn report(&self, role: Role) -> Report {
        match role {
            Role::PeerSelector => self.peer_selector.strategy.report(),
            Role::TaskPrioritizer => self.task_prioritizer.strategy.report(),
            Role::LedgerPolicy => self.ledger_policy.strategy.report(),
            Role::ProviderFinder => self.provider_finder.strategy.report(),
            Role::Registry => self.registry.strategy.report(),
        }
    }

    /// Takes out the state that the strategy in `role` leaves to its successor.
    pub(crate) fn export_state(&mut self, role: Role) -> Option<State> {
        match role {
            Role::PeerSelector => self.peer_selector.strategy.export_state(),
            Role::TaskPrioritizer => self.task_prioritizer.strategy.export_state(),
            Role::LedgerPolicy => self.ledger_policy.strategy.export_state(),
            Role::ProviderFinder => self.provider_finder.strategy.export_state(),
            Role::Registry => self.registry.strategy.export_state(),
        }
    }

    /// The strategy in `role`, without the others.
    pub fn into_one(self, role: Role) -> NamedStrategy {
        match role {
            Role::PeerSelector => NamedStrategy::PeerSelector(self.peer_selector),
            Role::TaskPrioritizer => NamedStrategy::TaskPrioritizer(self.task_prioritizer),
            Role::LedgerPolicy => NamedStrategy::LedgerPolicy(self.ledger_policy),
            Role::ProviderFinder => NamedStrategy::ProviderFinder(self.provider_finder),
            Role::Registry => NamedStrategy::Registry(self.registry),
        }
    }

    /// Puts a strategy in its role; the one that was there is dropped.
    pub fn put(&mut self, strategy: NamedStrategy) {
        match strategy {
            NamedStrategy::PeerSelector(named) => self.peer_selector = named,
            NamedStrategy::TaskPrioritizer(named) => self.task_prioritizer = named,
            NamedStrategy::LedgerPolicy(named) => self.ledger_policy = named,
            NamedStrategy::ProviderFinder(named) => self.provider_finder = named,
            NamedStrategy::Registry(named) => self.registry = named,
        }
    }
}
