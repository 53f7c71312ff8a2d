//! How values are written and read: numbers as varints, lists with their length in front, enums as
//! a number and their fields. Whatever is read comes from outside, so nothing is trusted.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use unsigned_varint::{decode, encode};

use super::Recipe;
use crate::keys::Keys;
use crate::strategy::NamedStrategy;

/// Makes a strategy of what a recording has of it, or says why it cannot.
pub type Maker<'a> = dyn FnMut(&Recipe) -> Result<NamedStrategy, String> + 'a;

/// Has a form in recordings.
pub(super) trait Put {
    fn put(&self, pen: &mut Pen);
}

/// Can be had back from its form.
pub(super) trait Take: Sized {
    /// # Errors
    /// The bytes are not the form of such a value; where the reading stopped is in the slip.
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault>;
}

/// The name of an enum's variant, as recordings and replays tell it.
pub(super) trait Kind {
    fn kind(&self) -> &'static str;
}

/// What is being written.
#[derive(Debug, Default)]
pub(super) struct Pen {
    pub(super) bytes: Vec<u8>,
    /// Peers and CIDs are written as pseudonyms that have these keys; `None` = as they are.
    pub(super) pseudonyms: Option<Keys>,
}

impl Pen {
    pub(super) fn number(&mut self, number: u64) {
        self.bytes.extend_from_slice(encode::u64(number, &mut encode::u64_buffer()));
    }

    pub(super) fn fixed(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn all(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }
}

/// What is being read.
pub(super) struct Slip<'a, 'm> {
    pub(super) rest: &'a [u8],
    /// Whether peers and CIDs are pseudonyms.
    pub(super) pseudonyms: bool,
    pub(super) maker: &'m mut Maker<'m>,
}

/// Why bytes could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// They are not the form of what should be here.
    Form(&'static str),
    /// The strategy that they name cannot be made.
    Strategy(Recipe, String),
}

impl<'a> Slip<'a, '_> {
    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        let read = decode::u64(self.rest);
        let (number, rest) = read.map_err(|_| Fault::Form("no whole number"))?;
        self.rest = rest;
        Ok(number)
    }

    pub(super) fn fixed(&mut self) -> Result<u64, Fault> {
        let (number, rest) = self.rest.split_first_chunk().ok_or(Fault::Form("cut off"))?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*number))
    }

    /// That many bytes.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(Fault::Form("cut off"))?;
        self.rest = rest;
        Ok(bytes)
    }

    /// A number of bytes or of values, each of which has at least one byte.
    pub(super) fn count(&mut self) -> Result<usize, Fault> {
        let count = usize::try_from(self.number()?).ok().filter(|count| *count <= self.rest.len());
        count.ok_or(Fault::Form("longer than the rest"))
    }
}

impl Put for bool {
    fn put(&self, pen: &mut Pen) {
        pen.number(u64::from(*self));
    }
}

impl Take for bool {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        match slip.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Fault::Form("neither true nor false")),
        }
    }
}

/// Whole numbers that are not negative.
macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Put for $type {
            fn put(&self, pen: &mut Pen) {
                // No number has more than 64 bits.
                pen.number(u64::try_from(*self).unwrap_or(u64::MAX));
            }
        }

        impl Take for $type {
            fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
                Self::try_from(slip.number()?).map_err(|_| Fault::Form("number too large"))
            }
        }
    )*};
}

numbers!(u8, u32, u64, usize);

impl Put for NonZeroU64 {
    fn put(&self, pen: &mut Pen) {
        self.get().put(pen);
    }
}

impl Take for NonZeroU64 {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        Self::new(slip.number()?).ok_or(Fault::Form("zero where something should be"))
    }
}

/// Small amounts are short, whatever their sign.
impl Put for i64 {
    fn put(&self, pen: &mut Pen) {
        pen.number(((*self << 1) ^ (*self >> 63)) as u64);
    }
}

impl Take for i64 {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let number = slip.number()?;
        Ok((number >> 1) as Self ^ -((number & 1) as Self))
    }
}

impl Put for i32 {
    fn put(&self, pen: &mut Pen) {
        i64::from(*self).put(pen);
    }
}

