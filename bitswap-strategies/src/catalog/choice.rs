//! Which strategy plays which role: defaults, with what somebody chose instead.

use std::collections::BTreeMap;

use bitswap_core::strategy::{Role, StrategySet, plain};
use toml::Table;

use super::{CatalogError, default_of, find, role};

/// A choice for all five roles. Starts as the defaults, and holds only what differs from them.
///
/// ```
/// use bitswap_core::strategy::Role;
/// use bitswap_strategies::catalog::StrategyChoice;
///
/// let probes = "probes = 2".parse().unwrap();
/// let choice = StrategyChoice::default()
///     .with(Role::PeerSelector, "random", probes)
///     .with_text("ledger_policy=open")
///     .unwrap();
///
/// let strategies = choice.build().unwrap();
/// assert_eq!(&**strategies.name(Role::PeerSelector), "random");
/// assert_eq!(&**strategies.name(Role::TaskPrioritizer), "least-queued-peer");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StrategyChoice(BTreeMap<Role, Chosen>);

#[derive(Clone, Debug, PartialEq)]
struct Chosen {
    name: String,
    params: Table,
}

impl StrategyChoice {
    /// The same, with the strategy `name` for `role`. Both are checked by [`build`](Self::build).
    #[must_use]
    pub fn with(mut self, role: Role, name: &str, params: Table) -> Self {
        self.0.insert(role, Chosen { name: name.to_owned(), params });
        self
    }

    /// The same, with what `text`, such as `peer_selector=random`, says; without parameters.
    ///
    /// # Errors
    /// Another shape, an unknown role or an unknown strategy; the choice is dropped.
    pub fn with_text(self, text: &str) -> Result<Self, CatalogError> {
        let shape = || CatalogError::Shape { given: text.to_owned() };
        let (role_name, name) = text.split_once('=').ok_or_else(shape)?;
        let entry = find(role(role_name.trim())?, name.trim())?;
        Ok(self.with(entry.role, entry.name, Table::new()))
    }

    /// What was chosen for `role`, whether or not it exists.
    pub fn name(&self, role: Role) -> &str {
        self.0.get(&role).map_or_else(|| default_of(role).name, |chosen| &chosen.name)
    }

    /// Makes all five.
    ///
    /// # Errors
    /// The first unknown strategy or wrong parameter, by role; nothing was made.
    pub fn build(&self) -> Result<StrategySet, CatalogError> {
        // Only a scaffold: every place in it is taken below.
        let mut set = plain::strategies();
        for role in Role::ALL {
            let entry = find(role, self.name(role))?;
            let none = Table::new();
            let params = self.0.get(&role).map_or(&none, |chosen| &chosen.params);
            entry.make(params)?.take_place(entry.name, &mut set);
        }
        Ok(set)
    }
}
