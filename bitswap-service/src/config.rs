//! `bitswap.toml`: what a node is told, from where, and what is wrong with it.
//!
//! `keys` declares each setting once; reading, messages, `config show`, the schema, the page in
//! `docs/` and the file that `init` writes follow from there. Nothing here starts anything.

#[macro_use]
mod key;

mod commented;
mod diagnostic;
mod edit;
mod effective;
mod engine;
mod errors;
mod keys;
mod kind;
mod known;
mod page;
mod place;
mod profile;
mod raw_setting;
mod rules;
mod schema;
mod sources;
mod strategy;
mod template;

use std::collections::BTreeMap;

pub use self::key::Key;

use self::key::Wrong;
use self::place::Place;
use self::raw_setting::RawSetting;
use self::strategy::Chosen;

pub use self::diagnostic::{ConfigErrors, Diagnostic};
pub use self::edit::{Edited, parameter, replace, set, text, unset};
pub use self::effective::{Effective, as_toml, effective_of};
pub use self::key::Section;
pub use self::keys::{
    ApiSettings, Config, FileSettings, FilterSettings, LimitSettings, LogSettings, MetricSettings,
    NatSettings, NetworkSettings, NodeSettings, ProtocolSettings, ProvideSettings, RelaySettings,
    RoutingSettings, SECTIONS, ScriptSettings, StoreSettings, TimeoutSettings,
};
pub use self::kind::{
    BucketUrl, Bytes, DhtMode, LogFilter, LogFormat, MetricAccess, Percent, Profile, Provide, Rate,
    StoreKind, Threads,
};
pub use self::page::page;
pub(crate) use self::rules::{MOST_NAMED, MOST_ROUTERS, has_name};
pub use self::rules::{RULES, Rule};
pub use self::schema::schema;
pub use self::sources::Sources;
pub use self::template::template;

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
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        LoadedConfig::without_errors(sources).map(|loaded| loaded.config)
    }

    /// What SIGHUP changes in a running daemon, beside strategies: the rates of [`Self::rates`].
    pub(crate) const LIVE: [&str; 4] =
        ["limits.upload", "limits.upload_per_peer", "limits.download", "limits.download_per_peer"];

    /// Whether SIGHUP changes this setting in a running daemon.
    pub fn is_live(setting: &str) -> bool {
        const TABLES: [&str; 3] = ["filter.", "scripts.", "strategy."];
        Self::LIVE.contains(&setting) || TABLES.iter().any(|table| setting.starts_with(table))
    }

    /// The settings outside `[strategy]` that `other` has otherwise and that only a restart
    /// changes, by name, in the order of the file.
    pub fn differing(&self, other: &Self) -> Vec<String> {
        let differs = |key: &&Key| key.of(self) != key.of(other);
        let paths = known::keys().filter(differs).map(Key::path);
        let in_force =
            |path: &String| Self::LIVE.contains(&path.as_str()) || path.starts_with("filter.");
        paths.filter(|path| !in_force(path)).collect()
    }

    /// The settings of `LIVE`, as the file would have them.
    pub fn live(&self) -> Vec<String> {
        let keys = known::keys().filter(|key| Self::LIVE.contains(&key.path().as_str()));
        keys.map(|key| format!("{} = {}", key.path(), key.of(self))).collect()
    }
}

/// A configuration with the sources, errors and warnings of its settings.
#[derive(Debug)]
pub struct LoadedConfig {
    /// Where faults are, it has the value that a weaker source gave.
    pub config: Config,
    /// Where each setting was said that was said anywhere, by name.
    places: BTreeMap<String, RawSetting>,
    /// What must be changed, in the order of places.
    pub(crate) errors: Vec<Diagnostic>,
    /// What should be looked at.
    pub warnings: Vec<Diagnostic>,
}

impl LoadedConfig {
    /// What `sources` say, if nothing is wrong with it.
    ///
    /// # Errors
    /// All that is wrong; nothing was changed.
    pub fn without_errors(sources: &Sources) -> Result<Self, ConfigErrors> {
        Self::of(sources).if_right()
    }

