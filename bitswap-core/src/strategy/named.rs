//! A strategy with its name, of one role or of any.

use std::fmt;
use std::sync::Arc;

use super::{
    Ctx, LedgerPolicy, PeerSelector, ProviderFinder, Registry, Role, State, StrategySet,
    TaskPrioritizer,
};

/// A strategy and its name.
pub struct Named<T: ?Sized> {
    /// Name in the catalog, shown in metrics and explanations.
    pub name: Arc<str>,
    /// The strategy itself.
    pub strategy: Box<T>,
    /// What it was made of besides its name, in words of whoever made it: a recording keeps them,
    /// so that it can be made again.
    pub params: Arc<str>,
}

impl<T: ?Sized> Named<T> {
    /// Gives `strategy` a name.
    pub fn new(name: &str, strategy: Box<T>) -> Self {
        Self { name: Arc::from(name), strategy, params: Arc::from("") }
    }
}

impl<T: ?Sized> fmt::Debug for Named<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Writes the same arm for each role.
macro_rules! of_any_role {
    ($of:expr, $named:ident => $what:expr) => {
        match $of {
            NamedStrategy::PeerSelector($named) => $what,
            NamedStrategy::TaskPrioritizer($named) => $what,
            NamedStrategy::LedgerPolicy($named) => $what,
            NamedStrategy::ProviderFinder($named) => $what,
            NamedStrategy::Registry($named) => $what,
        }
    };
}

/// A strategy of any role, with its name. Two are equal if their roles and names are, since that
/// is what a record of a run keeps of them.
#[derive(Debug)]
pub enum NamedStrategy {
    /// Decides which peers of a session are asked for blocks.
    PeerSelector(Named<dyn PeerSelector>),
    /// Decides which peer, and which of its blocks, is served first.
    TaskPrioritizer(Named<dyn TaskPrioritizer>),
    /// Decides the weight of each peer and the admission of requests.
    LedgerPolicy(Named<dyn LedgerPolicy>),
    /// Decides how to search for a block that no member of a session has.
    ProviderFinder(Named<dyn ProviderFinder>),
    /// Proposes candidates for new sessions, and decides about relayed wants.
    Registry(Named<dyn Registry>),
}

impl NamedStrategy {
    /// The role that the strategy is for.
    pub const fn role(&self) -> Role {
        match self {
            Self::PeerSelector(_) => Role::PeerSelector,
            Self::TaskPrioritizer(_) => Role::TaskPrioritizer,
            Self::LedgerPolicy(_) => Role::LedgerPolicy,
            Self::ProviderFinder(_) => Role::ProviderFinder,
            Self::Registry(_) => Role::Registry,
        }
    }

    /// The name of the strategy.
    pub const fn name(&self) -> &Arc<str> {
        of_any_role!(self, named => &named.name)
    }

    /// What the strategy was made of besides its name; empty if nobody said.
    pub const fn params(&self) -> &Arc<str> {
        of_any_role!(self, named => &named.params)
    }

    /// The same, noting what it was made of.
    #[must_use]
    pub fn made_of(mut self, params: &str) -> Self {
        of_any_role!(&mut self, named => named.params = Arc::from(params));
        self
    }

    /// Gives away what a successor may use; called last.
    pub fn export_state(&mut self) -> Option<State> {
        of_any_role!(self, named => named.strategy.export_state())
    }

    /// Takes over the state of the strategy that this one replaces; called first.
    pub fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
        of_any_role!(self, named => named.strategy.import_state(ctx, state));
    }
}

impl PartialEq for NamedStrategy {
    fn eq(&self, other: &Self) -> bool {
        (self.role(), self.name()) == (other.role(), other.name())
    }
}

impl From<StrategySet> for Vec<NamedStrategy> {
    fn from(set: StrategySet) -> Self {
        vec![
            NamedStrategy::PeerSelector(set.peer_selector),
            NamedStrategy::TaskPrioritizer(set.task_prioritizer),
            NamedStrategy::LedgerPolicy(set.ledger_policy),
            NamedStrategy::ProviderFinder(set.provider_finder),
            NamedStrategy::Registry(set.registry),
        ]
    }
}
