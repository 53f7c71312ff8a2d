//! Bytes at a rate: a token bucket, and what was taken from it on credit.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::{Quota, RateLimiter};

use super::rate_limits::{EngineClock, Limiter};
use crate::limits::{ByteRate, Limits};
use crate::time::Timestamp;

/// What may leave under an upload limit, of the node or of one peer.
#[derive(Debug)]
pub(crate) struct Paced {
    rate: NonZeroU64,
    /// In cells: counted in bytes, the library's whole nanoseconds are too coarse.
    limiter: Limiter,
    /// Bytes taken and not paid for; what is less than a cell is paid with what follows.
    owed: u64,
    waits_since: Option<Timestamp>,
}

impl Paced {
    /// Paced at this rate; it owes what the one before it did; `None` = no limit.
    pub(crate) fn renewed(
        before: Option<Self>,
        rate: ByteRate,
        clock: &EngineClock,
    ) -> Option<Self> {
        const NANOS: u128 = 1_000_000_000;
        let rate = rate?;
        let owed = match before {
            Some(same) if same.rate == rate => return Some(same),
            Some(other) => other.owed,
            None => 0,
        };
        let nanos = u128::from(Limits::RATE_CELL) * NANOS / u128::from(rate.get());
        // At less than a nanosecond for a cell there is nothing to wait for.
        let period = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let burst = NonZeroU32::new((Limits::UPLOAD_BURST / Limits::RATE_CELL) as u32)?;
        let quota = Quota::with_period(period)?.allow_burst(burst);
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        Some(Self { rate, limiter, owed, waits_since: None })
    }

    pub(crate) const fn rate(&self) -> NonZeroU64 {
        self.rate
    }

    pub(crate) const fn take(&mut self, bytes: u64) {
        self.owed = self.owed.saturating_add(bytes);
    }

    /// When all that was taken can be paid for, if somebody has to wait for that.
    pub(crate) fn waits_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        loop {
            let cells = self.owed.min(Limits::UPLOAD_BURST) / Limits::RATE_CELL;
            match self.limiter.check_n(NonZeroU32::new(cells as u32)?) {
                Ok(Err(not_yet)) => {
                    let wait = not_yet.wait_time_from(self.limiter.clock().now());
                    self.waits_since.get_or_insert(now);
                    return Some(now.after(wait));
                }
                // The library refuses more than the burst, which is never asked for.
                Ok(Ok(())) | Err(_) => self.owed -= cells * Limits::RATE_CELL,
            }
        }
    }

    /// Nobody waits any more: how long somebody did.
    pub(crate) fn waited(&mut self, now: Timestamp) -> Duration {
        self.waits_since.take().map_or(Duration::ZERO, |since| now.since(since))
    }
}
