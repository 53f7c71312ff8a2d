//! Medians, paired ratios and bootstrap intervals: sums, quotients and orders only, so that they
//! are the same on every platform.

use bitswap_core::Chance;

/// Resamples of an interval.
const RESAMPLES: usize = 10_000;

/// A median, and where it lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub least: f64,
    /// The median of the sample.
    pub middle: f64,
    /// The upper bound.
    pub most: f64,
}

/// The quantile of values in ascending order, at so many thousandths: between the two nearest
/// values in proportion (type 7 of Hyndman and Fan). `None` of nothing.
pub fn quantile(sorted: &[f64], per_mille: usize) -> Option<f64> {
    let place = sorted.len().checked_sub(1)? * per_mille.min(1_000);
    let below = *sorted.get(place / 1_000)?;
    let above = *sorted.get(place.div_ceil(1_000))?;
    // Between two infinities there is nothing to divide.
    let part = (place % 1_000) as f64 / 1_000.0;
    Some(if below.total_cmp(&above).is_eq() { below } else { below + (above - below) * part })
}

/// The median of values in any order; `None` of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile(&sorted, 500)
}

/// Each value over the one of the same place in `base`. Two that are infinite, or two that are
/// nothing, are alike.
pub fn ratios(values: &[f64], base: &[f64]) -> Vec<f64> {
    let pairs = values.iter().zip(base);
    pairs.map(|(one, other)| if one.total_cmp(other).is_eq() { 1.0 } else { one / other }).collect()
}

/// The median and its bootstrap interval: the 2.5th and the 97.5th percentile of the medians of
/// 10,000 samples that are drawn from the values, with repetition, from `name`'s own stream. `None`
/// of nothing.
pub fn interval(values: &[f64], name: &str) -> Option<Interval> {
    let middle = median(values)?;
    let mut chance = Chance::named(0, name);
    let count = values.len() as u64;
    let mut draw = |_| values.get(chance.below(count) as usize).copied().unwrap_or(middle);
    let mut medians = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let sample: Vec<f64> = (0..values.len()).map(&mut draw).collect();
        medians.push(median(&sample)?);
    }
    medians.sort_unstable_by(f64::total_cmp);
    Some(Interval { least: quantile(&medians, 25)?, middle, most: quantile(&medians, 975)? })
}
