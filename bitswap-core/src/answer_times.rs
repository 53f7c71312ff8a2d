//! The distribution of answer times, in constant space: how long an answer takes at most, nine
//! times out of ten.

use std::time::Duration;

/// Answer times, the recent ones weighing most. Times are counted in buckets that are a quarter
/// of an octave wide, from 1 µs to two minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerTimes {
    counts: [u16; Self::BUCKETS],
    samples: u32,
}

impl Default for AnswerTimes {
    fn default() -> Self {
        Self { counts: [0; Self::BUCKETS], samples: 0 }
    }
}

impl AnswerTimes {
    const BUCKETS: usize = 108;
    /// All counts are halved at so many samples, so that old ones are forgotten.
    const MOST_SAMPLES: u32 = 1_024;

    /// Adds a sample.
    pub fn add(&mut self, time: Duration) {
        if let Some(count) = self.counts.get_mut(bucket(time)) {
            *count += 1;
            self.samples += 1;
        }
        if self.samples >= Self::MOST_SAMPLES {
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
    ((u64::from(exponent) << 2 | quarter) as usize).min(AnswerTimes::BUCKETS - 1)
}

/// The time at which a bucket ends.
fn end_of(bucket: usize) -> Duration {
    let (exponent, quarter) = (bucket / 4, bucket as u64 % 4);
    Duration::from_micros(((5 + quarter) << exponent).div_ceil(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_millis(times: impl IntoIterator<Item = u64>) -> AnswerTimes {
        let mut all = AnswerTimes::default();
        times.into_iter().for_each(|time| all.add(Duration::from_millis(time)));
        all
    }

    #[test]
    fn a_quantile_is_the_end_of_its_bucket() {
        let all = of_millis(1..=100);

        // 50 ms are in the bucket from 2^15 + 2^14 to 2^15 + 2^14 + 2^13 µs, 95 ms in the one
        // from 2^16 + 2^14 to 2^16 + 2^15 µs.
        assert_eq!(all.quantile(50), Some(Duration::from_micros(57_344)));
        assert_eq!(all.quantile(95), Some(Duration::from_micros(98_304)));
        assert_eq!(all.quantile(100), Some(Duration::from_micros(114_688)));
    }

    #[test]
    fn nothing_is_known_before_the_first_and_any_time_has_its_place() {
        assert_eq!(AnswerTimes::default().quantile(50), None);
        for time in [Duration::ZERO, Duration::from_secs(100), Duration::MAX] {
            let mut all = AnswerTimes::default();
            all.add(time);
            let found = all.quantile(0);
            assert!(found.is_some_and(|found| found > time || found.as_secs() > 120), "{time:?}");
        }
    }

    #[test]
    fn old_times_are_forgotten() {
        let all = of_millis(std::iter::repeat_n(1_000, 2_000).chain(std::iter::repeat_n(1, 2_000)));

        assert!(all.samples() < 1_024);
        assert!(all.quantile(50) < Some(Duration::from_millis(2)));
    }
}
