//! The five strategies that an engine runs with.

use std::fmt;
use std::sync::Arc;

use super::{
    Ctx, EventMask, LedgerPolicy, PeerSelector, ProviderFinder, Registry, Role, StrategyEvent,
    TaskPrioritizer,
};

/// A strategy and its name.
pub struct Named<T: ?Sized> {
    /// Name in the catalog, shown in metrics and explanations.
    pub name: Arc<str>,
    /// The strategy itself.
    pub strategy: Box<T>,
}

impl<T: ?Sized> Named<T> {
    /// Gives `strategy` a name.
    pub fn new(name: &str, strategy: Box<T>) -> Self {
        Self { name: Arc::from(name), strategy }
    }
}

impl<T: ?Sized> fmt::Debug for Named<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

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
}
