//! The strategy of each role: `use = "name"`, and a table for each strategy or script.

use std::collections::BTreeMap;
use std::path::Path;

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{
    Entry, ParamError, Parameter, StrategyChoice, default_of, did_you_mean, find, of_role,
};
use toml::{Table, Value};

use super::diagnostic::Diagnostic;
use super::known::{self, USE};
use super::place::Place;
use super::raw_setting::RawSetting;
use crate::error::CliError;
use crate::scripts;

/// What was said of strategies.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    uses: BTreeMap<Role, RawSetting>,
    tables: BTreeMap<(Role, String), Tuned>,
}

/// What one strategy was told.
#[derive(Debug, Default)]
struct Tuned {
    /// Where its table, or the first of its parameters, stands.
    at: Option<Place>,
    table: Table,
    /// Where each parameter's value stands.
    places: BTreeMap<String, Place>,
    /// Parameters that are strategies: they may be scripts, which are found when all is settled.
    inner: BTreeMap<String, RawSetting>,
}

impl Chosen {
    /// Adds what was said; the last word counts.
    pub(super) fn add(&mut self, raw: &RawSetting) -> Vec<Diagnostic> {
        let [_, role, what, parameter @ ..] = raw.path.as_slice() else { return Vec::new() };
        let Some(role) = Role::of_name(role) else { return Vec::new() };
        match parameter {
            [] if what == USE => self.add_use(role, raw),
            [] => {
                let tuned = self.tables.entry((role, what.clone())).or_default();
                tuned.at.get_or_insert_with(|| raw.key_at.clone());
                Vec::new()
            }
            [parameter, ..] => {
                let tuned = self.tables.entry((role, what.clone())).or_default();
                tuned.at.get_or_insert_with(|| raw.key_at.clone());
                let entry = find(role, what).ok();
                if entry.is_some_and(|entry| is_strategy(entry, parameter)) {
                    tuned.inner.insert(parameter.clone(), raw.clone());
                    tuned.table.insert(parameter.clone(), raw.value.clone());
                    return Vec::new();
                }
                let diagnostic = entry.and_then(|entry| wrong(entry, parameter, &raw.value, raw));
                if diagnostic.is_none() {
                    tuned.table.insert(parameter.clone(), raw.value.clone());
                    tuned.places.insert(parameter.clone(), raw.value_at.clone());
                }
                diagnostic.into_iter().collect()
            }
        }
    }

    fn add_use(&mut self, role: Role, raw: &RawSetting) -> Vec<Diagnostic> {
        if raw.value.is_str() {
            self.uses.insert(role, raw.clone());
            return Vec::new();
        }
        vec![Diagnostic {
            place: raw.value_at.clone(),
            what: format!("`{}` cannot be {}", raw.name(), raw.value),
            label: "expected a name in quotes".to_owned(),
            remedy: format!("{role} can be {}", names(role).join(", ")),
            rule: None,
        }]
    }

    /// The strategies that were chosen, with what they were told. Scripts are read from `dir`, and
    /// checked also where they are not chosen.
    pub(super) fn settle(self, dir: &Path, errors: &mut Vec<Diagnostic>) -> StrategyChoice {
        let mut choice = StrategyChoice::default();
        for role in Role::ALL {
            let used = self.uses.get(&role);
            let name =
                used.and_then(|raw| raw.value.as_str()).unwrap_or_else(|| default_of(role).name);
            let mut there: Vec<&str> = vec![name];
            there.extend(
                self.tables
                    .keys()
                    .filter(|(of, tuned)| *of == role && tuned != name)
                    .map(|key| key.1.as_str()),
            );
            for other in there {
                let tuned = self.tables.get(&(role, other.to_owned()));
                let use_at = used.filter(|_| other == name).map(|raw| &raw.value_at);
                let one = One { role, name: other, use_at, tuned };
                match one.choose(choice.clone(), dir) {
                    Ok(with) if other == name => choice = with,
                    Ok(_) => {}
                    Err(diagnostic) => errors.push(*diagnostic),
                }
            }
        }
        choice
    }
}

/// A strategy that is named.
struct One<'a> {
    role: Role,
    name: &'a str,
    /// Where it is chosen.
    use_at: Option<&'a Place>,
    tuned: Option<&'a Tuned>,
}

