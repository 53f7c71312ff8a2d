//! Moments in time, which are always passed in: the core has no clock of its own.

mod clock;

use std::time::Duration;

pub(crate) use clock::Clock;

/// Nanoseconds since the start of the driver. The current moment cannot be queried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The start of the driver.
    pub const ZERO: Self = Self(0);
    /// Later than every other moment; stands for a deadline that is not set.
    pub const NEVER: Self = Self(u64::MAX);

    /// The moment `nanos` nanoseconds after the driver's start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the driver's start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// This moment plus `delay`; saturates at [`Self::NEVER`].
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// Time from `earlier` to this moment; zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}
