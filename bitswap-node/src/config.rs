//! `bitswap.toml`: what a node is told, from where, and what is wrong with it.
//!
//! [`keys`] declares each setting once; reading, messages, `config show`, the schema, the page in
//! `docs/` and the file that `init` writes follow from there. Nothing here starts anything.

#[macro_use]
mod key;

mod edit;
mod effective;
mod engine;
mod fault;
mod keys;
mod kind;
mod known;
mod page;
mod place;
mod profile;
mod rules;
mod said;
mod schema;
mod sources;
mod strategy;
mod template;

use std::collections::BTreeMap;

use self::key::{Key, Wrong};
use self::place::Place;
use self::said::Said;
use self::strategy::Chosen;

pub(crate) use self::edit::{Edited, set};
pub(crate) use self::effective::{Effective, as_toml, effective_of};
pub(crate) use self::fault::{ConfigFaults, Fault};
pub(crate) use self::keys::{Config, LogSettings};
pub(crate) use self::kind::{LogFormat, Profile, StoreKind, Threads};
pub(crate) use self::page::page;
pub(crate) use self::rules::{RULES, Rule};
pub(crate) use self::schema::schema;
pub(crate) use self::sources::Sources;
pub(crate) use self::template::template;

/// The newest `config_version` that is understood.
const VERSION: u32 = 1;

/// The longest file that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

impl Config {
    /// What all sources together say, the strongest last: built-in values, a profile, the file,
    /// the environment, flags.
    ///
    /// # Errors
    /// All that is wrong with any of them; nothing was changed.
    pub(crate) fn load(sources: &Sources) -> Result<Self, ConfigFaults> {
        Reading::faultless(sources).map(|reading| reading.config)
    }
}

/// A configuration with all that can be said of it.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Where faults are, it has the value that a weaker source gave.
    pub(crate) config: Config,
    /// Where each setting was said that was said anywhere, by name.
    places: BTreeMap<String, Said>,
    /// What must be changed, in the order of places.
    pub(crate) faults: Vec<Fault>,
    /// What should be looked at.
    pub(crate) warnings: Vec<Fault>,
}

impl Reading {
    /// What `sources` say, if nothing is wrong with it.
    ///
    /// # Errors
    /// All that is wrong; nothing was changed.
    pub(crate) fn faultless(sources: &Sources) -> Result<Self, ConfigFaults> {
        let reading = Self::of(sources);
        if reading.faults.is_empty() { Ok(reading) } else { Err(ConfigFaults(reading.faults)) }
    }

    /// Whether a setting is anybody's wish.
    pub(crate) fn says(&self, setting: &str) -> bool {
        self.places.contains_key(setting)
    }

    /// What nobody said.
    pub(crate) fn built_in() -> Self {
        Self::of_said(&Sources::default(), (Vec::new(), Vec::new()))
    }

    /// Reads what `sources` say.
    pub(crate) fn of(sources: &Sources) -> Self {
        Self::of_said(sources, sources.said())
    }

    /// As [`of`](Self::of), with `text` in place of the file, which is called `name`.
    fn of_text(sources: &Sources, name: &str, text: &str) -> Self {
        Self::of_said(sources, sources.said_over(said::in_file(name, text)))
    }

    fn of_said(sources: &Sources, (said, faults): (Vec<Said>, Vec<Fault>)) -> Self {
        let config = Config::default();
        let mut reading = Self { config, places: BTreeMap::new(), faults, warnings: Vec::new() };
        let mut chosen = Chosen::default();
        for said in said {
            let faults = match known::key(&said.path) {
                Some(key) => reading.set(key, &said),
                None => chosen.hear(&said),
            };
            reading.faults.extend(faults);
            reading.places.insert(said.name(), said);
        }
        let scripts = sources.data.join(&reading.config.scripts.dir);
        reading.config.strategy = chosen.settle(&scripts, &mut reading.faults);
        reading.judge();
        reading.faults.sort_by(|one, other| one.place.cmp(&other.place));
        reading
    }

    /// How many settings somebody said.
    pub(crate) fn said(&self) -> usize {
        self.places.values().filter(|said| !said.value.is_table()).count()
    }

    fn set(&mut self, key: &'static Key, said: &Said) -> Vec<Fault> {
        match (key.read)(&said.value) {
            Ok(set) => {
                set(&mut self.config);
                Vec::new()
            }
            Err(wrong) => vec![fault_of(key, said, wrong)],
        }
    }

    /// Looks at what settings are to each other.
    fn judge(&mut self) {
        for rule in RULES {
            let Some(breach) = (rule.broken)(&self.config) else { continue };
            let said = breach.settings.iter().filter_map(|name| self.places.get(*name));
            let at = said.map(|said| &said.value_at).max().cloned();
            let fault = Fault {
                place: at.unwrap_or_else(|| Place::whole("the defaults")),
                what: breach.what,
                label: breach.label,
                remedy: breach.remedy.to_owned(),
                rule: Some(rule.name),
            };
            let Rule { warns, .. } = rule;
            if *warns { self.warnings.push(fault) } else { self.faults.push(fault) }
        }
    }
}

/// What is wrong with a setting by itself.
fn wrong(said: &Said) -> Vec<Fault> {
    match known::key(&said.path) {
        Some(key) => (key.read)(&said.value)
            .err()
            .map(|wrong| fault_of(key, said, wrong))
            .into_iter()
            .collect(),
        None => Chosen::default().hear(said),
    }
}

/// A value that a setting cannot have.
fn fault_of(key: &Key, said: &Said, wrong: Wrong) -> Fault {
    let Key { expected, name, .. } = key;
    let default = short(&key.default().to_string());
    let (label, write) = match wrong {
        Wrong::Kind(Some(meant)) => (meant, format!("{name} is {expected}; ")),
        Wrong::Kind(None) => (format!("expected {expected}"), String::new()),
        Wrong::Range([least, most]) => (format!("from {least} to {most}"), String::new()),
    };
    Fault {
        place: said.value_at.clone(),
        what: format!("`{}` cannot be {}", said.name(), short(&said.value.to_string())),
        label,
        remedy: format!("{write}leave it out for the default, {default}"),
        rule: None,
    }
}

/// A value that fits a line.
fn short(value: &str) -> String {
    const MOST: usize = 60;
    if value.chars().count() <= MOST {
        return value.to_owned();
    }
    format!("{}…", value.chars().take(MOST).collect::<String>())
}

#[cfg(test)]
mod tests;
