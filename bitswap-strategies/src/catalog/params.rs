//! What a strategy can be told: declared once; read, checked and shown from that.

use std::ops::RangeInclusive;

use bitswap_core::strategy::Role;
use toml::{Table, Value};

use super::error::ParamError;
use super::suggest;
use super::value::Setting;

/// A strategy that is made of its parameters.
pub trait Configured: Sized {
    /// What it can be told; [`NoParams`] if nothing.
    type Params: Parameters;

    /// Makes one.
    fn new(params: Self::Params) -> Self;
}

/// A strategy may be nothing but its parameters.
impl<P: Parameters> Configured for P {
    type Params = Self;

    fn new(params: Self) -> Self {
        params
    }
}

/// A struct of parameters; written by `parameters!`.
pub trait Parameters: Default {
    /// All of them, in order.
    fn list() -> Vec<Parameter>;

    /// Takes them out of what was given; those left out have their defaults.
    ///
    /// # Errors
    /// The first [`ParamError`] found.
    fn read(given: &Given<'_>) -> Result<Self, ParamError>;
}

/// Declares a struct of parameters: for each its meaning, name, type, default and range.
///
/// ```
/// bitswap_strategies::parameters! {
///     /// What the strategy can be told.
///     pub struct Params {
///         /// How many peers are asked.
///         probes: u32 = 3, within 1..=16;
///     }
/// }
/// assert_eq!(Params::default().probes, 3);
/// ```
#[macro_export]
macro_rules! parameters {
    (@range) => {
        None
    };
    (@range $range:expr) => {
        Some(&$range)
    };
    (
        $(#[$about:meta])+
        pub struct $params:ident {$(
            $(#[doc = $meaning:literal])+
            $name:ident: $kind:ty = $default:expr $(, within $range:expr)?;
        )*}
    ) => {
        $(#[$about])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $params {$(
            $(#[doc = $meaning])+
            pub $name: $kind,
        )*}

        impl Default for $params {
            fn default() -> Self {
                Self { $($name: $default),* }
            }
        }

        impl $crate::catalog::Parameters for $params {
            fn list() -> Vec<$crate::catalog::Parameter> {
                vec![$($crate::catalog::Parameter::new::<$kind>(
                    stringify!($name),
                    concat!($($meaning),+),
                    &$default,
                    $crate::parameters!(@range $($range)?),
                )),*]
            }

            fn read(
                given: &$crate::catalog::Given<'_>,
            ) -> Result<Self, $crate::catalog::ParamError> {
                given.knows_only(&[$(stringify!($name)),*])?;
                Ok(Self { $($name: given.value(
                    stringify!($name),
                    $default,
                    $crate::parameters!(@range $($range)?),
                )?),* })
            }
        }
    };
}

parameters! {
    /// Nothing to be told.
    pub struct NoParams {}
}

/// One thing that a strategy can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its key in the strategy's table.
    pub name: &'static str,
    /// What its value counts.
    pub unit: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Its value if nobody says otherwise.
    pub default: Value,
    /// The least that is taken; the default if there is no order.
    pub least: Value,
    /// The most that is taken; the default if there is no order.
    pub most: Value,
}

impl Parameter {
    /// Describes a parameter of kind `S`.
    pub fn new<S: Setting>(
        name: &'static str,
        meaning: &'static str,
        default: &S,
        range: Option<&RangeInclusive<S>>,
    ) -> Self {
        Self {
            name,
            unit: S::UNIT,
            meaning: meaning.trim_ascii(),
            default: default.write(),
            least: range.map_or(default, RangeInclusive::start).write(),
            most: range.map_or(default, RangeInclusive::end).write(),
        }
    }
}

/// What somebody told a strategy, not yet checked.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// The strategy's role.
    pub role: Role,
    /// The strategy.
    pub strategy: &'static str,
    /// Parameters by name.
    pub table: &'a Table,
    /// How many strategies it is the base of, one around the other.
    pub depth: usize,
}

impl Given<'_> {
    /// Refuses what is not in `known`.
    ///
    /// # Errors
    /// [`ParamError::Unknown`] names the first parameter that is not known.
    pub fn knows_only(&self, known: &[&'static str]) -> Result<(), ParamError> {
        match self.table.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(ParamError::Unknown {
                role: self.role,
                strategy: self.strategy,
                parameter: name.clone(),
                did_you_mean: suggest::did_you_mean(name, known),
                known: known.to_vec(),
            }),
        }
    }

    /// The value given for `parameter`, or `default` if none was.
    ///
    /// # Errors
    /// A value of another kind, or outside `range`.
    pub fn value<S: Setting>(
        &self,
        parameter: &'static str,
        default: S,
        range: Option<&RangeInclusive<S>>,
    ) -> Result<S, ParamError> {
        let (role, strategy) = (self.role, self.strategy);
        let Some(given) = self.table.get(parameter) else {
            return Ok(default);
        };
        let expected = S::EXPECTED;
        let wrong_type = || ParamError::WrongType {
            role,
            strategy,
            parameter,
            given: given.to_string(),
            expected,
            why: S::wrong(given),
        };
        let value = S::read(given).ok_or_else(wrong_type)?;
        let Some(range) = range.filter(|range| !range.contains(&value)) else {
            value.check(self, parameter)?;
            return Ok(value);
        };
        Err(ParamError::OutOfRange {
            role,
            strategy,
            parameter,
            given: given.to_string(),
            least: range.start().write().to_string(),
            most: range.end().write().to_string(),
        })
    }
}
