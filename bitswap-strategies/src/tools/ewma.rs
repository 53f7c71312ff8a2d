//! A running mean that follows the newest samples.

/// An exponentially weighted moving average: each sample moves it by 1/2ⁿ of the difference.
///
/// ```
/// use bitswap_strategies::tools::Ewma;
///
/// let mut mean = Ewma::new(2);
/// assert_eq!(mean.get(), None);
/// mean.add(100);
/// mean.add(200);
/// // 100 + (200 - 100) / 4
/// assert_eq!(mean.get(), Some(125));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ewma {
    shift: u32,
    /// The mean in units of 2⁻¹⁶, so that small differences are not lost.
    mean: Option<i128>,
}

impl Ewma {
    const FRACTION: u32 = 16;

    /// A mean without samples, in which a new one weighs 1/2^`shift`; at most 1/2³².
    pub const fn new(shift: u32) -> Self {
        Self { shift: if shift > 32 { 32 } else { shift }, mean: None }
    }

    /// Adds a sample. The first is the mean.
    pub fn add(&mut self, sample: u64) {
        let sample = i128::from(sample) << Self::FRACTION;
        let mean = self.mean.unwrap_or(sample);
        self.mean = Some(mean + ((sample - mean) >> self.shift));
    }

    /// The mean, rounded down; `None` before the first sample.
    pub fn get(self) -> Option<u64> {
        self.mean.and_then(|mean| u64::try_from(mean >> Self::FRACTION).ok())
    }
}
