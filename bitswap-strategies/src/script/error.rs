//! What can be wrong with a script; each says where, what, why, and what to do.

use std::fmt;
use std::sync::Arc;

use bitswap_core::strategy::Role;

use super::stats::Failure;

/// A place in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The script's name.
    pub script: Arc<str>,
    /// Line and column, from 1; `None` where the script as a whole is meant.
    pub place: Option<(usize, usize)>,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.place.unwrap_or((1, 1));
        write!(f, "{}:{line}:{column}", self.script)
    }
}

/// A script that cannot be used. Nothing was made or replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// It failed when it was rehearsed with drawn questions, or one of its own settings did.
    #[error("{0}")]
    Fails(#[from] Failure),
    /// A function that its role needs is not there.
    #[error(
        "{at}: there is no `{signature}`, by which a {role} is asked; {}",
        instead(near.as_deref())
    )]
    MissingFunction {
        /// The script.
        at: At,
        /// What it was loaded for.
        role: Role,
        /// How the function begins.
        signature: String,
        /// A function of the script that may be meant.
        near: Option<String>,
    },
    /// It cannot be read as a script, or uses what scripts do not have.
    #[error("{at}: {what}")]
    Syntax {
        /// Where.
        at: At,
        /// What was found and what belongs there.
        what: String,
    },
    /// It is too long to be read.
    #[error("{at}: the script has {bytes} bytes, of at most {most}; shorten it")]
    TooLong {
        /// The script.
        at: At,
        /// Its length.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// Its `fallback()` names a strategy that does not exist.
    #[error("{at}: `fallback` names no {role}: `{given}`; {}", known_names(known))]
    UnknownFallback {
        /// Where.
        at: At,
        /// The script's role.
        role: Role,
        /// What it names.
        given: String,
        /// What it could name.
        known: Vec<&'static str>,
    },
    /// It was told something that its `params()` does not list.
    #[error(
        "{at}: there is no parameter `{parameter}`; {}{}",
        meant(did_you_mean.as_deref()),
        known_names(known)
    )]
    UnknownParameter {
        /// The script.
        at: At,
        /// What was given.
        parameter: String,
        /// The nearest one that it has.
        did_you_mean: Option<String>,
        /// All that it has.
        known: Vec<String>,
    },
    /// A function that the engine calls takes another number of arguments.
    #[error(
        "{at}: `{function}` takes {given} arguments, but is called as `{signature}`; write it so"
    )]
    WrongArity {
        /// Where it is.
        at: At,
        /// The function.
        function: &'static str,
        /// How many it takes.
        given: usize,
        /// How it is called.
        signature: String,
    },
    /// It was told a value of another kind than its `params()` has.
    #[error("{at}: {parameter} = {given} is not {expected}, as in `params`; give one")]
    WrongParameter {
        /// The script.
        at: At,
        /// The parameter.
        parameter: String,
        /// What was given, as TOML.
        given: String,
        /// What kind of value it takes.
        expected: &'static str,
    },
}

impl ScriptError {
    /// Where it is.
    pub const fn at(&self) -> &At {
        match self {
            Self::Fails(failure) => &failure.at,
            Self::MissingFunction { at, .. }
            | Self::Syntax { at, .. }
            | Self::TooLong { at, .. }
            | Self::UnknownFallback { at, .. }
            | Self::UnknownParameter { at, .. }
            | Self::WrongArity { at, .. }
            | Self::WrongParameter { at, .. } => at,
        }
    }

    /// What it is, without the place.
    pub fn what(&self) -> String {
        let whole = self.to_string();
        let place = format!("{}: ", self.at());
        whole.strip_prefix(&place).map(ToOwned::to_owned).unwrap_or(whole)
    }
}

fn instead(near: Option<&str>) -> String {
    near.map_or_else(|| "add it".to_owned(), |near| format!("is `{near}` meant to be it?"))
}

fn meant(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("did you mean `{name}`? "))
}

fn known_names(known: &[impl AsRef<str>]) -> String {
    if known.is_empty() {
        return "it has none".to_owned();
    }
    let names: Vec<_> = known.iter().map(AsRef::as_ref).collect();
    format!("there are {}", names.join(", "))
}
