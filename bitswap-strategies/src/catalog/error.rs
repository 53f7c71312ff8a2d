//! What can be wrong with a choice of strategies; each says what to write instead.

use bitswap_core::strategy::Role;

/// A choice that cannot be had. No strategy was made or replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// A strategy does not take these parameters.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// A script cannot be used.
    #[cfg(feature = "scripts")]
    #[error(transparent)]
    Script(#[from] Box<crate::script::ScriptError>),
    /// Not of the form `role=name`.
    #[error("`{given}` is not of the form role=name, such as `peer_selector=random`")]
    Shape {
        /// What was written.
        given: String,
    },
    /// No such role.
    #[error(transparent)]
    UnknownRole(#[from] UnknownRole),
    /// The role has no such strategy.
    #[error(transparent)]
    UnknownStrategy(#[from] UnknownStrategy),
}

/// Strategies that cannot be added to the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtendError {
    /// A name that cannot be written everywhere.
    #[error(
        "{role} `{name}`: a name has at most 40 letters from a to z and digits, with hyphens \
         between its words, such as `my-way`"
    )]
    BadName {
        /// The role.
        role: Role,
        /// The name.
        name: &'static str,
    },
    /// The catalog has such a strategy.
    #[error("there is a {role} `{name}` already; give yours another name")]
    NameTaken {
        /// The role.
        role: Role,
        /// The name.
        name: &'static str,
    },
    /// The catalog was extended before.
    #[error("the catalog can be extended once; give all strategies at once")]
    Twice,
}

/// Parameters that a strategy does not take. It was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamError {
    /// A strategy inside another, at fault itself.
    #[error("in {parameter} of {role} `{strategy}`: {why}")]
    Base {
        /// The outer strategy's role.
        role: Role,
        /// The outer strategy.
        strategy: &'static str,
        /// Its parameter.
        parameter: &'static str,
        /// What is wrong with the inner one.
        why: Box<CatalogError>,
    },
    /// Strategies inside each other, too many of them.
    #[error("{role} `{strategy}`: {parameter} is inside {most} others, and there may be no more")]
    TooDeep {
        /// The role.
        role: Role,
        /// The innermost strategy that could be made.
        strategy: &'static str,
        /// Its parameter.
        parameter: &'static str,
        /// How many may be inside each other.
        most: usize,
    },
    /// A value that the strategy could not work with.
    #[error("{role} `{strategy}`: {parameter} = {given} is outside {least} to {most}")]
    OutOfRange {
        /// The strategy's role.
        role: Role,
        /// The strategy.
        strategy: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given, as TOML.
        given: String,
        /// The least that is taken, as TOML.
        least: String,
        /// The most that is taken, as TOML.
        most: String,
    },
    /// A parameter that the strategy does not have.
    #[error("{role} `{strategy}` has no parameter `{parameter}`; {}", hint(*did_you_mean, known))]
    Unknown {
        /// The strategy's role.
        role: Role,
        /// The strategy.
        strategy: &'static str,
        /// What was given.
        parameter: String,
        /// The nearest one that it has.
        did_you_mean: Option<&'static str>,
        /// All that it has.
        known: Vec<&'static str>,
    },
    /// A value of another kind.
    #[error(
        "{role} `{strategy}`: {parameter} = {given} is not {expected}{}",
        why.as_ref().map(|why| format!(": {why}")).unwrap_or_default()
    )]
    WrongType {
        /// The strategy's role.
        role: Role,
        /// The strategy.
        strategy: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given, as TOML.
        given: String,
        /// What it takes, with an example.
        expected: &'static str,
        /// What is wrong with the value, if more is known than its kind.
        why: Option<String>,
    },
}

/// A role that does not exist. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no role `{name}`; {}", hint(*did_you_mean, &Role::ALL.map(Role::name)))]
pub struct UnknownRole {
    /// What was asked for.
    pub name: String,
    /// The nearest role.
    pub did_you_mean: Option<&'static str>,
}

/// A strategy that a role does not have. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {role} `{name}`; {}", hint(*did_you_mean, known))]
pub struct UnknownStrategy {
    /// For which role.
    pub role: Role,
    /// What was asked for.
    pub name: String,
    /// The nearest name.
    pub did_you_mean: Option<&'static str>,
    /// All names, in order.
    pub known: Vec<&'static str>,
}

fn hint(did_you_mean: Option<&str>, known: &[&str]) -> String {
    match (did_you_mean, known) {
        (_, []) => "it has none".to_owned(),
        (None, known) => format!("there are {}", known.join(", ")),
        (Some(name), known) => format!("did you mean `{name}`? there are {}", known.join(", ")),
    }
}
