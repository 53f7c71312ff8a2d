//! The settings that exist, and hints for names that do not.

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{self, Entry, did_you_mean, of_role};
use toml::Value;

use super::diagnostic::Diagnostic;
use super::key::{Key, Wrong};
use super::keys::SECTIONS;
use super::place::Place;
use super::strategy;

/// What a name in the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// A table.
    Section,
    /// The table of a strategy, or of a script if there is one of this name.
    Strategy,
    /// A setting; one of a strategy only if the strategy has it.
    Setting,
    /// None of them.
    Nothing,
}

/// The table of all strategies.
pub(super) const STRATEGY: &str = "strategy";

/// The setting that chooses a strategy.
pub(super) const USE: &str = "use";

/// What `path` is.
pub(super) fn known(path: &[String]) -> Known {
    let parts: Vec<_> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [STRATEGY] => Known::Section,
        [STRATEGY, role] if Role::of_name(role).is_some() => Known::Section,
        [STRATEGY, role, USE] if Role::of_name(role).is_some() => Known::Setting,
        [STRATEGY, role, _] if Role::of_name(role).is_some() => Known::Strategy,
        [STRATEGY, role, _, _] if Role::of_name(role).is_some() => Known::Setting,
        [only] if SECTIONS.iter().any(|section| section.name == *only) => Known::Section,
        [_] | [_, _] if key(path).is_some() => Known::Setting,
        _ => Known::Nothing,
    }
}

/// The setting called `path`, if it is not a strategy's.
pub(super) fn key(path: &[String]) -> Option<&'static Key> {
    let name = path.join(".");
    keys().find(|key| key.path() == name)
}

/// Whether `path` is a setting, or the table of a strategy.
pub(super) fn can_be_unset(path: &[String]) -> bool {
    match known(path) {
        Known::Setting | Known::Strategy => true,
        Known::Section | Known::Nothing => false,
    }
}

/// All settings but the strategies'.
pub(crate) fn keys() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.keys)
}

/// What `text` means as the value of a setting, where TOML's quotes may be left out.
pub(super) fn value(path: &[String], text: &str) -> Value {
    let quoted = Value::String(text.to_owned());
    let written: Option<Value> = text.parse().ok();
    let list = || text.split(',').map(|one| Value::String(one.trim().to_owned())).collect();
    let Some(key) = key(path) else { return strategy::value(path, quoted, written) };
    let fits = |value: &Value| !matches!((key.read)(value), Err(Wrong::Kind(_)));
    [Some(quoted.clone()), written.clone(), Some(Value::Array(list()))]
        .into_iter()
        .flatten()
        .find(fits)
        .unwrap_or_else(|| written.unwrap_or(quoted))
}

/// Says that a table is needed where something else stands.
pub(super) fn not_a_table(path: &[String], place: Place) -> Diagnostic {
    let name = path.join(".");
    Diagnostic {
        place,
        what: format!("`{name}` is a table, not a setting"),
        label: format!("expected [{name}]"),
        remedy: format!("{} of [{name}]: {}", settings(&name), names(&siblings(path))),
        rule: None,
    }
}

/// Says that there is no `path`, and what there is.
pub(super) fn unknown(path: &[String], place: Place) -> Diagnostic {
    let Some((last, parents)) = path.split_last() else { return nothing(place) };
    // The nearest table that exists is what the advice is about.
    let depth = (0..=parents.len()).rev().find(|depth| match parents.get(..*depth) {
        Some([]) | None => true,
        Some(parent) => known(parent) == Known::Section,
    });
    let (parents, last) = match depth {
        Some(depth) if depth < parents.len() => path.split_at(depth),
        _ => (parents, std::slice::from_ref(last)),
    };
    let last = last.first().map_or("", String::as_str);
    let there = siblings_in(parents);
    let near = did_you_mean(last, &there);
    let label = match (near, elsewhere(last)) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(table)) => format!("`{last}` belongs in {table}"),
        (None, None) => "there is no such setting".to_owned(),
    };
    let parent = parents.join(".");
    let table = if parent.is_empty() { "the file".to_owned() } else { format!("[{parent}]") };
    let remedy = format!("{} of {table}: {}", settings(&parent), names(&there));
    Diagnostic { place, what: format!("unknown setting `{last}`"), label, remedy, rule: None }
}

/// Says that a strategy has no setting of this name.
pub(super) fn unknown_parameter(entry: &Entry, name: &str, place: Place) -> Diagnostic {
    let there: Vec<_> = entry.parameters().iter().map(|parameter| parameter.name).collect();
    let label = match (did_you_mean(name, &there), elsewhere(name)) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(table)) => format!("`{name}` belongs in {table}"),
        (None, None) => "there is no such setting".to_owned(),
    };
    let what = format!("unknown setting `{name}`");
    let Entry { role, name, .. } = entry;
    let remedy =
        format!("settings of `{name}`: {}   (bitswap strategy show {role}={name})", names(&there));
    Diagnostic { place, what, label, remedy, rule: None }
}

fn nothing(place: Place) -> Diagnostic {
    Diagnostic {
        place,
        what: "a setting without a name".to_owned(),
        label: "expected a name".to_owned(),
        remedy: "see  bitswap config show --defaults".to_owned(),
        rule: None,
    }
}

fn settings(parent: &str) -> &'static str {
    if parent.is_empty() || parent == STRATEGY { "tables and settings" } else { "settings" }
}

fn siblings(path: &[String]) -> Vec<&'static str> {
    siblings_in(path)
}

/// What there is in a table.
fn siblings_in(table: &[String]) -> Vec<&'static str> {
    let parts: Vec<_> = table.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [] => {
            let top = SECTIONS.iter().filter(|section| section.name.is_empty());
            let settings = top.flat_map(|section| section.keys).map(|key| key.name);
            let tables =
                SECTIONS.iter().map(|section| section.name).filter(|name| !name.is_empty());
            settings.chain(tables).chain([STRATEGY]).collect()
        }
        [STRATEGY] => Role::ALL.map(Role::name).to_vec(),
        [STRATEGY, role] => {
            let strategies = Role::of_name(role).into_iter().flat_map(of_role);
            [USE].into_iter().chain(strategies.map(|entry| entry.name)).collect()
        }
        [section] => keys().filter(|key| key.section == *section).map(|key| key.name).collect(),
        [..] => Vec::new(),
    }
}

/// The table in which a setting of this very name is.
fn elsewhere(name: &str) -> Option<String> {
    let section = keys().find(|key| key.name == name).map(|key| key.section);
    let section = section.map(|section| match section {
        "" => "the file, before the first table".to_owned(),
        section => format!("[{section}]"),
    });
    let parameter = || {
        let has = |entry: &&Entry| entry.parameters().iter().any(|known| known.name == name);
        let entry = catalog::all().iter().find(has)?;
        Some(format!("[{STRATEGY}.{}.{}]", entry.role, entry.name))
    };
    let role = || Role::of_name(name).map(|role| format!("[{STRATEGY}]: [{STRATEGY}.{role}]"));
    section.or_else(parameter).or_else(role)
}

fn names(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
