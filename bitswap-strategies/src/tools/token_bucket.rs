//! So much per second, with bursts.

use std::time::Duration;

use bitswap_core::Timestamp;

/// A token bucket: it fills at a rate up to its size, and whoever takes from it waits when it is
/// empty. It starts full.
///
/// ```
/// use bitswap_strategies::fixture::at;
/// use bitswap_strategies::tools::TokenBucket;
///
/// let mut bucket = TokenBucket::new(1_000, 500);
/// assert!(bucket.take(at(0), 500));
/// assert!(!bucket.take(at(0), 100));
/// assert_eq!(bucket.ready_at(at(0), 100), at(100));
/// assert!(bucket.take(at(100), 100));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenBucket {
    per_second: u64,
    size: u64,
    /// What is in it, in tokens of 10⁻⁹, at the moment `at`.
    level: u128,
    at: Timestamp,
}

impl TokenBucket {
    const NANOS: u128 = 1_000_000_000;

    /// A full bucket of `size` tokens that fills with so many per second.
    pub const fn new(per_second: u64, size: u64) -> Self {
        let level = size as u128 * Self::NANOS;
        Self { per_second, size, level, at: Timestamp::ZERO }
    }

    /// Takes so many tokens, or none if there are not so many.
    pub fn take(&mut self, now: Timestamp, tokens: u64) -> bool {
        self.level = self.level_at(now);
        self.at = self.at.max(now);
        let Some(rest) = self.level.checked_sub(u128::from(tokens) * Self::NANOS) else {
            return false;
        };
        self.level = rest;
        true
    }

    /// How many tokens there are.
    pub fn tokens(&self, now: Timestamp) -> u64 {
        u64::try_from(self.level_at(now) / Self::NANOS).unwrap_or(u64::MAX)
    }

    /// When there will be so many tokens; [`Timestamp::NEVER`] if there will never be.
    pub fn ready_at(&self, now: Timestamp, tokens: u64) -> Timestamp {
        let lacking = (u128::from(tokens) * Self::NANOS).saturating_sub(self.level_at(now));
        if lacking == 0 {
            return now;
        }
        if tokens > self.size || self.per_second == 0 {
            return Timestamp::NEVER;
        }
        let nanos = lacking.div_ceil(u128::from(self.per_second));
        now.after(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    fn level_at(&self, now: Timestamp) -> u128 {
        let gained = now.since(self.at).as_nanos() * u128::from(self.per_second);
        self.level.saturating_add(gained).min(u128::from(self.size) * Self::NANOS)
    }
}
