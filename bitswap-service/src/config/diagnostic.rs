//! Diagnostics of a configuration: all errors at once, each with its place and what to do.

use std::fmt;

use serde_json::{Value as Json, json};

use super::place::Place;

/// An error or a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The place of the mistake.
    pub(crate) place: Place,
    /// A description, in the user's words.
    pub(crate) what: String,
    /// What was meant or is expected, beside the caret.
    pub(crate) label: String,
    /// A hint what to do.
    pub(crate) remedy: String,
    /// The name of the rule that says so, if it is one that joins settings.
    pub(crate) rule: Option<&'static str>,
}

impl Diagnostic {
    /// For people: the form of a compiler's message, as an `error` or a `warning`.
    pub fn shown(&self, word: &str) -> String {
        let Self { place, what, label, remedy, rule } = self;
        let rule = rule.map_or_else(String::new, |rule| format!("   ({rule})"));
        format!("{word}: {what}\n{}\n  do:  {remedy}{rule}", place.shown(label))
    }

    /// For programs.
    pub fn json(&self) -> Json {
        let (line, column) = self.place.at.unzip();
        json!({
            "what": self.what, "source": self.place.source, "line": line, "column": column,
            "why": self.label, "do": self.remedy, "rule": self.rule,
        })
    }
}

/// Why a configuration cannot be had. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub(super) Vec<Diagnostic>);

impl ConfigErrors {
    /// All of them, in the order of the places; at least one.
    pub(crate) fn all(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.0.iter().map(|diagnostic| diagnostic.shown("error")).collect();
        f.write_str(&shown.join("\n\n"))?;
        match self.0.len() {
            0 | 1 => Ok(()),
            count => write!(f, "\n\nerror: {count} mistakes in the configuration"),
        }
    }
}
