//! How large files are: drawn, or listed by somebody who counted.

use bitswap_core::Chance;

/// A distribution of sizes in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// Between these, every doubling as likely as any other.
    Doublings {
        /// The smallest.
        least: u64,
        /// The largest.
        most: u64,
    },
    /// Evenly between these.
    Even {
        /// The smallest.
        least: u64,
        /// The largest.
        most: u64,
    },
    /// These, each as often as its second number says beside the others'.
    Weighted(Vec<(u64, u64)>),
}

/// Why a text is no list of sizes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// A line begins with no number.
    #[error("line {line}: '{found}' is no size: begin each line with a number of bytes")]
    NoSize {
        /// From 1.
        line: usize,
        /// Its beginning.
        found: String,
    },
    /// A file is too large.
    #[error("line {line}: {bytes} bytes are more than the {limit} that can be: split the file")]
    TooLarge {
        /// From 1.
        line: usize,
        /// Its size.
        bytes: u64,
        /// How large it may be.
        limit: u64,
    },
    /// There are too many.
    #[error("line {line}: more than {limit} files: take a sample of them")]
    TooMany {
        /// From 1.
        line: usize,
        /// How many there may be.
        limit: usize,
    },
    /// There are none.
    #[error("no sizes: write one number of bytes to a line")]
    Empty,
}

/// No file is larger.
const BYTES: u64 = 1 << 40;
/// There are no more of them.
const FILES: usize = 1_000_000;

impl Sizes {
    /// So many sizes, drawn from the seed's stream for them.
    pub fn draw(&self, count: usize, seed: u64) -> Vec<u64> {
        let mut chance = Chance::named(seed, "sizes");
        (0..count).map(|_| self.one(&mut chance)).collect()
    }

    fn one(&self, chance: &mut Chance) -> u64 {
        match self {
            Self::Doublings { least, most } => {
                let doublings = (most / least.max(&1)).max(1).ilog2();
                let floor = least << chance.below(u64::from(doublings) + 1);
                (floor + chance.below(floor)).min(*most)
            }
            Self::Even { least, most } => {
                least + chance.below(most.saturating_sub(*least).saturating_add(1))
            }
            Self::Weighted(sizes) => {
                let place = chance.weighted(sizes.iter().map(|(_, weight)| *weight));
                place.and_then(|place| sizes.get(place)).map_or(0, |(bytes, _)| *bytes)
            }
        }
    }
}

/// The sizes that a text lists: the number that each line begins with. Empty lines and those that
/// begin with `#` are nothing.
///
/// # Errors
/// A [`ManifestError`] with the line.
pub fn manifest(text: &str) -> Result<Vec<u64>, ManifestError> {
    let mut sizes = Vec::new();
    for (line, row) in (1..).zip(text.lines().map(str::trim)) {
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        if sizes.len() == FILES {
            return Err(ManifestError::TooMany { line, limit: FILES });
        }
        let size = row.split_whitespace().next().and_then(|first| first.parse().ok());
        let Some(bytes) = size else {
            return Err(ManifestError::NoSize { line, found: row.chars().take(32).collect() });
        };
        if bytes > BYTES {
            return Err(ManifestError::TooLarge { line, bytes, limit: BYTES });
        }
        sizes.push(bytes);
    }
    if sizes.is_empty() { Err(ManifestError::Empty) } else { Ok(sizes) }
}
