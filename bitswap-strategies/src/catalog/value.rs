//! The kinds of values that parameters have, and how TOML spells them.

use std::time::Duration;

use toml::Value;

/// A kind of value that a parameter can have.
pub trait Setting: Clone + PartialOrd {
    /// The word in lists and documents.
    const UNIT: &'static str;
    /// What to write, with an example.
    const EXPECTED: &'static str;

    /// What TOML says; `None` if it is of another kind.
    fn read(value: &Value) -> Option<Self>;

    /// How to say it in TOML.
    fn write(&self) -> Value;
}

impl Setting for u32 {
    const UNIT: &'static str = "number";
    const EXPECTED: &'static str = "a whole number such as 16";

    fn read(value: &Value) -> Option<Self> {
        value.as_integer().and_then(|number| Self::try_from(number).ok())
    }

    fn write(&self) -> Value {
        Value::Integer(i64::from(*self))
    }
}

/// Times carry their unit: `"250ms"`.
impl Setting for Duration {
    const UNIT: &'static str = "time";
    const EXPECTED: &'static str = "a time such as \"250ms\", \"10s\" or \"5min\"";

    fn read(value: &Value) -> Option<Self> {
        let text = value.as_str()?;
        let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let (_, nanos) = UNITS.iter().find(|(known, _)| *known == unit)?;
        digits.parse::<u64>().ok()?.checked_mul(*nanos).map(Self::from_nanos)
    }

    fn write(&self) -> Value {
        let nanos = self.as_nanos();
        let whole = |unit: &&(&str, u64)| nanos != 0 && nanos.is_multiple_of(unit.1.into());
        let (unit, size) = UNITS.iter().find(whole).unwrap_or(&("s", 1_000_000_000));
        Value::String(format!("{}{unit}", nanos / u128::from(*size)))
    }
}

/// Units of time in nanoseconds, largest first.
const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("min", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// A number that may be left open: at most so many, or `"unlimited"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UpTo(pub u32);

impl UpTo {
    /// No bound.
    pub const UNLIMITED: Self = Self(u32::MAX);

    /// As a number to compare with.
    pub const fn most(self) -> usize {
        self.0 as usize
    }
}

impl Setting for UpTo {
    const UNIT: &'static str = "number";
    const EXPECTED: &'static str = "a whole number such as 16, or \"unlimited\"";

    fn read(value: &Value) -> Option<Self> {
        if value.as_str() == Some("unlimited") {
            return Some(Self::UNLIMITED);
        }
        u32::read(value).map(Self)
    }

    fn write(&self) -> Value {
        if *self == Self::UNLIMITED {
            return Value::String("unlimited".to_owned());
        }
        self.0.write()
    }
}

#[cfg(test)]
mod tests;
