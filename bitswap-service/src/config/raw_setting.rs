//! Raw settings: names with values and places, as they stand in files, variables and flags.

use std::ops::Range;

use serde::Deserialize as _;
use toml::Value;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Table};

use super::diagnostic::Diagnostic;
use super::known::{self, Known};
use super::place::Place;

/// A setting from one source, before its value is checked.
#[derive(Clone, Debug)]
pub(super) struct RawSetting {
    /// Its name, in parts.
    pub(super) path: Vec<String>,
    /// Its value.
    pub(super) value: Value,
    /// The place of the name.
    pub(super) key_at: Place,
    /// The place of the value.
    pub(super) value_at: Place,
}

impl RawSetting {
    /// Its name.
    pub(super) fn name(&self) -> String {
        self.path.join(".")
    }
}

/// Reads the settings of a file, with errors for the parts that cannot be read.
pub(super) fn in_file(source: &str, text: &str) -> (Vec<RawSetting>, Vec<Diagnostic>) {
    let (table, syntax_errors) = DeTable::parse_recoverable(text);
    let mut walk = Walk { source, text, raw: Vec::new(), errors: Vec::new() };
    for syntax_error in &syntax_errors {
        let place = Place::in_file(source, text, &syntax_error.span().unwrap_or(0..0));
        walk.errors.push(Diagnostic {
            place,
            what: "this is not TOML".to_owned(),
            label: syntax_error.message().lines().collect::<Vec<_>>().join(", "),
            remedy: "write  key = value  on a line of its own, text in quotes".to_owned(),
            rule: None,
        });
    }
    let broken: Vec<_> = walk.errors.iter().map(line).collect();
    walk.table(&mut Vec::new(), table.get_ref());
    // What was made of a broken line means nothing.
    let Walk { mut raw, mut errors, .. } = walk;
    raw.retain(|raw| raw.value_at.at.is_none_or(|(line, _)| !broken.contains(&line)));
    let syntax = syntax_errors.len();
    let mut place = 0;
    errors.retain(|diagnostic| {
        place += 1;
        place <= syntax || !broken.contains(&line(diagnostic))
    });
    (raw, errors)
}

fn line(diagnostic: &Diagnostic) -> usize {
    diagnostic.place.at.map_or(0, |(line, _)| line)
}

struct Walk<'a> {
    source: &'a str,
    text: &'a str,
    raw: Vec<RawSetting>,
    errors: Vec<Diagnostic>,
}

impl Walk<'_> {
    fn table(&mut self, path: &mut Vec<String>, table: &DeTable<'_>) {
        for (key, value) in table {
            path.push(key.get_ref().to_string());
            let key_at = self.place(&key.span());
            self.entry(path, key_at, value);
            path.pop();
        }
    }

    fn entry(&mut self, path: &mut Vec<String>, key_at: Place, value: &Spanned<DeValue<'_>>) {
        let inner = value.get_ref().as_table();
        match (known::known(path), inner) {
            (Known::Section, Some(table)) => self.table(path, table),
            (Known::Strategy, Some(table)) => {
                self.push(path, key_at.clone(), key_at, Value::Table(Table::new()));
                self.table(path, table);
            }
            (Known::Setting, _) => {
                let value_at = self.place(&value.span());
                match Value::deserialize(ValueDeserializer::from(value.clone())) {
                    Ok(value) => self.push(path, key_at, value_at, value),
                    Err(why) => self.errors.push(Diagnostic {
                        place: value_at,
                        what: format!("the value of `{}` cannot be read", path.join(".")),
                        label: why.message().to_owned(),
                        remedy: "write another value".to_owned(),
                        rule: None,
                    }),
                }
            }
            (Known::Section, None) => self.errors.push(known::not_a_table(path, key_at)),
            (Known::Strategy, None) | (Known::Nothing, _) => {
                self.errors.push(known::unknown(path, key_at));
            }
        }
    }

    fn push(&mut self, path: &[String], key_at: Place, value_at: Place, value: Value) {
        self.raw.push(RawSetting { path: path.to_vec(), value, key_at, value_at });
    }

    fn place(&self, part: &Range<usize>) -> Place {
        Place::in_file(self.source, self.text, part)
    }
}

/// Reads a setting from a variable or flag: `name` as it is spelled there, and `text`, its value.
///
/// # Errors
/// There is no such setting.
pub(super) fn in_words(
    source: &str,
    name: &str,
    path: Vec<String>,
    text: &str,
) -> Result<RawSetting, Box<Diagnostic>> {
    let key_at = Place::in_words(source, name, text, true);
    let value_at = Place::in_words(source, name, text, false);
    match known::known(&path) {
        Known::Setting => {
            let value = known::value(&path, text);
            Ok(RawSetting { path, value, key_at, value_at })
        }
        Known::Section | Known::Strategy | Known::Nothing => {
            Err(Box::new(known::unknown(&path, key_at)))
        }
    }
}
