//! The pauses between streams that fail: each twice as long as the one before.

#[cfg(test)]
mod tests;

use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use crate::timer::Timer;

/// The first pause.
const SHORTEST: Duration = Duration::from_secs(1);
/// A peer that resets stream after stream gets our whole wantlist on each: not more often.
const LONGEST_AFTER_LOSS: Duration = Duration::from_secs(30);
/// A stream that could not be opened costs a negotiation only, but is also less likely to come.
const LONGEST_AFTER_REFUSAL: Duration = Duration::from_secs(60);

/// Grows with each failure, and is forgotten with a stream that lasted.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    /// Set while no stream is to be asked for.
    pause: Timer,
}

impl Backoff {
    /// A stream was lost. The first time the next one may be opened at once: peers reset streams
    /// that are idle, or the connection's other end was just restarted.
    pub(super) fn lost(&mut self) {
        if let Some(before) = self.failures.checked_sub(1) {
            self.wait(before, LONGEST_AFTER_LOSS);
        }
        self.failures = self.failures.saturating_add(1);
    }

    /// A stream could not be opened.
    pub(super) fn refused(&mut self) {
        self.wait(self.failures, LONGEST_AFTER_REFUSAL);
        self.failures = self.failures.saturating_add(1);
    }

    /// A stream lasted.
    pub(super) const fn lasted(&mut self) {
        self.failures = 0;
    }

    /// Whether nothing failed since the last stream that lasted.
    pub(super) const fn is_calm(&self) -> bool {
        self.failures == 0
    }

    /// The next stream may be asked for now, whatever was before.
    pub(super) const fn skip(&mut self) {
        self.pause.set(None);
    }

    /// Ready when a stream may be asked for.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.pause.is_set() { self.pause.poll(cx) } else { Poll::Ready(()) }
    }

    fn wait(&mut self, doublings: u32, longest: Duration) {
        let pause = SHORTEST.saturating_mul(1 << doublings.min(16)).min(longest);
        self.pause.set(Some(Instant::now() + pause));
    }
}
