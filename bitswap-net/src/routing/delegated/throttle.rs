//! How often a server is asked: so many times in a second, and not at all for a while after an
//! error.

#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::{Instant, sleep};

use crate::tokio_clock::TokioClock;

/// Look-ups that begin in a second, over a while.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(8).unwrap();
/// Look-ups that begin at once, after a pause.
const AT_ONCE: NonZeroU32 = NonZeroU32::new(16).unwrap();
/// The pause after the first error; each more in a row doubles it.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// The longest pause after errors.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// The longest pause that a server can ask for.
const LONGEST_WISH: Duration = Duration::from_secs(300);

type Limiter = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>;

/// The rate limit and the backoff of one server.
pub(super) struct Throttle {
    limiter: Limiter,
    clock: TokioClock,
    backoff: Mutex<Backoff>,
}

#[derive(Debug, Default)]
struct Backoff {
    /// Errors in a row.
    errors: u32,
    until: Option<Instant>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        let clock = TokioClock::start();
        let quota = Quota::per_second(PER_SECOND).allow_burst(AT_ONCE);
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        Self { limiter, clock, backoff: Mutex::default() }
    }

    /// Waits for its turn.
    ///
    /// # Errors
    /// The server is to be left alone for so long.
    pub(super) async fn ready(&self) -> Result<(), Duration> {
        loop {
            if let Some(left) = self.left_alone() {
                return Err(left);
            }
            let Err(not_yet) = self.limiter.check() else { return Ok(()) };
            sleep(not_yet.wait_time_from(self.clock.now())).await;
        }
    }

    /// The server answered.
    pub(super) fn succeeded(&self) {
        *self.backoff() = Backoff::default();
    }

    /// The server failed, and may have said for how long it wants to be left alone.
    pub(super) fn failed(&self, wish: Option<Duration>) {
        let mut backoff = self.backoff();
        let doubled = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(backoff.errors));
        let doubled = doubled.min(LONGEST_BACKOFF);
        let pause = wish.map_or(doubled, |wish| wish.min(LONGEST_WISH));
        backoff.errors = backoff.errors.saturating_add(1);
        backoff.until = Some(Instant::now() + pause);
    }

    fn left_alone(&self) -> Option<Duration> {
        let until = self.backoff().until?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    fn backoff(&self) -> std::sync::MutexGuard<'_, Backoff> {
        self.backoff.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle").field("backoff", &self.backoff).finish_non_exhaustive()
    }
}