impl Take for i32 {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        Self::try_from(i64::take(slip)?).map_err(|_| Fault::Form("number too large"))
    }
}

impl Put for Duration {
    fn put(&self, pen: &mut Pen) {
        pen.number(self.as_secs());
        pen.number(self.subsec_nanos().into());
    }
}

impl Take for Duration {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let seconds = slip.number()?;
        let nanos = u32::take(slip)?;
        let part = (nanos < 1_000_000_000).then_some(nanos);
        Ok(Self::new(seconds, part.ok_or(Fault::Form("a second has fewer nanoseconds"))?))
    }
}

impl Put for str {
    fn put(&self, pen: &mut Pen) {
        pen.all(self.as_bytes());
    }
}

impl Put for Arc<str> {
    fn put(&self, pen: &mut Pen) {
        (**self).put(pen);
    }
}

impl Take for Arc<str> {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        let count = slip.count()?;
        let text = std::str::from_utf8(slip.bytes(count)?);
        Ok(Self::from(text.map_err(|_| Fault::Form("no text"))?))
    }
}

impl<T: Put> Put for Option<T> {
    fn put(&self, pen: &mut Pen) {
        self.is_some().put(pen);
        if let Some(value) = self {
            value.put(pen);
        }
    }
}

impl<T: Take> Take for Option<T> {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        if bool::take(slip)? { T::take(slip).map(Some) } else { Ok(None) }
    }
}

impl<T: Put> Put for [T] {
    fn put(&self, pen: &mut Pen) {
        pen.number(self.len() as u64);
        for value in self {
            value.put(pen);
        }
    }
}

impl<T: Put> Put for Vec<T> {
    fn put(&self, pen: &mut Pen) {
        self.as_slice().put(pen);
    }
}

impl<T: Take> Take for Vec<T> {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        // Grows with what is really there: a value may be much larger than its form.
        let count = slip.count()?;
        let mut values = Self::new();
        for _ in 0..count {
            values.push(T::take(slip)?);
        }
        Ok(values)
    }
}

/// A struct is its fields, in this order.
macro_rules! structs {
    ($($type:ident { $($field:ident),* $(,)? })*) => {$(
        impl Put for $type {
            fn put(&self, pen: &mut Pen) {
                let Self { $($field),* } = self;
                $($field.put(pen);)*
            }
        }

        impl Take for $type {
            fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
                Ok(Self { $($field: Take::take(slip)?),* })
            }
        }
    )*};
}

/// Enums that are written and never read.
macro_rules! put_enums {
    ($($type:ident { $(
        $number:literal $variant:ident $({ $($field:ident),* })? $(( $($slot:ident),* ))?
    ),* $(,)? })*) => {$(
        impl Put for $type {
            fn put(&self, pen: &mut Pen) {
                match self {$(
                    Self::$variant $({ $($field),* })? $(( $($slot),* ))? => {
                        pen.number($number);
                        $($($field.put(pen);)*)?
                        $($($slot.put(pen);)*)?
                    }
                )*}
            }
        }
    )*};
}

/// An enum is the number of its variant, and the fields of that.
macro_rules! enums {
    ($($type:ident { $(
        $number:literal $variant:ident $({ $($field:ident),* })? $(( $($slot:ident),* ))?
    ),* $(,)? })*) => {$(
        put_enums! { $type { $(
            $number $variant $({ $($field),* })? $(( $($slot),* ))?
        ),* } }

        impl Take for $type {
            fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
                Ok(match slip.number()? {
                    $($number => Self::$variant
                        $({ $($field: Take::take(slip)?),* })?
                        $(( $({
                            let $slot = Take::take(slip)?;
                            $slot
                        }),* ))?,
                    )*
                    _ => return Err(Fault::Form(concat!("no ", stringify!($type)))),
                })
            }
        }
    )*};
}

/// The names of an enum's variants.
macro_rules! kinds {
    ($type:ident { $($variant:ident),* $(,)? }) => {
        impl Kind for $type {
            fn kind(&self) -> &'static str {
                match self {$(
                    Self::$variant { .. } => stringify!($variant),
                )*}
            }
        }
    };
}
