//! What a strategy tells people about its parts: counts, means with their intervals, and examples.

use crate::limits::Limits;

/// What a strategy tells about itself since it took over. It is for people: nothing decides by it.
///
/// ```
/// use bitswap_core::strategy::{Mean, PartReport, Report};
///
/// let (mut slow, mut fast) = (Mean::default(), Mean::default());
/// for sample in [90, 100, 110] {
///     slow.add(sample);
///     fast.add(sample / 10);
/// }
/// assert_eq!(slow.mean(), Some(100.0));
/// assert_eq!(slow.half_width().map(f64::round), Some(25.0));
/// assert_eq!(slow.differs_from(&fast), Some(true));
///
/// let mut report = Report::default();
/// let arm = PartReport::new("a", "random").with_mean("answer_us", slow);
/// report.push(arm.with_count("blocks", 3));
/// assert_eq!(report.part("a").and_then(|arm| arm.count("blocks")), Some(3));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    parts: Vec<PartReport>,
}

impl Report {
    /// Adds a part; beyond [`Limits::REPORT_PARTS`] it is dropped.
    pub fn push(&mut self, part: PartReport) {
        if self.parts.len() < Limits::REPORT_PARTS {
            self.parts.push(part);
        }
    }

    /// Adds the parts of the strategy that plays `part`, each called `part.its-own-name`.
    pub fn push_within(&mut self, part: &str, inner: Self) {
        for mut inner in inner.parts {
            inner.part = format!("{part}.{}", inner.part);
            self.push(inner);
        }
    }

    /// The parts, in the order in which the strategy told them.
    pub fn parts(&self) -> &[PartReport] {
        &self.parts
    }

    /// The part called so.
    pub fn part(&self, name: &str) -> Option<&PartReport> {
        self.parts.iter().find(|part| part.part == name)
    }

    /// Whether the strategy told nothing.
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

/// What is told of one part of a strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartReport {
    /// The name of the part, such as `a`; of a part inside another, both, such as `a.shadow`.
    pub part: String,
    /// The name of the strategy that plays the part.
    pub strategy: String,
    /// Counts by name; they only grow.
    pub counts: Vec<(&'static str, u64)>,
    /// Means by name. The end of the name is the unit.
    pub means: Vec<(&'static str, Mean)>,
    /// A few examples in words.
    pub examples: Vec<String>,
}

impl PartReport {
    /// The part of this name, played by this strategy, of which nothing is told yet.
    pub fn new(part: &str, strategy: &str) -> Self {
        let (part, strategy) = (part.to_owned(), strategy.to_owned());
        Self { part, strategy, counts: Vec::new(), means: Vec::new(), examples: Vec::new() }
    }

    /// The same, with one more count.
    #[must_use]
    pub fn with_count(mut self, name: &'static str, count: u64) -> Self {
        self.counts.push((name, count));
        self
    }

    /// The same, with one more mean.
    #[must_use]
    pub fn with_mean(mut self, name: &'static str, mean: Mean) -> Self {
        self.means.push((name, mean));
        self
    }

    /// The count called so.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.counts.iter().find(|(known, _)| *known == name).map(|(_, count)| *count)
    }

    /// The mean called so.
    pub fn mean(&self, name: &str) -> Option<&Mean> {
        self.means.iter().find(|(known, _)| *known == name).map(|(_, mean)| mean)
    }
}

/// The mean of samples, and how far it can be trusted. Kept in integers; what it tells is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mean {
    samples: u64,
    sum: u128,
    squares: u128,
}

impl Mean {
    /// Adds a sample; one above 2⁴⁸ counts as 2⁴⁸.
    pub fn add(&mut self, sample: u64) {
        let sample = u128::from(sample.min(1 << 48));
        self.samples += 1;
        self.sum += sample;
        self.squares = self.squares.saturating_add(sample * sample);
    }

    /// Number of samples.
    pub const fn samples(&self) -> u64 {
        self.samples
    }

    /// The mean; `None` without samples.
    pub fn mean(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.sum as f64 / self.samples as f64)
    }

    /// Half the width of the interval around the mean in which, with a probability of 95 %, the
    /// true mean is (Student's t); `None` with fewer than two samples.
    pub fn half_width(&self) -> Option<f64> {
        Some(self.squared_error()?.sqrt() * student(self.samples - 1))
    }

    /// Whether the true means differ, with a probability of 95 %: the interval of the difference
    /// (Welch) does not contain 0. The degrees of freedom are those of the smaller one, which errs
    /// towards `false`. `None` if one has fewer than two samples.
    pub fn differs_from(&self, other: &Self) -> Option<bool> {
        let error = (self.squared_error()? + other.squared_error()?).sqrt();
        let apart = (self.mean()? - other.mean()?).abs();
        Some(apart > error * student(self.samples.min(other.samples) - 1))
    }

    /// The variance of the mean: that of the samples, over their number.
    fn squared_error(&self) -> Option<f64> {
        if self.samples < 2 {
            return None;
        }
        // n·Σx² − (Σx)² is exact for fewer than 2³² samples of less than 2⁴⁸.
        let samples = u128::from(self.samples);
        let spread = self.squares.saturating_mul(samples);
        let spread = spread.saturating_sub(self.sum.saturating_mul(self.sum)) as f64;
        let samples = self.samples as f64;
        Some(spread / (samples * samples * (samples - 1.0)))
    }
}

/// The 97.5 % quantile of Student's t with so many degrees of freedom, at least one.
fn student(freedom: u64) -> f64 {
    let table = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042,
    ];
    let place = usize::try_from(freedom.saturating_sub(1)).unwrap_or(usize::MAX);
    // Beyond the table it is 1.96 and a little more: 2.001 at 60, 1.980 at 120.
    table.get(place).copied().unwrap_or_else(|| 1.96 + 2.5 / freedom as f64)
}

#[cfg(test)]
mod tests;
