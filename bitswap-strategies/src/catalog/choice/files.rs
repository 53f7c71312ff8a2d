//! The files that scripts of a choice were read from, also of those that stand inside wrappers.
//! Nothing is read here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitswap_core::strategy::Role;
use toml::{Table, Value};

use super::super::base::{SCRIPT, USE};
use super::StrategyChoice;

/// Where a script stands: the names of the parameters that lead to it, from the outermost wrapper;
/// none, if it was chosen itself.
pub type ScriptPlace = Vec<String>;

impl StrategyChoice {
    /// The same, noting that the script for `role` was read from `file`.
    #[must_use]
    pub fn read_from(mut self, role: Role, file: &Path) -> Self {
        if let Some(chosen) = self.0.get_mut(&role).filter(|chosen| chosen.script.is_some()) {
            chosen.files.insert(Vec::new(), file.to_owned());
        }
        self
    }

    /// The files that the scripts for `role` were read from, with where these stand.
    pub fn script_files(&self, role: Role) -> impl Iterator<Item = (&ScriptPlace, &PathBuf)> {
        self.0.get(&role).into_iter().flat_map(|chosen| &chosen.files)
    }

    /// What the script that stands there is told; `None` if none does.
    pub fn script_params(&self, role: Role, place: &[String]) -> Option<Table> {
        let chosen = self.0.get(&role)?;
        if place.is_empty() {
            return chosen.script.is_some().then(|| chosen.params.clone());
        }
        let mut table = &chosen.params;
        for name in place {
            table = table.get(name)?.as_table()?;
        }
        let mut params = table.clone();
        params.remove(USE);
        params.remove(SCRIPT).map(|_| params)
    }

    /// The same, with another text of the script that stands there; nothing else is changed, and
    /// nothing at all if none does. It is checked by [`build`](Self::build).
    #[must_use]
    pub fn with_script_text(mut self, role: Role, place: &[String], text: &str) -> Self {
        let Some(chosen) = self.0.get_mut(&role) else { return self };
        if place.is_empty() {
            if let Some(script) = &mut chosen.script {
                *script = Arc::from(text);
            }
            return self;
        }
        if let Some(script) = script_of(&mut chosen.params, place) {
            *script = Value::String(text.to_owned());
        }
        self
    }
}

/// The text of the script that stands there.
fn script_of<'a>(params: &'a mut Table, place: &[String]) -> Option<&'a mut Value> {
    let mut table = params;
    for name in place {
        table = table.get_mut(name)?.as_table_mut()?;
    }
    table.get_mut(SCRIPT)
}
