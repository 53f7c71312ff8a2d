//! What is kept of many samples: running means of durations and of sizes, and the recent least.

use std::time::Duration;

use crate::time::Timestamp;
use crate::tuning::Tuning;

/// A running mean in which the newest sample weighs half; `None` before the first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Smoothed(Option<u64>);

impl Smoothed {
    pub(crate) fn add(&mut self, sample: Duration) {
        let sample = u64::try_from(sample.as_nanos()).unwrap_or(u64::MAX);
        self.0 = Some(self.0.map_or(sample, |mean| mean / 2 + sample / 2));
    }

    pub(crate) fn value(self) -> Option<Duration> {
        self.0.map(Duration::from_nanos)
    }
}

/// A running mean of sizes in bytes, in which the newest sample weighs a quarter; `None` before the
/// first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SmoothedBytes(Option<u64>);

impl SmoothedBytes {
    pub(crate) fn add(&mut self, sample: u64) {
        self.0 = Some(self.0.map_or(sample, |mean| mean - mean / 4 + sample / 4));
    }

    pub(crate) const fn value(self) -> Option<u64> {
        self.0
    }
}

/// The least of the samples of the last one or two spans of time in which there were any.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecentLeast {
    since: Timestamp,
    current: Option<Duration>,
    before: Option<Duration>,
}

impl RecentLeast {
    pub(crate) fn add(&mut self, now: Timestamp, sample: Duration) {
        if now.since(self.since) >= Tuning::ANSWER_TIME_SPAN {
            self.before = self.current.take();
            self.since = now;
        }
        self.current = Some(self.current.map_or(sample, |least| least.min(sample)));
    }

    pub(crate) fn value(self) -> Option<Duration> {
        self.current.into_iter().chain(self.before).min()
    }
}

#[cfg(test)]
mod tests;
