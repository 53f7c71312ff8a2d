//! A parameter that is itself a strategy: what a wrapper wraps.

use std::cmp::Ordering;
use std::fmt;

use bitswap_core::strategy::{
    LedgerPolicy, PeerSelector, ProviderFinder, Registry, Role, StrategySet, TaskPrioritizer, plain,
};
use toml::{Table, Value};

use super::error::ParamError;
use super::params::Given;
use super::value::Setting;
use super::{CatalogError, Strategy, find};
#[cfg(feature = "scripts")]
use crate::script::Script;

/// A strategy of the same role as the one that it is a parameter of: by its name, or as a table
/// with its name as `use` and its own parameters. It may be a script, whose text is then `script`
/// in the table; no file is read here.
///
/// ```
/// use bitswap_core::strategy::Role;
/// use bitswap_strategies::catalog::StrategyChoice;
///
/// let hedged = r#"base = { use = "random", probes = 5 }"#.parse()?;
/// let choice = StrategyChoice::default().with(Role::PeerSelector, "hedged", hedged);
///
/// choice.build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    pub(super) name: String,
    pub(super) params: Table,
    /// The text of a script.
    #[cfg(feature = "scripts")]
    pub(super) script: Option<String>,
}

/// The key of a strategy's name in its table.
pub(super) const USE: &str = "use";

/// The key of a script's text in its table.
#[cfg(feature = "scripts")]
pub(super) const SCRIPT: &str = "script";

/// All numbers in parameters are equal to themselves: TOML's floats are not used.
impl Eq for Base {}

/// Strategies have no order; a range of them is only what it begins and ends with.
impl PartialOrd for Base {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl Base {
    /// How many strategies may be inside each other, besides the outermost.
    pub const MOST: usize = 4;

    /// The strategy of this name, with its defaults.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            params: Table::new(),
            #[cfg(feature = "scripts")]
            script: None,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes it, as a peer selector. What was read from a configuration can be made; anything else
    /// is replaced by the plain strategy.
    pub fn selector(&self) -> Box<dyn PeerSelector> {
        self.set(Role::PeerSelector).peer_selector.strategy
    }

    /// Makes it, as a task prioritizer.
    pub fn prioritizer(&self) -> Box<dyn TaskPrioritizer> {
        self.set(Role::TaskPrioritizer).task_prioritizer.strategy
    }

    /// Makes it, as a ledger policy.
    pub fn policy(&self) -> Box<dyn LedgerPolicy> {
        self.set(Role::LedgerPolicy).ledger_policy.strategy
    }

    /// Makes it, as a provider finder.
    pub fn finder(&self) -> Box<dyn ProviderFinder> {
        self.set(Role::ProviderFinder).provider_finder.strategy
    }

    /// Makes it, as a registry.
    pub fn registry(&self) -> Box<dyn Registry> {
        self.set(Role::Registry).registry.strategy
    }

    fn set(&self, role: Role) -> StrategySet {
        let mut set = plain::strategies();
        if let Some(strategy) = self.make(role) {
            strategy.take_place(&self.name, &mut set);
        }
        set
    }

    fn make(&self, role: Role) -> Option<Strategy> {
        #[cfg(feature = "scripts")]
        if let Some(text) = &self.script {
            let script = Script::load(role, &self.name, text, &self.params);
            return script.ok().map(|script| script.strategy().0);
        }
        find(role, &self.name).ok()?.make(&self.params).ok()
    }
}

/// As TOML, with everything that it is told.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.write())
    }
}

impl Setting for Base {
    const UNIT: &'static str = "strategy";
    const EXPECTED: &'static str = "a name such as \"random\", or { use = \"random\", probes = 5 }";

    fn read(value: &Value) -> Option<Self> {
        if let Some(name) = value.as_str() {
            return Some(Self::named(name));
        }
        let mut params = value.as_table()?.clone();
        let name = params.remove(USE)?.as_str()?.to_owned();
        #[cfg(feature = "scripts")]
        let script = match params.remove(SCRIPT) {
            Some(text) => Some(text.as_str()?.to_owned()),
            None => None,
        };
        Some(Self {
            name,
            params,
            #[cfg(feature = "scripts")]
            script,
        })
    }

    fn write(&self) -> Value {
        let mut table = self.params.clone();
        #[cfg(feature = "scripts")]
        if let Some(text) = &self.script {
            table.insert(SCRIPT.to_owned(), Value::String(text.clone()));
        }
        if table.is_empty() {
            return Value::String(self.name.clone());
        }
        table.insert(USE.to_owned(), Value::String(self.name.clone()));
        Value::Table(table)
    }

    fn check(&self, given: &Given<'_>, parameter: &'static str) -> Result<(), ParamError> {
        let Given { role, strategy, depth, .. } = *given;
        if depth >= Self::MOST {
            return Err(ParamError::TooDeep { role, strategy, parameter, most: Self::MOST });
        }
        let within = |why: CatalogError| {
            let why = Box::new(why);
            ParamError::Base { role, strategy, parameter, why }
        };
        #[cfg(feature = "scripts")]
        if let Some(text) = &self.script {
            let script = Script::load(role, &self.name, text, &self.params);
            return script.map(drop).map_err(|why| within(Box::new(why).into()));
        }
        let entry = find(role, &self.name).map_err(|unknown| within(unknown.into()))?;
        entry.make_within(&self.params, depth + 1).map_err(|error| within(error.into()))?;
        Ok(())
    }
}
