//! What is declared of a setting, and the macro that declares them all.

use serde_json::{Value as Json, json};
use toml::Value;

use super::Config;
use super::kind::Kind;

/// A table of the file.
#[derive(Debug)]
pub struct Section {
    /// Its name; empty for what stands before the first table.
    pub(crate) name: &'static str,
    /// What is set there.
    pub about: &'static str,
    /// Its settings.
    pub keys: &'static [Key],
}

/// A setting.
#[derive(Debug)]
pub struct Key {
    /// Its section's name.
    pub(crate) section: &'static str,
    /// Its own.
    pub(crate) name: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// What its value counts.
    pub(crate) unit: &'static str,
    /// What to write, with an example.
    pub(crate) expected: &'static str,
    pub(super) range: fn() -> Option<[Value; 2]>,
    pub(super) read: fn(&Value) -> Result<Set, Wrong>,
    pub(super) write: fn(&Config) -> Value,
    pub(super) schema: fn() -> Json,
}

/// What a value does to a configuration.
pub(super) type Set = Box<dyn FnOnce(&mut Config)>;

/// Why a value cannot be had.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wrong {
    /// It is of another kind; what may have been meant.
    Kind(Option<String>),
    /// It is less than the first or more than the second.
    Range([Value; 2]),
}

impl Key {
    /// Its name with its section's: `network.listen`.
    pub fn path(&self) -> String {
        if self.section.is_empty() {
            return self.name.to_owned();
        }
        format!("{}.{}", self.section, self.name)
    }

    /// Its value if nobody says otherwise.
    pub(crate) fn default(&self) -> Value {
        (self.write)(&Config::default())
    }

    /// Its value in `config`.
    pub(crate) fn of(&self, config: &Config) -> Value {
        (self.write)(config)
    }

    /// The least and the most that it may be, if it has a range.
    pub(crate) fn range(&self) -> Option<[Value; 2]> {
        (self.range)()
    }

    /// Its JSON Schema.
    pub(crate) fn schema(&self) -> Json {
        let mut schema = (self.schema)();
        if let Some([least, most]) = self.range() {
            bound(&mut schema, &least, &most);
        }
        schema["description"] = json!(self.meaning);
        schema["default"] = json!(self.default());
        schema
    }
}

/// Only numbers have bounds in a schema, and are bounds; what carries a unit is text there.
pub(super) fn bound(schema: &mut Json, least: &Value, most: &Value) {
    if schema["type"] == "integer" {
        let ends = [("minimum", least), ("maximum", most)];
        let ends = ends.into_iter().filter(|(_, end)| end.is_integer());
        ends.for_each(|(word, end)| schema[word] = json!(end));
    }
    let choices = schema.get_mut("anyOf").and_then(Json::as_array_mut);
    for choice in choices.into_iter().flatten() {
        bound(choice, least, most);
    }
}

/// Reads a value, and sees whether it is within the ends of `range`.
pub(super) fn checked<K: Kind>(value: &Value, range: Option<[K; 2]>) -> Result<K, Wrong> {
    let read = K::read(value).ok_or_else(|| Wrong::Kind(K::meant(value)))?;
    let Some([least, most]) = range else { return Ok(read) };
    let below = least.measure().is_some_and(|least| read.measure().is_some_and(|it| it < least));
    let above = most.measure().is_some_and(|most| read.measure().is_some_and(|it| it > most));
    if !below && !above {
        return Ok(read);
    }
    // Somebody who writes 0 may mean none.
    let none = value.as_integer().and_then(|_| K::meant(value));
    Err(none
        .map_or_else(|| Wrong::Range([least.write(), most.write()]), |it| Wrong::Kind(Some(it))))
}

/// Declares the sections: a struct for each, all of them as `Config`, and `SECTIONS`, what is
/// known of each setting.
macro_rules! sections {
    ($(
        $(#[doc = $about:literal])+
        $field:ident: $type:ident in $section:literal {$(
            $(#[doc = $meaning:literal])+
            $key:ident: $kind:ty = $default:expr $(, within $least:expr, to $most:expr)?;
        )+}
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Debug, PartialEq)]
            pub struct $type {$(
                $(#[doc = $meaning])+
                pub $key: $kind,
            )+}

            impl Default for $type {
                fn default() -> Self {
                    Self { $($key: $default),+ }
                }
            }
        )+

        /// What a node is told. The default of each setting is good.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Config {
            $(
                $(#[doc = $about])+
                pub $field: $type,
            )+
            /// The strategy of each role.
            pub strategy: StrategyChoice,
        }

        /// All settings but the strategies'.
        pub const SECTIONS: &[Section] = &[$(Section {
            name: $section,
            about: concat!($($about),+).trim_ascii(),
            keys: &[$(Key {
                section: $section,
                name: stringify!($key),
                meaning: concat!($($meaning),+).trim_ascii(),
                unit: <$kind as Kind>::UNIT,
                expected: <$kind as Kind>::EXPECTED,
                range: || {
                    let range: Option<[$kind; 2]> = ends!($($least, $most)?);
                    range.map(|ends| ends.map(|end| end.write()))
                },
                read: |value| {
                    let read: $kind = checked(value, ends!($($least, $most)?))?;
                    Ok(Box::new(move |config| config.$field.$key = read))
                },
                write: |config| config.$field.$key.write(),
                schema: <$kind as Kind>::schema,
            }),+],
        }),+];
    };
}

/// The ends of a range that may be missing.
macro_rules! ends {
    () => {
        None
    };
    ($least:expr, $most:expr) => {
        Some([$least, $most])
    };
}
