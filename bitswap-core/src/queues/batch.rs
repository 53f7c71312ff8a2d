//! How many bytes of blocks a message to one peer collects.

use std::time::Duration;

use crate::limits::Limits;
use crate::tuning::Tuning;

/// Doubles while the peer takes messages fast: nothing waits for long behind a larger one then, and
/// each wakes several threads on both sides.
#[derive(Debug, Default)]
pub(super) struct BatchSize {
    doublings: u32,
}

impl BatchSize {
    /// Block bytes of the next message, where there are `usual` of them at least.
    pub(super) fn bytes(&self, usual: usize) -> usize {
        let grown = usual.saturating_mul(1 << self.doublings);
        grown.min(usual.max(Limits::MESSAGE_BYTES_MOST))
    }

    /// A message of blocks was written after so long; one that was not full says nothing of how
    /// fast a larger one is.
    pub(super) fn written(&mut self, took: Duration, was_full: bool) {
        if took > Tuning::FAST_SEND {
            self.doublings = self.doublings.saturating_sub(1);
        } else if was_full {
            self.doublings = Limits::MESSAGE_DOUBLINGS.min(self.doublings + 1);
        }
    }
}
