//! What a recording keeps of a choice, so that the same strategy can be made again.

use bitswap_core::strategy::{NamedStrategy, Role};
use toml::{Table, Value};

#[cfg(feature = "scripts")]
use super::base::SCRIPT;
use super::base::USE;
use super::{CatalogError, StrategyChoice, find};

/// Makes a strategy of what a recording has of it.
///
/// # Errors
/// There is no such strategy in this catalog, or it does not take these parameters.
pub fn recorded(role: Role, name: &str, params: &str) -> Result<NamedStrategy, String> {
    let choice = StrategyChoice::default().with_recorded(role, name, params)?;
    Ok(choice.make(role).map_err(told)?.named(name).made_of(params))
}

/// As [`recorded`], with the strategy that `other` has for the role beside it, as a shadow: it is
/// asked the same and not obeyed.
///
/// # Errors
/// As of [`recorded`].
pub fn recorded_beside(
    role: Role,
    (name, params): (&str, &str),
    other: &StrategyChoice,
) -> Result<NamedStrategy, String> {
    let base = StrategyChoice::default().with_recorded(role, name, params)?;
    let pair = [("base", base.as_parameter(role)), ("shadow", other.as_parameter(role))];
    let pair: Table = pair.into_iter().map(|(part, of)| (part.to_owned(), of)).collect();
    let made = find(role, "shadow").map_err(told)?.make(&pair).map_err(told)?;
    Ok(made.named(name).made_of(params))
}

fn told(why: impl Into<CatalogError>) -> String {
    why.into().to_string()
}

impl StrategyChoice {
    /// What was chosen for `role` besides its name, as TOML: its parameters, and the text of a
    /// script.
    pub(super) fn params_text(&self, role: Role) -> String {
        let Value::Table(mut params) = self.as_parameter(role) else { return String::new() };
        params.remove(USE);
        params.to_string()
    }

    /// The same, with a strategy for `role` as a recording has it: its name, and what
    /// [`made_of`](bitswap_core::strategy::NamedStrategy::made_of) was told by this catalog. Both
    /// are checked by [`build`](Self::build).
    ///
    /// ```
    /// use bitswap_core::strategy::Role;
    /// use bitswap_strategies::catalog::StrategyChoice;
    ///
    /// let choice =
    ///     StrategyChoice::default().with_recorded(Role::PeerSelector, "random", "probes = 2");
    /// let set = choice?.build()?;
    /// assert_eq!(&**set.name(Role::PeerSelector), "random");
    /// assert_eq!(&**set.params(Role::PeerSelector), "probes = 2\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The parameters are no TOML, or hold a script where scripts cannot be run; the choice is
    /// dropped.
    pub fn with_recorded(self, role: Role, name: &str, params: &str) -> Result<Self, String> {
        let params: Table = params.parse().map_err(|why: toml::de::Error| why.to_string())?;
        #[cfg(feature = "scripts")]
        if let Some(Value::String(text)) = params.get(SCRIPT) {
            let mut told = params.clone();
            told.remove(SCRIPT);
            return Ok(self.with_script_told(role, name, text, told));
        }
        Ok(self.with(role, name, params))
    }
}
