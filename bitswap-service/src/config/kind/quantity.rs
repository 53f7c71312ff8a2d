//! Times, sizes, rates and shares: a number with its unit.

use std::time::Duration;

use bitswap_strategies::catalog::Setting;
use bitswap_strategies::quantity;
use serde_json::{Value as Json, json};
use toml::Value;

use super::Kind;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// A number of bytes in each second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(pub(crate) u64);

/// A share of something, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub(crate) u32);

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
        Self::wrong(value)
    }

    fn schema() -> Json {
        time_schema()
    }
}

/// How a schema says what a time is.
pub(in crate::config) fn time_schema() -> Json {
    json!({ "type": "string", "pattern": "^([0-9]+([.][0-9]+)? ?[a-zµ]+ ?)+$" })
}

impl Kind for Bytes {
    const UNIT: &'static str = "size";
    const EXPECTED: &'static str = quantity::SIZE;

    fn read(value: &Value) -> Option<Self> {
        quantity::size(value.as_str()?).ok().map(Self)
    }

    fn write(&self) -> Value {
        Value::String(quantity::write_size(self.0))
    }

    fn measure(&self) -> Option<u128> {
        Some(u128::from(self.0))
    }

    fn meant(value: &Value) -> Option<String> {
        value.as_integer().map(|number| two_sizes(number, "")).or_else(|| {
            let error = quantity::size(value.as_str()?).err()?;
            Some(error.why)
        })
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": format!("^{SIZE_PATTERN}$") })
    }
}

impl Kind for Rate {
    const UNIT: &'static str = "rate";
    const EXPECTED: &'static str = "a rate such as \"256KiB/s\" or \"10MiB/s\"";

    fn read(value: &Value) -> Option<Self> {
        quantity::size(value.as_str()?.strip_suffix("/s")?).ok().map(Self)
    }

    fn write(&self) -> Value {
        Value::String(format!("{}/s", quantity::write_size(self.0)))
    }

    fn measure(&self) -> Option<u128> {
        Some(u128::from(self.0))
    }

    fn meant(value: &Value) -> Option<String> {
        if let Some(number) = value.as_integer() {
            return Some(two_sizes(number, "/s"));
        }
        let text = value.as_str()?;
        match text.strip_suffix("/s") {
            Some(size) => quantity::size(size).err().map(|error| error.why),
            None => Some(format!("did you mean \"{text}/s\"?")),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": format!("^{SIZE_PATTERN}/s$") })
    }
}

impl Kind for Percent {
    const UNIT: &'static str = "share";
    const EXPECTED: &'static str = "a share in whole percent such as \"90%\"";

    fn read(value: &Value) -> Option<Self> {
        value.as_str()?.strip_suffix('%')?.trim_end().parse().ok().map(Self)
    }

    fn write(&self) -> Value {
        Value::String(format!("{}%", self.0))
    }

    fn measure(&self) -> Option<u128> {
        Some(u128::from(self.0))
    }

    fn meant(value: &Value) -> Option<String> {
        value.as_integer().map(|number| format!("did you mean \"{number}%\"?"))
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[0-9]+ *%$" })
    }
}

const SIZE_PATTERN: &str = "[0-9][0-9._]* *([kKmMgGtTpPeE]i?[bB]?|[bB])";

/// A bare number may be bytes or KiB.
fn two_sizes(number: i64, after: &str) -> String {
    /// Below this, hardly anybody means bytes.
    const SMALL: i64 = 4_096;
    let (one, other) = if number < SMALL { ("KiB", "MiB") } else { ("B", "KiB") };
    format!("\"{number}{one}{after}\" or \"{number}{other}{after}\"?")
}
