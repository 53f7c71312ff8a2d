//! When a script is not asked any more.

use std::collections::VecDeque;
use std::time::Duration;

use bitswap_core::Timestamp;

/// Opens after [`FAILURES`] within [`WINDOW`] of engine time, and stays open.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    recent: VecDeque<Timestamp>,
    open: bool,
}

const FAILURES: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);

impl Breaker {
    /// Notes a failure; true if it is the one that opens the breaker.
    pub(super) fn failed(&mut self, now: Timestamp) -> bool {
        while self.recent.front().is_some_and(|earlier| now.since(*earlier) >= WINDOW) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        let opens = !self.open && self.recent.len() >= FAILURES;
        if opens {
            self.open = true;
            self.recent.clear();
        }
        opens
    }

    pub(super) const fn is_open(&self) -> bool {
        self.open
    }
}

#[cfg(test)]
mod tests;
