//! The scripts of a choice that stand inside wrappers, and the files that all its scripts were read
//! from. Nothing is read here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitswap_core::strategy::Role;
use toml::{Table, Value};

use super::super::base::{Base, SCRIPT, USE};
use super::super::value::Setting;
use super::super::{Entry, find};
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

    /// The same, with the scripts inside the strategy for `role` that are only named there.
    /// `read` is asked for each name that the catalog does not have: with where it stands, the
    /// name, and the parameters beside it. It gives the script's file and text; without them the
    /// name stays, and [`build`](Self::build) does not find it.
    ///
    /// # Errors
    /// The first of `read`; the choice is dropped.
    pub fn with_named_scripts<E>(
        mut self,
        role: Role,
        read: impl FnMut(&ScriptPlace, &str, &Table) -> Result<Option<(PathBuf, String)>, E>,
    ) -> Result<Self, E> {
        if let Some(chosen) = self.0.get_mut(&role)
            && let Ok(entry) = find(role, &chosen.name)
        {
            let mut naming = NamedScripts { role, read, files: &mut chosen.files };
            naming.inside(entry, &mut chosen.params, &mut Vec::new())?;
        }
        Ok(self)
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

/// Puts scripts where they are named.
struct NamedScripts<'a, F> {
    role: Role,
    read: F,
    files: &'a mut BTreeMap<ScriptPlace, PathBuf>,
}

impl<F> NamedScripts<'_, F> {
    /// Looks at all parameters of a strategy that are strategies.
    fn inside<E>(
        &mut self,
        entry: &Entry,
        params: &mut Table,
        place: &mut ScriptPlace,
    ) -> Result<(), E>
    where
        F: FnMut(&ScriptPlace, &str, &Table) -> Result<Option<(PathBuf, String)>, E>,
    {
        // More than may be inside each other is an error of `build`.
        if place.len() > Base::MOST {
            return Ok(());
        }
        for parameter in entry.parameters() {
            if parameter.unit == Base::UNIT
                && let Some(value) = params.get_mut(parameter.name)
            {
                place.push(parameter.name.to_owned());
                self.at(value, place)?;
                place.pop();
            }
        }
        Ok(())
    }

    /// Looks at one strategy: its name, or a table with its name.
    fn at<E>(&mut self, value: &mut Value, place: &mut ScriptPlace) -> Result<(), E>
    where
        F: FnMut(&ScriptPlace, &str, &Table) -> Result<Option<(PathBuf, String)>, E>,
    {
        let Some(Base { name, mut params, script: None }) = Base::read(value) else {
            return Ok(());
        };
        if let Ok(entry) = find(self.role, &name) {
            let inner = value.as_table_mut();
            return inner.map_or(Ok(()), |params| self.inside(entry, params, place));
        }
        if let Some((file, text)) = (self.read)(place, &name, &params)? {
            params.insert(USE.to_owned(), Value::String(name));
            params.insert(SCRIPT.to_owned(), Value::String(text));
            self.files.insert(place.clone(), file);
            *value = Value::Table(params);
        }
        Ok(())
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