impl One<'_> {
    fn choose(
        &self,
        choice: StrategyChoice,
        dir: &Path,
    ) -> Result<StrategyChoice, Box<Diagnostic>> {
        if self.use_at.is_none() && self.tuned.is_none() {
            return Ok(choice);
        }
        let table = self.tuned.map(|tuned| tuned.table.clone()).unwrap_or_default();
        if let Ok(entry) = find(self.role, self.name) {
            let choice = choice.with(self.role, self.name, table);
            let choice = scripts::choose_inside(choice, self.role, dir)
                .map_err(|fault| self.bad_script_inside(&fault.parameter, &fault.why))?;
            return self.checked(entry, choice);
        }
        let Some(path) = scripts::find(dir, self.name) else { return Err(self.missing(dir)) };
        let chosen = scripts::choose(choice, self.role, &path, &table);
        chosen.map_err(|why| self.bad_script(&why))
    }

    /// `choice`, if the strategies inside this one can be had.
    fn checked(
        &self,
        entry: &Entry,
        choice: StrategyChoice,
    ) -> Result<StrategyChoice, Box<Diagnostic>> {
        let params = choice.as_parameter(self.role);
        for (name, raw) in self.tuned.into_iter().flat_map(|tuned| &tuned.inner) {
            let value = params.get(name).unwrap_or(&raw.value);
            if let Some(diagnostic) = wrong(entry, name, value, raw) {
                return Err(Box::new(diagnostic));
            }
        }
        Ok(choice)
    }

    fn bad_script_inside(&self, parameter: &str, why: &CliError) -> Box<Diagnostic> {
        let raw = self.tuned.and_then(|tuned| tuned.inner.get(parameter));
        let place = raw.map_or_else(|| self.place(), |raw| raw.value_at.clone());
        Box::new(Diagnostic { place, ..*self.bad_script(why) })
    }

    fn missing(&self, dir: &Path) -> Box<Diagnostic> {
        let there = names(self.role);
        let label = match did_you_mean(self.name, &there) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "no strategy and no script has this name".to_owned(),
        };
        let script = dir.join(format!("{}.rhai", self.name));
        Box::new(Diagnostic {
            place: self.place(),
            what: format!("there is no {} `{}`", self.role, self.name),
            label,
            remedy: format!("choose {}, or write {}", there.join(", "), script.display()),
            rule: Some(SCRIPT_EXISTS),
        })
    }

    fn bad_script(&self, why: &CliError) -> Box<Diagnostic> {
        // A parameter that is wrong is told at its place.
        let parameter = self.tuned.and_then(|tuned| {
            let named = |name: &&String| {
                why.why.contains(&format!("`{name}`")) || why.why.starts_with(&format!("{name} = "))
            };
            tuned.places.iter().find(|(name, _)| named(name)).map(|(_, place)| place)
        });
        Box::new(Diagnostic {
            place: parameter.cloned().unwrap_or_else(|| self.place()),
            what: why.what.clone(),
            label: match &why.at {
                Some(at) => format!("{at}: {}", why.why),
                None => why.why.clone(),
            },
            remedy: why.remedy.clone(),
            rule: None,
        })
    }

    fn place(&self) -> Place {
        let place = self.use_at.or_else(|| self.tuned.and_then(|tuned| tuned.at.as_ref()));
        place.cloned().unwrap_or_else(|| Place::whole("the catalog"))
    }
}

/// The name of the rule that what is chosen must be there.
pub(super) const SCRIPT_EXISTS: &str = "script-exists";

fn is_strategy(entry: &Entry, name: &str) -> bool {
    entry.parameters().iter().any(|known| known.name == name && known.unit == STRATEGY)
}

/// What is wrong with one parameter of a strategy, as it was written and as it was read.
fn wrong(entry: &Entry, name: &str, value: &Value, raw: &RawSetting) -> Option<Diagnostic> {
    let Some(parameter) = entry.parameters().into_iter().find(|known| known.name == name) else {
        return Some(known::unknown_parameter(entry, name, raw.key_at.clone()));
    };
    let why = entry.make(&single(name, value)).err()?;
    let Parameter { default, least, most, .. } = parameter;
    let (label, remedy) = if let ParamError::WrongType { expected, why, .. } = why {
        let label = why.unwrap_or_else(|| format!("expected {expected}"));
        (label, format!("write {expected}, or "))
    } else if let ParamError::OutOfRange { .. } = why {
        (format!("from {least} to {most}"), String::new())
    } else {
        (why.to_string(), String::new())
    };
    Some(Diagnostic {
        place: raw.value_at.clone(),
        what: format!("`{}` cannot be {}", raw.name(), raw.value),
        label,
        remedy: format!("{remedy}leave it out for {default}"),
        rule: None,
    })
}

/// The unit of parameters that are times.
pub(super) const TIME: &str = "time";

/// The unit of parameters that are strategies.
const STRATEGY: &str = "strategy";

/// What a text means as the value of a strategy's setting: `quoted` as it is, or as TOML.
pub(super) fn value(path: &[String], quoted: Value, written: Option<Value>) -> Value {
    let [_, role, strategy, parameter] = path else { return quoted };
    let entry = Role::of_name(role).and_then(|role| find(role, strategy).ok());
    let fits = |value: &Value| match entry {
        Some(entry) => entry.make(&single(parameter, value)).is_ok(),
        None => false,
    };
    match written {
        Some(written) if !fits(&quoted) => written,
        Some(_) | None => quoted,
    }
}

fn single(name: &str, value: &Value) -> Table {
    [(name.to_owned(), value.clone())].into_iter().collect()
}

fn names(role: Role) -> Vec<&'static str> {
    of_role(role).map(|entry| entry.name).collect()
}
