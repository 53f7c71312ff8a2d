//! The effective configuration: each setting with its value and its source.

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{Entry, find};
use toml::Value;

use super::diagnostic::ConfigErrors;
use super::known::{self, STRATEGY, USE, keys};
use super::place::Place;
use super::{Config, LoadedConfig};

/// A setting and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// The table that it is in.
    pub(crate) table: String,
    /// Its name in that table.
    pub(crate) name: String,
    /// Its effective value.
    pub value: Value,
    /// Its default; `None` = only a script knows it.
    pub default: Option<Value>,
    /// The source of the value: a file with line and column, a variable, a profile, or `default`.
    pub source: String,
}

impl Effective {
    /// Its name with its table's.
    pub fn path(&self) -> String {
        if self.table.is_empty() {
            return self.name.clone();
        }
        format!("{}.{}", self.table, self.name)
    }
}

impl LoadedConfig {
    /// All settings, in the order of the file. Of strategies, those that are chosen and those that
    /// somebody tuned.
    pub fn effective(&self) -> Vec<Effective> {
        let plain = keys().map(|key| {
            let value = key.of(&self.config);
            self.one(key.section, key.name, value, Some(key.default()))
        });
        plain.chain(Role::ALL.into_iter().flat_map(|role| self.of_role(role))).collect()
    }

    fn of_role(&self, role: Role) -> Vec<Effective> {
        let table = format!("{STRATEGY}.{role}");
        let Config { strategy, .. } = &self.config;
        let default = Config::default().strategy.name(role).to_owned();
        let chosen = strategy.name(role);
        let mut found = vec![self.one(
            &table,
            USE,
            Value::String(chosen.to_owned()),
            Some(Value::String(default)),
        )];
        let of_chosen = format!("{table}.{chosen}");
        for parameter in find(role, chosen).into_iter().flat_map(Entry::parameters) {
            let raw = self.places.get(&format!("{of_chosen}.{}", parameter.name));
            let value = raw.map_or_else(|| parameter.default.clone(), |raw| raw.value.clone());
            found.push(self.one(&of_chosen, parameter.name, value, Some(parameter.default)));
        }
        let tuned = self.places.values().filter_map(|raw| match raw.path.as_slice() {
            [_, of, strategy, name] if *of == role.name() => {
                let table = format!("{table}.{strategy}");
                let known = find(role, strategy).ok();
                let default = known.and_then(|entry| {
                    let parameters = entry.parameters().into_iter();
                    parameters.into_iter().find(|known| known.name == name)
                });
                let default = default.map(|known| known.default);
                let listed = strategy == chosen && default.is_some();
                (!listed).then(|| self.one(&table, name, raw.value.clone(), default))
            }
            [..] => None,
        });
        found.extend(tuned);
        found
    }

    fn one(&self, table: &str, name: &str, value: Value, default: Option<Value>) -> Effective {
        let (table, name) = (table.to_owned(), name.to_owned());
        let mut one = Effective { table, name, value, default, source: String::new() };
        let raw = self.places.get(&one.path());
        one.source = raw.map_or_else(|| "default".to_owned(), |raw| raw.key_at.to_string());
        one
    }
}

/// The setting called `name`, or those of the table of this name.
///
/// # Errors
/// There is neither.
pub fn effective_of(loaded: &LoadedConfig, name: &str) -> Result<Vec<Effective>, ConfigErrors> {
    let inside = format!("{name}.");
    let all = loaded.effective().into_iter();
    let found: Vec<_> =
        all.filter(|one| one.path() == name || one.path().starts_with(&inside)).collect();
    if found.is_empty() {
        let path: Vec<_> = name.split('.').map(str::to_owned).collect();
        let diagnostic = known::unknown(&path, Place::whole("command line"));
        return Err(ConfigErrors(vec![diagnostic]));
    }
    Ok(found)
}

/// Settings as a file, each with `note` behind it if that is not empty.
pub fn as_toml(settings: &[Effective], note: impl Fn(&Effective) -> String) -> String {
    let mut lines = Vec::new();
    let mut table = "";
    for setting in settings {
        if setting.table != table {
            table = &setting.table;
            let gap = if lines.is_empty() { "" } else { "\n" };
            lines.push(format!("{gap}[{table}]\n"));
        }
        let note = note(setting);
        let note = if note.is_empty() { note } else { format!("   # {note}") };
        lines.push(format!("{} = {}{note}\n", setting.name, setting.value));
    }
    lines.concat()
}
