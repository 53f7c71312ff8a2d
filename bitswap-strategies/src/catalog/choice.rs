//! Which strategy plays which role: defaults, with what somebody chose instead.

#[cfg(feature = "scripts")]
mod files;

use std::collections::BTreeMap;
#[cfg(feature = "scripts")]
use std::path::PathBuf;
#[cfg(feature = "scripts")]
use std::sync::Arc;

use bitswap_core::strategy::{NamedStrategy, Role, StrategySet, plain};
use toml::{Table, Value};

#[cfg(feature = "scripts")]
pub use self::files::ScriptPlace;
#[cfg(feature = "scripts")]
use super::base::SCRIPT;
use super::base::USE;
use super::{CatalogError, Strategy, default_of, find, role};
#[cfg(feature = "scripts")]
use crate::script::{Script, ScriptStats};

/// A choice for all five roles. Starts as the defaults, and holds only what differs from them.
///
/// ```
/// use bitswap_core::strategy::Role;
/// use bitswap_strategies::catalog::StrategyChoice;
///
/// let probes = "probes = 2".parse()?;
/// let choice = StrategyChoice::default()
///     .with(Role::PeerSelector, "random", probes)
///     .with_text("ledger_policy=open")?;
///
/// let strategies = choice.build()?;
/// assert_eq!(&**strategies.name(Role::PeerSelector), "random");
/// assert_eq!(&**strategies.name(Role::TaskPrioritizer), "least-queued-peer");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StrategyChoice(BTreeMap<Role, Chosen>);

#[derive(Clone, Debug, PartialEq)]
struct Chosen {
    name: String,
    params: Table,
    /// The text of a script; what it holds is checked when it is built.
    #[cfg(feature = "scripts")]
    script: Option<Arc<str>>,
    /// Where scripts in it were read, for whoever reads them again.
    #[cfg(feature = "scripts")]
    files: BTreeMap<ScriptPlace, PathBuf>,
}

/// Strategies, and the counters of those that are scripts.
#[cfg(feature = "scripts")]
#[derive(Debug)]
pub struct Built {
    /// One for each role that was asked for, in that order.
    pub strategies: Vec<NamedStrategy>,
    /// One for each script among them, in the same order.
    pub scripts: Vec<ScriptStats>,
}

impl StrategyChoice {
    /// The same, with the strategy `name` for `role`. Both are checked by [`build`](Self::build).
    #[must_use]
    pub fn with(mut self, role: Role, name: &str, params: Table) -> Self {
        let chosen = Chosen {
            name: name.to_owned(),
            params,
            #[cfg(feature = "scripts")]
            script: None,
            #[cfg(feature = "scripts")]
            files: BTreeMap::new(),
        };
        self.0.insert(role, chosen);
        self
    }

    /// The same, with the script `text` for `role`. It is called `name`, also where its errors
    /// say where they are. It is checked by [`build`](Self::build).
    #[cfg(feature = "scripts")]
    #[must_use]
    pub fn with_script(self, role: Role, name: &str, text: &str) -> Self {
        self.with_script_told(role, name, text, Table::new())
    }

    /// As [`with_script`](Self::with_script), with `params` told to the script.
    #[cfg(feature = "scripts")]
    #[must_use]
    pub fn with_script_told(mut self, role: Role, name: &str, text: &str, params: Table) -> Self {
        let script = Some(Arc::from(text));
        let (name, files) = (name.to_owned(), BTreeMap::new());
        self.0.insert(role, Chosen { name, params, script, files });
        self
    }

