//! The kinds of values that parameters have, and how TOML spells them.

use std::time::Duration;

use toml::Value;

use super::error::ParamError;
use super::params::Given;
use crate::quantity;

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

    /// Whether a value that could be read can be used by the strategy to which it was given.
    ///
    /// # Errors
    /// What is wrong with it; nothing was made.
    fn check(&self, _given: &Given<'_>, _parameter: &'static str) -> Result<(), ParamError> {
        Ok(())
    }

    /// What is wrong with a value that cannot be read, if more is known than its kind.
    fn wrong(_value: &Value) -> Option<String> {
        None
    }
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

impl Setting for Duration {
    const UNIT: &'static str = "time";
    const EXPECTED: &'static str = quantity::DURATION;

    fn read(value: &Value) -> Option<Self> {
        quantity::duration(value.as_str()?).ok()
    }

    fn write(&self) -> Value {
        Value::String(quantity::write_duration(*self))
    }

    fn wrong(value: &Value) -> Option<String> {
        if let Some(number) = value.as_integer() {
            return Some(format!("\"{number}s\" or \"{number}ms\"?"));
        }
        quantity::duration(value.as_str()?).err().map(|error| error.why)
    }
}

impl Setting for bool {
    const UNIT: &'static str = "truth";
    const EXPECTED: &'static str = "true or false";

    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }

    fn write(&self) -> Value {
        Value::Boolean(*self)
    }
}

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl Bytes {
    /// So many times 1,024 bytes.
    pub const fn kib(count: u64) -> Self {
        Self(count << 10)
    }

    /// So many times 1,024 KiB.
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }
}

impl Setting for Bytes {
    const UNIT: &'static str = "size";
    const EXPECTED: &'static str = quantity::SIZE;

    fn read(value: &Value) -> Option<Self> {
        quantity::size(value.as_str()?).ok().map(Self)
    }

    fn write(&self) -> Value {
        Value::String(quantity::write_size(self.0))
    }

    fn wrong(value: &Value) -> Option<String> {
        if let Some(number) = value.as_integer() {
            return Some(format!("\"{number}KiB\" or \"{number}MiB\"?"));
        }
        quantity::size(value.as_str()?).err().map(|error| error.why)
    }
}

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
