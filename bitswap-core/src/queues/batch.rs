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
        usual.saturating_mul(1 << self.doublings)
    }

    /// A message of blocks was written, or failed, after so long.
    pub(super) fn sent(&mut self, took: Duration) {
        self.doublings = if took <= Tuning::FAST_SEND {
            Limits::MESSAGE_DOUBLINGS.min(self.doublings + 1)
        } else {
            self.doublings.saturating_sub(1)
        };
    }
}