    /// The same, with the strategy `name` for `role` around what other choices have for it, each as
    /// the parameter of this name, and with other parameters. All are checked by
    /// [`build`](Self::build).
    #[must_use]
    pub fn with_around(
        self,
        role: Role,
        name: &str,
        parts: [(&str, &Self); 2],
        mut params: Table,
    ) -> Self {
        for (part, choice) in &parts {
            params.insert((*part).to_owned(), choice.as_parameter(role));
        }
        #[cfg_attr(not(feature = "scripts"), expect(unused_mut, reason = "files are of scripts"))]
        let mut around = self.with(role, name, params);
        #[cfg(feature = "scripts")]
        if let Some(chosen) = around.0.get_mut(&role) {
            for (part, choice) in parts {
                let files = choice.script_files(role).map(|(place, file)| {
                    let place = std::iter::once(part.to_owned()).chain(place.iter().cloned());
                    (place.collect(), file.clone())
                });
                chosen.files.extend(files);
            }
        }
        around
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

    /// What was chosen for `role`, as a parameter of a strategy around it.
    pub fn as_parameter(&self, role: Role) -> Value {
        let chosen = self.0.get(&role);
        let mut table = chosen.map(|chosen| chosen.params.clone()).unwrap_or_default();
        #[cfg(feature = "scripts")]
        if let Some(text) = chosen.and_then(|chosen| chosen.script.as_deref()) {
            table.insert(SCRIPT.to_owned(), Value::String(text.to_owned()));
        }
        table.insert(USE.to_owned(), Value::String(self.name(role).to_owned()));
        Value::Table(table)
    }

    /// The roles in which `other` has another strategy, other parameters or another script.
    pub fn differs_from(&self, other: &Self) -> Vec<Role> {
        let differs = |role: &Role| self.chosen(*role) != other.chosen(*role);
        Role::ALL.into_iter().filter(differs).collect()
    }

    /// Makes all five.
    ///
    /// # Errors
    /// The first unknown strategy, wrong parameter or bad script, by role; nothing was made.
    pub fn build(&self) -> Result<StrategySet, CatalogError> {
        // Only a scaffold: every place in it is taken below.
        let mut set = plain::strategies();
        for strategy in self.build_roles(&Role::ALL)? {
            set.put(strategy);
        }
        Ok(set)
    }

    /// Makes those for `roles`, in their order.
    ///
    /// # Errors
    /// The first unknown strategy, wrong parameter or bad script, by role; nothing was made.
    pub fn build_roles(&self, roles: &[Role]) -> Result<Vec<NamedStrategy>, CatalogError> {
        roles.iter().map(|role| Ok(self.told(*role, self.make(*role)?))).collect()
    }

    /// Makes those for `roles`, in their order, with the counters of those that are scripts.
    ///
    /// # Errors
    /// As [`build_roles`](Self::build_roles).
    #[cfg(feature = "scripts")]
    pub fn build_watched(&self, roles: &[Role]) -> Result<Built, CatalogError> {
        let mut built = Built { strategies: Vec::new(), scripts: Vec::new() };
        for role in roles {
            let strategy = match self.script(*role)? {
                None => self.make(*role)?,
                Some(script) => {
                    let (strategy, stats) = script.strategy();
                    built.scripts.push(stats);
                    strategy
                }
            };
            built.strategies.push(self.told(*role, strategy));
        }
        Ok(built)
    }

    /// What was chosen for `role`, or its default, in a form that can be compared.
    fn chosen(&self, role: Role) -> Self {
        let default = || Self::default().with(role, default_of(role).name, Table::new());
        let chosen = self.0.get(&role).cloned();
        #[cfg(feature = "scripts")]
        let chosen = chosen.map(|chosen| Chosen { files: BTreeMap::new(), ..chosen });
        chosen.map_or_else(default, |chosen| Self([(role, chosen)].into()))
    }

    /// The strategy for `role` with its name, and what it was made of.
    fn told(&self, role: Role, strategy: Strategy) -> NamedStrategy {
        strategy.named(self.name(role)).made_of(&self.params_text(role))
    }

    pub(super) fn make(&self, role: Role) -> Result<Strategy, CatalogError> {
        #[cfg(feature = "scripts")]
        if let Some(script) = self.script(role)? {
            return Ok(script.strategy().0);
        }
        let none = Table::new();
        let params = self.0.get(&role).map_or(&none, |chosen| &chosen.params);
        Ok(find(role, self.name(role))?.make(params)?)
    }

    #[cfg(feature = "scripts")]
    fn script(&self, role: Role) -> Result<Option<Script>, CatalogError> {
        let Some(chosen) = self.0.get(&role) else { return Ok(None) };
        let Some(text) = &chosen.script else { return Ok(None) };
        let script = Script::load(role, &chosen.name, text, &chosen.params);
        Ok(Some(script.map_err(Box::new)?))
    }
}
