//! What somebody said: settings with their values and places, in files, variables and flags.

use std::ops::Range;

use serde::Deserialize as _;
use toml::Value;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Table};

use super::fault::Fault;
use super::known::{self, Known};
use super::place::Place;

/// A setting that was said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// Its name, in parts.
    pub(super) path: Vec<String>,
    /// What it shall be.
    pub(super) value: Value,
    /// Where the name stands.
    pub(super) key_at: Place,
    /// Where the value stands.
    pub(super) value_at: Place,
}

impl Said {
    /// Its name.
    pub(super) fn name(&self) -> String {
        self.path.join(".")
    }
}

/// What a file says, and what of it cannot be understood.
pub(super) fn in_file(source: &str, text: &str) -> (Vec<Said>, Vec<Fault>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut walk = Walk { source, text, said: Vec::new(), faults: Vec::new() };
    for error in &errors {
        let place = Place::in_file(source, text, &error.span().unwrap_or(0..0));
        walk.faults.push(Fault {
            place,
            what: "this is not TOML".to_owned(),
            label: error.message().lines().collect::<Vec<_>>().join(", "),
            remedy: "write  key = value  on a line of its own, text in quotes".to_owned(),
            rule: None,
        });
    }
    let broken: Vec<_> = walk.faults.iter().map(line).collect();
    walk.table(&mut Vec::new(), table.get_ref());
    // What was made of a broken line means nothing.
    let Walk { mut said, mut faults, .. } = walk;
    said.retain(|said| said.value_at.at.is_none_or(|(line, _)| !broken.contains(&line)));
    let syntax = errors.len();
    let mut place = 0;
    faults.retain(|fault| {
        place += 1;
        place <= syntax || !broken.contains(&line(fault))
    });
    (said, faults)
}

fn line(fault: &Fault) -> usize {
    fault.place.at.map_or(0, |(line, _)| line)
}

struct Walk<'a> {
    source: &'a str,
    text: &'a str,
    said: Vec<Said>,
    faults: Vec<Fault>,
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
                self.say(path, key_at.clone(), key_at, Value::Table(Table::new()));
                self.table(path, table);
            }
            (Known::Setting, _) => {
                let value_at = self.place(&value.span());
                match Value::deserialize(ValueDeserializer::from(value.clone())) {
                    Ok(value) => self.say(path, key_at, value_at, value),
                    Err(why) => self.faults.push(Fault {
                        place: value_at,
                        what: format!("the value of `{}` cannot be read", path.join(".")),
                        label: why.message().to_owned(),
                        remedy: "write another value".to_owned(),
                        rule: None,
                    }),
                }
            }
            (Known::Section, None) => self.faults.push(known::not_a_table(path, key_at)),
            (Known::Strategy, None) | (Known::Nothing, _) => {
                self.faults.push(known::unknown(path, key_at));
            }
        }
    }

    fn say(&mut self, path: &[String], key_at: Place, value_at: Place, value: Value) {
        self.said.push(Said { path: path.to_vec(), value, key_at, value_at });
    }

    fn place(&self, part: &Range<usize>) -> Place {
        Place::in_file(self.source, self.text, part)
    }
}

/// What a variable or flag says: `name` as it is spelled there, `text` its value.
///
/// # Errors
/// There is no such setting.
pub(super) fn in_words(
    source: &str,
    name: &str,
    path: Vec<String>,
    text: &str,
) -> Result<Said, Box<Fault>> {
    let key_at = Place::in_words(source, name, text, true);
    let value_at = Place::in_words(source, name, text, false);
    match known::known(&path) {
        Known::Setting => {
            let value = known::value(&path, text);
            Ok(Said { path, value, key_at, value_at })
        }
        Known::Section | Known::Strategy | Known::Nothing => {
            Err(Box::new(known::unknown(&path, key_at)))
        }
    }
}
