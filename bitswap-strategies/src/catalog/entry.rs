//! A line of the catalog: what a strategy is called, where it comes from, how it is made.

use std::fmt;

use bitswap_core::strategy::{
    LedgerPolicy, Named, NamedStrategy, PeerSelector, ProviderFinder, Registry, Role, StrategySet,
    TaskPrioritizer,
};
use toml::Table;

use super::error::ParamError;
use super::params::{Configured, Given, Parameter, Parameters as _};

/// A strategy that can be chosen by name.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What it judges.
    pub role: Role,
    /// Its name in configuration, command line and metrics; unique within its role.
    pub name: &'static str,
    /// What it does, in one sentence: the first line of its file.
    pub summary: &'static str,
    /// Whose idea it is.
    pub origin: &'static str,
    /// How far it can be trusted.
    pub status: Status,
    pub(super) parameters: fn() -> Vec<Parameter>,
    pub(super) make: fn(&Given<'_>) -> Result<Strategy, ParamError>,
}

/// Entries for strategies of other crates, to be given to [`extend`](super::extend): the name in
/// configuration, which has lower-case words with hyphens between them; what it does, in one
/// sentence; and whose idea it is.
impl Entry {
    /// A strategy that decides whom to ask.
    pub const fn peer_selector<S: Configured + PeerSelector + 'static>(
        name: &'static str,
        summary: &'static str,
        origin: &'static str,
    ) -> Self {
        let make = |given: &Given<'_>| Ok(Strategy::PeerSelector(Box::new(made::<S>(given)?)));
        Self::of::<S>(Role::PeerSelector, [name, summary, origin], make)
    }

    /// A strategy that decides whom to serve first.
    pub const fn task_prioritizer<S: Configured + TaskPrioritizer + 'static>(
        name: &'static str,
        summary: &'static str,
        origin: &'static str,
    ) -> Self {
        let make = |given: &Given<'_>| Ok(Strategy::TaskPrioritizer(Box::new(made::<S>(given)?)));
        Self::of::<S>(Role::TaskPrioritizer, [name, summary, origin], make)
    }

    /// A strategy that decides what a debt is worth.
    pub const fn ledger_policy<S: Configured + LedgerPolicy + 'static>(
        name: &'static str,
        summary: &'static str,
        origin: &'static str,
    ) -> Self {
        let make = |given: &Given<'_>| Ok(Strategy::LedgerPolicy(Box::new(made::<S>(given)?)));
        Self::of::<S>(Role::LedgerPolicy, [name, summary, origin], make)
    }

    /// A strategy that decides where to look when nobody has it.
    pub const fn provider_finder<S: Configured + ProviderFinder + 'static>(
        name: &'static str,
        summary: &'static str,
        origin: &'static str,
    ) -> Self {
        let make = |given: &Given<'_>| Ok(Strategy::ProviderFinder(Box::new(made::<S>(given)?)));
        Self::of::<S>(Role::ProviderFinder, [name, summary, origin], make)
    }

    /// A strategy that remembers who probably has it, and decides what is relayed.
    pub const fn registry<S: Configured + Registry + 'static>(
        name: &'static str,
        summary: &'static str,
        origin: &'static str,
    ) -> Self {
        let make = |given: &Given<'_>| Ok(Strategy::Registry(Box::new(made::<S>(given)?)));
        Self::of::<S>(Role::Registry, [name, summary, origin], make)
    }

    const fn of<S: Configured>(
        role: Role,
        [name, summary, origin]: [&'static str; 3],
        make: fn(&Given<'_>) -> Result<Strategy, ParamError>,
    ) -> Self {
        let (status, parameters) = (Status::Experimental, S::Params::list as fn() -> Vec<_>);
        Self { role, name, summary, origin, status, parameters, make }
    }

    /// Everything it can be told, in the order of its file.
    pub fn parameters(&self) -> Vec<Parameter> {
        (self.parameters)()
    }

    /// Makes one. Parameters that `table` leaves out have their defaults.
    ///
    /// # Errors
    /// The first [`ParamError`] found; nothing was made.
    pub fn make(&self, table: &Table) -> Result<Strategy, ParamError> {
        self.make_within(table, 0)
    }

    /// Makes one that is the base of so many others.
    pub(super) fn make_within(&self, table: &Table, depth: usize) -> Result<Strategy, ParamError> {
        (self.make)(&Given { role: self.role, strategy: self.name, table, depth })
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.role, self.name)
    }
}

/// The strategy of these parameters.
pub(super) fn made<S: Configured>(given: &Given<'_>) -> Result<S, ParamError> {
    Ok(S::new(S::Params::read(given)?))
}

/// How far a strategy can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Status {
    /// There to be compared with; sound, but not meant to be good.
    Control,
    /// In charge if nobody says otherwise.
    Default,
    /// May change or go.
    Experimental,
    /// Meant for use, by choice.
    Stable,
}

impl Status {
    /// The word in lists and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Default => "default",
            Self::Experimental => "experimental",
            Self::Stable => "stable",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A strategy that was made, of any role.
pub enum Strategy {
    /// Whom to ask.
    PeerSelector(Box<dyn PeerSelector>),
    /// Whom to serve first.
    TaskPrioritizer(Box<dyn TaskPrioritizer>),
    /// What a debt is worth.
    LedgerPolicy(Box<dyn LedgerPolicy>),
    /// Where to look when nobody has it.
    ProviderFinder(Box<dyn ProviderFinder>),
    /// Who probably has it, and whether a stranger's want is passed on.
    Registry(Box<dyn Registry>),
}

impl Strategy {
    /// The role that it plays.
    pub const fn role(&self) -> Role {
        match self {
            Self::PeerSelector(_) => Role::PeerSelector,
            Self::TaskPrioritizer(_) => Role::TaskPrioritizer,
            Self::LedgerPolicy(_) => Role::LedgerPolicy,
            Self::ProviderFinder(_) => Role::ProviderFinder,
            Self::Registry(_) => Role::Registry,
        }
    }

    /// Gives it a name.
    pub fn named(self, name: &str) -> NamedStrategy {
        match self {
            Self::PeerSelector(it) => NamedStrategy::PeerSelector(Named::new(name, it)),
            Self::TaskPrioritizer(it) => NamedStrategy::TaskPrioritizer(Named::new(name, it)),
            Self::LedgerPolicy(it) => NamedStrategy::LedgerPolicy(Named::new(name, it)),
            Self::ProviderFinder(it) => NamedStrategy::ProviderFinder(Named::new(name, it)),
            Self::Registry(it) => NamedStrategy::Registry(Named::new(name, it)),
        }
    }

    /// Takes its role's place in `set`, under `name`.
    pub fn take_place(self, name: &str, set: &mut StrategySet) {
        set.put(self.named(name));
    }
}

impl fmt::Debug for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {}", self.role())
    }
}

/// The sentence behind the `//! ` that a file begins with; a file without one does not compile.
pub(super) const fn first_doc_line(file: &'static str) -> &'static str {
    let (mark, rest) = file.split_at(4);
    assert!(matches!(mark.as_bytes(), b"//! "), "a strategy's file begins with `//! `");
    let mut end = 0;
    while rest.as_bytes()[end] != b'\n' {
        end += 1;
    }
    rest.split_at(end).0
}
