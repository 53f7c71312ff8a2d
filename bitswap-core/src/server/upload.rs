//! The upload limit: when the next block may be taken from a queue.

use std::time::Duration;

use crate::limits::Limits;
use crate::time::Timestamp;

/// Spaces out the bytes that are taken, at a rate.
#[derive(Debug)]
pub(super) struct Upload {
    bytes_per_second: u64,
    /// When all that was taken has left at the rate.
    free_at: Timestamp,
    /// Whether a peer waits for that.
    is_awaited: bool,
}

impl Upload {
    pub(super) const fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second, free_at: Timestamp::ZERO, is_awaited: false }
    }

    /// Whether more may be taken now; if not, somebody waits for it.
    pub(super) fn is_free(&mut self, now: Timestamp) -> bool {
        self.is_awaited = now < self.free_at;
        !self.is_awaited
    }

    pub(super) const fn waits_for_nobody(&mut self) {
        self.is_awaited = false;
    }

    /// When somebody who waits may be served.
    pub(super) fn waits_until(&self) -> Option<Timestamp> {
        self.is_awaited.then_some(self.free_at)
    }

    /// Bytes were taken.
    pub(super) fn take(&mut self, now: Timestamp, bytes: u64) {
        const NANOS: u128 = 1_000_000_000;
        // Without a limit, this is nothing.
        let nanos = u128::from(bytes) * NANOS / u128::from(self.bytes_per_second.max(1));
        let time = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let burst = Limits::UPLOAD_BURST.as_nanos() as u64;
        let earliest = Timestamp::from_nanos(now.as_nanos().saturating_sub(burst));
        self.free_at = self.free_at.max(earliest).after(time);
    }
}
