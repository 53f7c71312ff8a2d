//! Times, sizes and rates: a number with its unit.

use std::time::Duration;

use bitswap_strategies::catalog::Setting;
use serde_json::{Value as Json, json};
use toml::Value;

use super::Kind;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bytes(pub(crate) u64);

/// A number of bytes in each second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rate(pub(crate) u64);

/// Spelled as the parameters of strategies are.
impl Kind for Duration {
    const UNIT: &'static str = <Self as Setting>::UNIT;
    const EXPECTED: &'static str = <Self as Setting>::EXPECTED;

    fn read(value: &Value) -> Option<Self> {
        Setting::read(value)
    }

    fn write(&self) -> Value {
        Setting::write(self)
    }

    fn measure(&self) -> Option<u128> {
        Some(self.as_nanos())
    }

    fn meant(value: &Value) -> Option<String> {
        time_meant(value)
    }

    fn schema() -> Json {
        time_schema()
    }
}

/// What a time that cannot be read may have been meant to be.
pub(in crate::config) fn time_meant(value: &Value) -> Option<String> {
    if let Some(number) = value.as_integer() {
        return Some(format!("\"{number}s\" or \"{number}ms\"?"));
    }
    let text = value.as_str()?;
    let number = text.strip_suffix('m')?;
    let minutes = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    minutes.then(|| format!("\"{number}min\" or \"{number}ms\"?"))
}

/// How a schema says what a time is.
pub(in crate::config) fn time_schema() -> Json {
    json!({ "type": "string", "pattern": "^[0-9]+(h|min|s|ms|us|ns)$" })
}

impl Kind for Bytes {
    const UNIT: &'static str = "size";
    const EXPECTED: &'static str = "a size such as \"256KiB\" or \"10MiB\"";

    fn read(value: &Value) -> Option<Self> {
        bytes(value.as_str()?).map(Self)
    }

    fn write(&self) -> Value {
        Value::String(spelled(self.0))
    }

    fn measure(&self) -> Option<u128> {
        Some(u128::from(self.0))
    }

    fn meant(value: &Value) -> Option<String> {
        size_meant(value, "")
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[0-9]+ ?(B|KiB|MiB|GiB|TiB)$" })
    }
}

impl Kind for Rate {
    const UNIT: &'static str = "rate";
    const EXPECTED: &'static str = "a rate such as \"256KiB/s\" or \"10MiB/s\"";

    fn read(value: &Value) -> Option<Self> {
        bytes(value.as_str()?.strip_suffix("/s")?).map(Self)
    }

    fn write(&self) -> Value {
        Value::String(format!("{}/s", spelled(self.0)))
    }

    fn measure(&self) -> Option<u128> {
        Some(u128::from(self.0))
    }

    fn meant(value: &Value) -> Option<String> {
        match value.as_str().and_then(bytes) {
            Some(size) => Some(format!("did you mean \"{}/s\"?", spelled(size))),
            None => size_meant(value, "/s"),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[0-9]+ ?(B|KiB|MiB|GiB|TiB)/s$" })
    }
}

/// Units of size in bytes, largest first.
const UNITS: [(&str, u64); 5] =
    [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

fn bytes(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let (_, size) = UNITS.iter().find(|(known, _)| *known == unit)?;
    digits.parse::<u64>().ok()?.checked_mul(*size)
}

fn spelled(bytes: u64) -> String {
    let whole = |unit: &&(&str, u64)| bytes != 0 && bytes.is_multiple_of(unit.1);
    let (unit, size) = UNITS.iter().find(whole).unwrap_or(&("B", 1));
    format!("{}{unit}", bytes / size)
}

/// A bare number may be bytes or KiB; a decimal unit or a unit in another case is a slip.
fn size_meant(value: &Value, after: &str) -> Option<String> {
    /// Below this, hardly anybody means bytes.
    const SMALL: i64 = 4_096;
    if let Some(number) = value.as_integer() {
        let (one, other) = if number < SMALL { ("KiB", "MiB") } else { ("B", "KiB") };
        return Some(format!("\"{number}{one}{after}\" or \"{number}{other}{after}\"?"));
    }
    let text = value.as_str()?.strip_suffix(after)?;
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let first = unit.trim_start().chars().next()?.to_ascii_uppercase();
    let (unit, _) = UNITS.iter().find(|(known, _)| known.starts_with(first))?;
    (!digits.is_empty()).then(|| format!("did you mean \"{digits}{unit}{after}\"?"))
}
