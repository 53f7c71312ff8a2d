//! Quantiles of recent samples.

/// A histogram with buckets that are an eighth of their value wide, in which old samples fade:
/// whenever twice as many were counted as are to matter, all counts are halved.
///
/// ```
/// use bitswap_strategies::tools::Quantiles;
///
/// let mut times = Quantiles::new(100);
/// assert_eq!(times.at(1, 2), None);
/// for sample in 1..=15 {
///     times.add(sample);
/// }
/// assert_eq!(times.at(1, 2), Some(8));
/// assert_eq!(times.at(1, 1), Some(15));
/// times.add(1_000);
/// // Within an eighth of what was added, and never below.
/// assert_eq!(times.at(1, 1), Some(1_023));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantiles {
    counts: Vec<u32>,
    total: u32,
    matter: u32,
}

impl Quantiles {
    /// Buckets for each doubling of the value.
    const PARTS: u64 = 8;
    const BUCKETS: usize = 512;

    /// Nothing yet; about so many samples matter, at least one and at most 2³⁰.
    pub fn new(matter: u32) -> Self {
        let matter = matter.clamp(1, 1 << 30);
        Self { counts: vec![0; Self::BUCKETS], total: 0, matter }
    }

    /// Adds a sample.
    pub fn add(&mut self, sample: u64) {
        if let Some(count) = self.counts.get_mut(bucket(sample)) {
            *count += 1;
            self.total += 1;
        }
        if self.total >= 2 * self.matter {
            self.counts.iter_mut().for_each(|count| *count /= 2);
            self.total = self.counts.iter().sum();
        }
    }

    /// The value that `parts` of `whole` samples do not exceed, rounded up to the end of its
    /// bucket; `None` before the first sample.
    pub fn at(&self, parts: u32, whole: u32) -> Option<u64> {
        let wanted = u64::from(self.total) * u64::from(parts);
        let wanted = wanted.div_ceil(u64::from(whole.max(1))).max(1);
        let mut seen = 0;
        self.counts.iter().enumerate().find_map(|(place, count)| {
            seen += u64::from(*count);
            (seen >= wanted).then(|| greatest(place as u64))
        })
    }
}

/// The bucket of a value: its own below sixteen, then eight for each doubling.
const fn bucket(value: u64) -> usize {
    let shift = 60_u32.saturating_sub(value.leading_zeros());
    (shift as u64 * Quantiles::PARTS + (value >> shift)) as usize
}

/// The greatest value of a bucket.
const fn greatest(bucket: u64) -> u64 {
    if bucket < 2 * Quantiles::PARTS {
        return bucket;
    }
    let shift = bucket / Quantiles::PARTS - 1;
    let first = bucket % Quantiles::PARTS + Quantiles::PARTS;
    // One less than where the next bucket begins; the last one ends with the greatest number.
    let next = ((first + 1) as u128) << shift;
    (next - 1) as u64
}
