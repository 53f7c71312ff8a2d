//! The kinds of values that settings have, and how TOML spells them.

mod names;
mod network;
mod quantity;
mod word;

use serde_json::{Value as Json, json};
use toml::Value;

pub use network::BucketUrl;
pub(super) use quantity::time_schema;
pub use quantity::{Bytes, Percent, Rate};
pub use word::{DhtMode, LogFilter, LogFormat, MetricAccess, Profile, Provide, StoreKind, Threads};

/// A kind of value that a setting can have.
pub(super) trait Kind: Sized {
    /// The word in lists and documents.
    const UNIT: &'static str;
    /// What to write, with an example.
    const EXPECTED: &'static str;

    /// What TOML says; `None` if it is of another kind.
    fn read(value: &Value) -> Option<Self>;

    /// How to say it in TOML.
    fn write(&self) -> Value;

    /// A number to compare with the ends of a range; `None` is never outside.
    fn measure(&self) -> Option<u128> {
        None
    }

    /// What somebody who wrote `value`, which cannot be read, may have meant.
    fn meant(_value: &Value) -> Option<String> {
        None
    }

    /// Its JSON Schema.
    fn schema() -> Json;
}

impl Kind for bool {
    const UNIT: &'static str = "yes or no";
    const EXPECTED: &'static str = "true or false";

    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }

    fn write(&self) -> Value {
        Value::Boolean(*self)
    }

    fn meant(value: &Value) -> Option<String> {
        match value.as_str()?.to_lowercase().as_str() {
            "on" | "yes" | "true" => Some("did you mean true?".to_owned()),
            "off" | "no" | "false" => Some("did you mean false?".to_owned()),
            _ => None,
        }
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

impl Kind for u32 {
    const UNIT: &'static str = "number";
    const EXPECTED: &'static str = "a whole number such as 16";

    fn read(value: &Value) -> Option<Self> {
        value.as_integer().and_then(|number| Self::try_from(number).ok())
    }

    fn write(&self) -> Value {
        Value::Integer(i64::from(*self))
    }

    fn measure(&self) -> Option<u128> {
        Some(u128::from(*self))
    }

    fn meant(value: &Value) -> Option<String> {
        let number: Self = value.as_str()?.trim().parse().ok()?;
        Some(format!("without quotes: {number}"))
    }

    fn schema() -> Json {
        json!({ "type": "integer" })
    }
}

/// A path; if it is relative, it begins in the data directory.
impl Kind for std::path::PathBuf {
    const UNIT: &'static str = "path";
    const EXPECTED: &'static str = "a path such as \"blocks\" or \"/srv/blocks\"";

    fn read(value: &Value) -> Option<Self> {
        let text = value.as_str()?;
        (!text.is_empty() && !text.starts_with('~')).then(|| text.into())
    }

    fn write(&self) -> Value {
        Value::String(self.to_string_lossy().into_owned())
    }

    fn meant(value: &Value) -> Option<String> {
        let tilde = value.as_str()?.starts_with('~');
        tilde.then(|| "only a shell knows what ~ is; write the whole path".to_owned())
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// What may be left out: `"off"`.
impl<T: Kind> Kind for Option<T> {
    const UNIT: &'static str = T::UNIT;
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(value: &Value) -> Option<Self> {
        if value.as_str() == Some(OFF) {
            return Some(None);
        }
        T::read(value).map(Some)
    }

    fn write(&self) -> Value {
        self.as_ref().map_or_else(|| Value::String(OFF.to_owned()), Kind::write)
    }

    fn measure(&self) -> Option<u128> {
        self.as_ref().and_then(Kind::measure)
    }

    fn meant(value: &Value) -> Option<String> {
        let none = matches!(value, Value::Boolean(false) | Value::Integer(..=0))
            || value.as_str().is_some_and(|text| NOTHING.contains(&text));
        if none { Some(format!("none is \"{OFF}\"")) } else { T::meant(value) }
    }

    fn schema() -> Json {
        json!({ "anyOf": [{ "const": OFF }, T::schema()] })
    }
}

/// The word for none.
const OFF: &str = "off";

/// What others say for none.
const NOTHING: [&str; 6] = ["", "0", "-1", "no", "none", "Off"];
