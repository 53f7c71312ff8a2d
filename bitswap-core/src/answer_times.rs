//! The distribution of answer times, in constant space: how long an answer takes at most, nine
//! times out of ten.

use std::time::Duration;

use crate::tuning::Tuning;

/// Answer times, the recent ones weighing most. Times are counted in buckets that are a quarter
/// of an octave wide, from 1 µs to two minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerTimes {
    counts: [u16; Tuning::ANSWER_TIME_BUCKETS],
    samples: u32,
}

impl Default for AnswerTimes {
    fn default() -> Self {
        Self { counts: [0; Tuning::ANSWER_TIME_BUCKETS], samples: 0 }
    }
}

impl AnswerTimes {
    /// Adds a sample.
    pub fn add(&mut self, time: Duration) {
        if let Some(count) = self.counts.get_mut(bucket(time)) {
            *count += 1;
            self.samples += 1;
        }
        if self.samples >= Tuning::ANSWER_TIMES {
            self.counts.iter_mut().for_each(|count| *count /= 2);
            self.samples = self.counts.iter().map(|count| u32::from(*count)).sum();
        }
    }

    /// Number of samples that count.
    pub const fn samples(&self) -> u32 {
        self.samples
    }

    /// The time that at least `percent` of the answers did not exceed, rounded up by at most a
    /// quarter; `None` before the first sample.
    pub fn quantile(&self, percent: u32) -> Option<Duration> {
        let least = u64::from(self.samples) * u64::from(percent.min(100));
        let mut below = 0;
        let place = self.counts.iter().position(|count| {
            below += u64::from(*count) * 100;
            *count > 0 && below >= least
        });
        place.map(end_of)
    }
}

/// The bucket of a time: four times the exponent of its microseconds, and the next two bits.
fn bucket(time: Duration) -> usize {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
    let exponent = micros.ilog2();
    let quarter = ((micros << 2) >> exponent) & 3;
    ((u64::from(exponent) << 2 | quarter) as usize).min(Tuning::ANSWER_TIME_BUCKETS - 1)
}

/// The time at which a bucket ends.
fn end_of(bucket: usize) -> Duration {
    let (exponent, quarter) = (bucket / 4, bucket as u64 % 4);
    Duration::from_micros(((5 + quarter) << exponent).div_ceil(4))
}

#[cfg(test)]
mod tests;
