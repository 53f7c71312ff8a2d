//! Durations and sizes as people write them: one grammar for files, options and the API.

use std::time::Duration;

use humantime::DurationError;

/// What a duration looks like.
pub const DURATION: &str = "a time such as \"250ms\", \"10s\" or \"5m\"";

/// What a size looks like.
pub const SIZE: &str = "a size such as \"256KiB\" or \"10MiB\"";

/// A text that is not a duration or a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not {expected}: {why}")]
pub struct QuantityError {
    /// The text.
    pub given: String,
    /// What it should have been, with examples.
    pub expected: &'static str,
    /// What is wrong with it, and where.
    pub why: String,
}

/// Reads a duration: numbers with units, such as `250ms`, `1.5s` or `1h 30m`. The units are those
/// of [`humantime`] without `M` for a month: `m` is a minute, as `min` is.
///
/// # Errors
/// Another text, or a duration that is too long.
pub fn duration(text: &str) -> Result<Duration, QuantityError> {
    let read = match text.find('M') {
        Some(at) => Err(format!("unknown unit \"M\" at character {}; a minute is \"m\"", at + 1)),
        // With fewer digits, humantime cannot come to 2^64 seconds, where it panics.
        None if text.bytes().filter(u8::is_ascii_digit).count() > MOST_DIGITS => {
            Err(format!("there are more than {MOST_DIGITS} digits"))
        }
        None => humantime::parse_duration(text).map_err(|why| wrong_duration(&why)),
    };
    read.map_err(|why| QuantityError { given: text.to_owned(), expected: DURATION, why })
}

/// Writes a duration so that [`duration`] reads the same one, if it has at most 16 digits.
pub fn write_duration(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// Reads a size in bytes: a number with a unit, such as `512B`, `1.5MiB` or `64 kB`. `Ki`, `Mi`, …
/// are powers of 1,024, and `k`, `M`, … powers of 1,000; the `B` after them may be left out.
///
/// # Errors
/// Another text, or a size over 2^64 bytes. A number alone is refused: 64 may be meant as MiB.
pub fn size(text: &str) -> Result<u64, QuantityError> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || "._ ".contains(c));
    let at = text.len() - unit.len() + 1;
    let read = if unit.is_empty() {
        Err("there is no unit".to_owned())
    } else {
        parse_size::parse_size(text).map_err(|why| match why {
            parse_size::Error::Empty => format!("there is no number before {unit:?}"),
            parse_size::Error::PosOverflow => "the number is too large".to_owned(),
            parse_size::Error::InvalidDigit | _ => {
                format!("unknown unit {unit:?} at character {at}")
            }
        })
    };
    read.map_err(|why| QuantityError { given: text.to_owned(), expected: SIZE, why })
}

/// Writes a size in the largest binary unit that leaves a whole number, so that [`size`] reads the
/// same one.
pub fn write_size(bytes: u64) -> String {
    let power = if bytes == 0 { 0 } else { (bytes.trailing_zeros() / 10).min(4) };
    let unit = ["B", "KiB", "MiB", "GiB", "TiB"][power as usize];
    format!("{}{unit}", bytes >> (10 * power))
}

const MOST_DIGITS: usize = 16;

fn wrong_duration(why: &DurationError) -> String {
    match why {
        DurationError::InvalidCharacter(at) => format!("unknown character at {}", at + 1),
        DurationError::NumberExpected(at) => format!("there is no number at character {}", at + 1),
        DurationError::UnknownUnit { unit, .. } if unit.is_empty() => "there is no unit".to_owned(),
        DurationError::UnknownUnit { unit, start, .. } => {
            format!("unknown unit {unit:?} at character {}", start + 1)
        }
        DurationError::NumberOverflow => "the number is too large or too precise".to_owned(),
        DurationError::Empty => "it is empty".to_owned(),
    }
}

#[cfg(test)]
mod tests;
