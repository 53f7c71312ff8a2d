//! How long single fetches took.

use std::time::Duration;

/// The times of all fetches.
#[derive(Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The time that so many of a hundred did not exceed, in microseconds.
    pub fn percentile(&mut self, percent: usize) -> Option<f64> {
        self.0.sort_unstable();
        let place = (self.0.len() * percent / 100).min(self.0.len().checked_sub(1)?);
        Some(self.0[place].as_secs_f64() * 1e6)
    }
}
