//! A running mean of durations that follows the newest.

use std::time::Duration;

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
