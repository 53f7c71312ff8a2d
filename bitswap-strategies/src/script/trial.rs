//! A loaded script put through the conformance suite.

use super::error::At;
use super::load::Script;
use super::signature::place_of;
use super::stats::{Failure, ScriptStats};
use crate::conformance::{self, Violation};

/// Why a script does not conform. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit {
    /// A call failed.
    #[error(transparent)]
    Fails(#[from] Failure),
    /// All calls were answered, and an answer breaks a rule.
    #[error("{at}: {violation}")]
    Breaks {
        /// Where the function is that answered.
        at: At,
        /// Which rule, and how.
        violation: Violation,
    },
}

impl Script {
    /// Tries it on thousands of drawn views, as every strategy of the catalog is. Returns what it
    /// counted.
    ///
    /// # Errors
    /// The first call that failed; else the first rule that was broken.
    pub fn conform(&self) -> Result<ScriptStats, Misfit> {
        let stats = self.counters();
        let outcome = conformance::check_made(|| self.counting(&stats));
        if let Some(failure) = stats.first_failure() {
            return Err(failure.clone().into());
        }
        outcome.map_err(|violation| {
            let names = [violation.function, "score"];
            let place = names.iter().find_map(|name| place_of(&self.text, name));
            Misfit::Breaks { at: At { place, ..self.at.clone() }, violation }
        })?;
        Ok(stats)
    }
}
