//! When the next attack is due: a rate per second, and a total.

use std::time::Duration;

use bitswap_core::{Chance, Timestamp};

use super::Aggressiveness;

/// Fires at an even pace, beginning at a random moment, until the total is reached.
#[derive(Debug)]
pub(super) struct Schedule {
    every: Duration,
    left: u64,
    next: Option<Timestamp>,
}

impl Schedule {
    pub(super) fn of(level: &Aggressiveness) -> Self {
        let every = Duration::from_secs(1) / level.per_second.max(1);
        Self { every, left: level.actions, next: None }
    }

    /// Starts the schedule, if it is not running. The first firing is due after a random delay of
    /// at most one period.
    pub(super) fn start(&mut self, now: Timestamp, chance: &mut Chance) {
        if self.next.is_none() && self.left > 0 {
            let head_start = chance.below(self.every.as_nanos() as u64);
            self.next = Some(now.after(Duration::from_nanos(head_start)));
        }
    }

    /// Stops the schedule until it is started again.
    pub(super) const fn stop(&mut self) {
        self.next = None;
    }

    /// Whether the schedule fires at this moment. Missed firings are not made up for.
    pub(super) fn fires(&mut self, now: Timestamp) -> bool {
        if self.next.is_none_or(|next| next > now) {
            return false;
        }
        self.left -= 1;
        self.next = (self.left > 0).then(|| now.after(self.every));
        true
    }

    pub(super) const fn next(&self) -> Option<Timestamp> {
        self.next
    }
}
