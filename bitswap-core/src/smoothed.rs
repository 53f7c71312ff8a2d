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
    pub(crate) const fn add(&mut self, sample: u64) {
        self.0 = Some(match self.0 {
            Some(mean) => mean - mean / 4 + sample / 4,
            None => sample,
        });
    }

    pub(crate) const fn value(self) -> Option<u64> {
        self.0
    }
}

/// How long blocks are: leaves, which are nothing but bytes, and others, each by those that came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BlockSizes {
    leaves: (SmoothedBytes, u32),
    nodes: (SmoothedBytes, u32),
}

impl BlockSizes {
    pub(crate) const fn add(&mut self, codec: u64, bytes: u64) {
        let (mean, count) = if is_leaf(codec) { &mut self.leaves } else { &mut self.nodes };
        mean.add(bytes);
        *count = count.saturating_add(1);
    }

    /// The running mean of its kind in bytes, once a few came.
    pub(crate) fn usual(&self, codec: u64) -> Option<u64> {
        let (mean, count) = if is_leaf(codec) { self.leaves } else { self.nodes };
        mean.value().filter(|_| count >= Tuning::USUAL_BLOCKS)
    }

    /// What a block of its kind has probably, before any came.
    pub(crate) const fn guess(codec: u64) -> u64 {
        if is_leaf(codec) { Tuning::BLOCK_BYTES_GUESS } else { Tuning::NODE_BYTES_GUESS }
    }
}

/// Whether blocks of this codec are nothing but bytes.
const fn is_leaf(codec: u64) -> bool {
    codec == 0x55
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
