//! When the next trick is due: so many in a second, and so many in all.

use std::time::Duration;

use bitswap_core::{Chance, Timestamp};

use super::Temper;

/// Beats at an even pace from a drawn moment on, until it has beaten often enough.
#[derive(Debug)]
pub(super) struct Beat {
    every: Duration,
    left: u64,
    next: Option<Timestamp>,
}

impl Beat {
    pub(super) fn of(temper: &Temper) -> Self {
        let every = Duration::from_secs(1) / temper.per_second.max(1);
        Self { every, left: temper.tricks, next: None }
    }

    /// Begins, if it does not beat yet: at once, or up to one beat later.
    pub(super) fn start(&mut self, now: Timestamp, chance: &mut Chance) {
        if self.next.is_none() && self.left > 0 {
            let head_start = chance.below(self.every.as_nanos() as u64);
            self.next = Some(now.after(Duration::from_nanos(head_start)));
        }
    }

    /// Beats no more until it is started again.
    pub(super) const fn stop(&mut self) {
        self.next = None;
    }

    /// True if it beats at this moment. Beats that were slept through are not made up for.
    pub(super) fn strikes(&mut self, now: Timestamp) -> bool {
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
