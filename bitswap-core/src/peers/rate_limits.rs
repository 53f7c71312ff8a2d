//! Rate limits of relaying for one requester: new wants, and bytes of blocks.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::config::RelayConfig;
use crate::limits::{Limits, MAX_NEW_BLOCK_BYTES};
use crate::time::Timestamp;

/// The engine's time, as the limiters read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct EngineClock(Arc<AtomicU64>);

impl EngineClock {
    pub(crate) fn set(&self, now: Timestamp) {
        self.0.store(now.as_nanos(), Ordering::Relaxed);
    }
}

impl Clock for EngineClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.load(Ordering::Relaxed).into()
    }
}

/// A limiter under the engine's time.
pub(crate) type Limiter = RateLimiter<NotKeyed, InMemoryState, EngineClock, NoOpMiddleware<Nanos>>;

/// The rate limiters of one requester.
#[derive(Debug)]
pub(crate) struct RateLimits {
    wants: Limiter,
    /// In cells of [`Self::CELL_BYTES`]: counted in bytes, the library's whole nanoseconds are
    /// too coarse.
    bytes: Limiter,
}

impl RateLimits {
    const CELL_BYTES: usize = 1_024;
    /// Room for all blocks but the oversized; those take all of it.
    const BURST_CELLS: NonZeroU32 = at_least_one((MAX_NEW_BLOCK_BYTES / Self::CELL_BYTES) as u32);

    pub(crate) fn new(config: &RelayConfig, clock: &EngineClock) -> Self {
        let cells = config.bytes_per_second_per_requester.div_ceil(Self::CELL_BYTES as u64);
        let cells = u32::try_from(cells).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX);
        let bytes = Quota::per_second(cells).allow_burst(Self::BURST_CELLS.max(cells));
        let burst = at_least_one(Limits::RELAY_WANTS);
        let wants = Quota::with_period(Limits::RELAY_WANTS_TIME / Limits::RELAY_WANTS)
            .map_or_else(|| Quota::per_second(burst), |quota| quota.allow_burst(burst));
        Self {
            wants: RateLimiter::direct_with_clock(wants, clock.clone()),
            bytes: RateLimiter::direct_with_clock(bytes, clock.clone()),
        }
    }

    /// Consumes rate limit for one more relayed want; false if it is used up.
    pub(crate) fn one_more_want(&self) -> bool {
        self.wants.check().is_ok()
    }

    /// Consumes rate limit for this many bytes, or returns how long to wait.
    pub(crate) fn try_consume(&self, bytes: usize) -> Option<Duration> {
        let cells = u32::try_from(bytes.div_ceil(Self::CELL_BYTES)).ok().and_then(NonZeroU32::new);
        match self.bytes.check_n(cells?.min(Self::BURST_CELLS)) {
            Ok(Ok(())) | Err(_) => None,
            Ok(Err(not_yet)) => Some(not_yet.wait_time_from(self.bytes.clock().now())),
        }
    }
}

const fn at_least_one(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => NonZeroU32::MIN,
    }
}