    /// This, if nothing is wrong with it.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn if_right(self) -> Result<Self, ConfigErrors> {
        if self.errors.is_empty() { Ok(self) } else { Err(ConfigErrors(self.errors)) }
    }

    /// Whether a setting is anybody's wish.
    pub fn says(&self, setting: &str) -> bool {
        self.places.contains_key(setting)
    }

    /// Adds what is wrong with the value of a setting, where it was said.
    pub fn add_error(&mut self, setting: &str, [what, label, remedy]: [&str; 3]) {
        let place = self.places.get(setting).map(|raw| raw.value_at.clone());
        self.errors.push(Diagnostic {
            place: place.unwrap_or_else(|| Place::whole("the defaults")),
            what: what.to_owned(),
            label: label.to_owned(),
            remedy: remedy.to_owned(),
            rule: None,
        });
        self.errors.sort_by(|one, other| one.place.cmp(&other.place));
    }

    /// What nobody said.
    pub fn built_in() -> Self {
        Self::of_raw(&Sources::default(), (Vec::new(), Vec::new()))
    }

    /// Reads what `sources` say.
    pub fn of(sources: &Sources) -> Self {
        Self::of_raw(sources, sources.raw())
    }

    /// As [`of`](Self::of), with `text` in place of the file, which is called `name`.
    fn of_text(sources: &Sources, name: &str, text: &str) -> Self {
        Self::of_raw(sources, sources.raw_over(raw_setting::in_file(name, text)))
    }

    fn of_raw(sources: &Sources, (raw, errors): (Vec<RawSetting>, Vec<Diagnostic>)) -> Self {
        let config = Config::default();
        let mut loaded = Self { config, places: BTreeMap::new(), errors, warnings: Vec::new() };
        let mut chosen = Chosen::default();
        for raw in raw {
            let errors = match known::key(&raw.path) {
                Some(key) => loaded.set(key, &raw),
                None => chosen.add(&raw),
            };
            loaded.errors.extend(errors);
            loaded.places.insert(raw.name(), raw);
        }
        let scripts = sources.data.join(&loaded.config.scripts.dir);
        loaded.config.strategy = chosen.settle(&scripts, &mut loaded.errors);
        loaded.judge();
        loaded.errors.sort_by(|one, other| one.place.cmp(&other.place));
        loaded
    }

    /// How many settings have a value from any source, and not only the built-in one.
    pub fn set_count(&self) -> usize {
        self.places.values().filter(|raw| !raw.value.is_table()).count()
    }

    fn set(&mut self, key: &'static Key, raw: &RawSetting) -> Vec<Diagnostic> {
        match (key.read)(&raw.value) {
            Ok(set) => {
                set(&mut self.config);
                Vec::new()
            }
            Err(wrong) => vec![diagnostic_of(key, raw, wrong)],
        }
    }

    /// Looks at what settings are to each other.
    fn judge(&mut self) {
        for rule in RULES {
            let Some(violation) = (rule.check)(&self.config) else { continue };
            let raw = violation.settings.iter().filter_map(|name| self.places.get(*name));
            let at = raw.map(|raw| &raw.value_at).max().cloned();
            let diagnostic = Diagnostic {
                place: at.unwrap_or_else(|| Place::whole("the defaults")),
                what: violation.what,
                label: violation.label,
                remedy: violation.remedy.to_owned(),
                rule: Some(rule.name),
            };
            let Rule { warns, .. } = rule;
            if *warns { self.warnings.push(diagnostic) } else { self.errors.push(diagnostic) }
        }
    }
}

/// What is wrong with a setting by itself.
fn wrong(raw: &RawSetting) -> Vec<Diagnostic> {
    match known::key(&raw.path) {
        Some(key) => (key.read)(&raw.value)
            .err()
            .map(|wrong| diagnostic_of(key, raw, wrong))
            .into_iter()
            .collect(),
        None => Chosen::default().add(raw),
    }
}

/// A value that a setting cannot have.
fn diagnostic_of(key: &Key, raw: &RawSetting, wrong: Wrong) -> Diagnostic {
    let Key { expected, name, .. } = key;
    let default = short(&key.default().to_string());
    let (label, write) = match wrong {
        Wrong::Kind(Some(meant)) => (meant, format!("{name} is {expected}; ")),
        Wrong::Kind(None) => (format!("expected {expected}"), String::new()),
        Wrong::Range([least, most]) => (format!("from {least} to {most}"), String::new()),
    };
    Diagnostic {
        place: raw.value_at.clone(),
        what: format!("`{}` cannot be {}", raw.name(), short(&raw.value.to_string())),
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
