//! One answer of the simulator beside the exact one, and how far apart the two may be.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// What the simulator says, and what is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// With which numbers the case was asked.
    pub of: String,
    /// What the answers are numbers of.
    pub unit: Unit,
    /// What is right; more than one number if the answer is a range.
    pub exact: RangeInclusive<u64>,
    /// What the simulator says.
    pub simulated: u64,
    /// How far apart they may be.
    pub tolerance: Tolerance,
}

/// What an answer is a number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bits in a second.
    BitsPerSecond,
    /// Bytes.
    Bytes,
    /// Things.
    Count,
    /// Nanoseconds.
    Nanos,
}

/// How far apart two answers may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// Less than a microsecond for times, nothing for all else.
    Exact,
    /// So many thousandths of what is right.
    Thousandths(u64),
}

impl Finding {
    /// How long something took.
    pub fn time(of: impl Into<String>, exact: Duration, simulated: Duration) -> Self {
        Self::new(of, Unit::Nanos, nanos(exact), nanos(simulated))
    }

    /// How many of something there were.
    pub fn count(of: impl Into<String>, exact: u64, simulated: u64) -> Self {
        Self::new(of, Unit::Count, exact, simulated)
    }

    /// A number of something.
    pub fn new(of: impl Into<String>, unit: Unit, exact: u64, simulated: u64) -> Self {
        let exact = exact..=exact;
        Self { of: of.into(), unit, exact, simulated, tolerance: Tolerance::Exact }
    }

    /// Sets how far the simulated number may be from the exact one.
    #[must_use]
    pub const fn within(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Makes any number from the exact one up to `most` right.
    #[must_use]
    pub fn up_to(mut self, most: u64) -> Self {
        self.exact = *self.exact.start()..=most;
        self
    }

    /// How far the simulator is from what is right; negative if it says too little.
    pub fn error(&self) -> i128 {
        let nearest = self.simulated.clamp(*self.exact.start(), *self.exact.end());
        i128::from(self.simulated) - i128::from(nearest)
    }

    /// Whether that is near enough.
    pub fn passes(&self) -> bool {
        let error = self.error().unsigned_abs();
        match (self.tolerance, self.unit) {
            (Tolerance::Exact, Unit::Nanos) => error < 1_000,
            (Tolerance::Exact, _) => error == 0,
            (Tolerance::Thousandths(most), _) => {
                error * 1_000 <= u128::from(*self.exact.start()) * u128::from(most)
            }
        }
    }

    /// What is right, for people.
    pub fn exact_text(&self) -> String {
        let (start, end) = (*self.exact.start(), *self.exact.end());
        if start == end {
            return self.unit.text(start.into());
        }
        format!("{} to {}", self.unit.text(start.into()), self.unit.text(end.into()))
    }

    /// What the simulator says, for people.
    pub fn simulated_text(&self) -> String {
        self.unit.text(self.simulated.into())
    }

    /// How far it is off, for people.
    pub fn error_text(&self) -> String {
        let error = self.error();
        if error == 0 {
            return "0".to_owned();
        }
        match self.tolerance {
            Tolerance::Exact => self.unit.text(error),
            Tolerance::Thousandths(_) => {
                let right = i128::from(*self.exact.start()).max(1);
                let hundredths = error * 10_000 / right;
                let sign = if error < 0 { "-" } else { "" };
                let size = hundredths.unsigned_abs();
                format!("{sign}{}.{:02} %", size / 100, size % 100)
            }
        }
    }
}

impl Unit {
    fn text(self, number: i128) -> String {
        match self {
            Self::BitsPerSecond => format!("{} bit/s", Grouped(number)),
            Self::Bytes => format!("{} B", Grouped(number)),
            Self::Count => Grouped(number).to_string(),
            Self::Nanos => {
                let sign = if number < 0 { "-" } else { "" };
                let (micros, rest) = (number.abs() / 1_000, number.abs() % 1_000);
                format!("{sign}{}.{rest:03} µs", Grouped(micros))
            }
        }
    }
}

/// A number with a comma before each three digits.
struct Grouped(i128);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let first = digits.len() % 3;
        let mut grouped = digits.get(..first).unwrap_or_default().to_owned();
        for (place, digit) in digits.chars().enumerate().skip(first) {
            if place % 3 == first % 3 && !grouped.is_empty() {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{}{grouped}", if self.0 < 0 { "-" } else { "" })
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
