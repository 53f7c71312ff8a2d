//! The five strategies that an engine runs with.

use std::fmt;
use std::sync::Arc;

use super::{
    Ctx, EventMask, LedgerPolicy, PeerSelector, ProviderFinder, Registry, Role, StrategyEvent,
    TaskPrioritizer,
};

/// A strategy and what it is called.
pub struct Named<T: ?Sized> {
    /// Its name in the catalog, for metrics and explanations.
    pub name: Arc<str>,
    /// The strategy.
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
    /// Whom to ask.
    pub peer_selector: Named<dyn PeerSelector>,
    /// Whom to serve first.
    pub task_prioritizer: Named<dyn TaskPrioritizer>,
    /// What a debt is worth.
    pub ledger_policy: Named<dyn LedgerPolicy>,
    /// Where to look when nobody has it.
    pub provider_finder: Named<dyn ProviderFinder>,
    /// Who probably has it, and whether a stranger's want is passed on.
    pub registry: Named<dyn Registry>,
}

impl StrategySet {
    /// The name of the strategy that plays `role`.
    pub const fn name(&self, role: Role) -> &Arc<str> {
        match role {
            Role::PeerSelector => &self.peer_selector.name,
            Role::TaskPrioritizer => &self.task_prioritizer.name,
            Role::LedgerPolicy => &self.ledger_policy.name,
            Role::ProviderFinder => &self.provider_finder.name,
            Role::Registry => &self.registry.name,
        }
    }

    /// The events that the strategy of `role` hears.
    pub(crate) fn events(&self, role: Role) -> EventMask {
        match role {
            Role::PeerSelector => self.peer_selector.strategy.events(),
            Role::TaskPrioritizer => self.task_prioritizer.strategy.events(),
            Role::LedgerPolicy => self.ledger_policy.strategy.events(),
            Role::ProviderFinder => self.provider_finder.strategy.events(),
            Role::Registry => self.registry.strategy.events(),
        }
    }

    /// Tells the strategy of `role` an event.
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
