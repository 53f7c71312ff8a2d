//! Where a run's choices come from: bytes, be they drawn from a seed or written by a fuzzer.

use bitswap_core::{Block, Chance};
use bytes::Bytes;

#[derive(Debug)]
pub(super) struct Tape<'a> {
    rest: &'a [u8],
}

/// A choice among the blocks so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    Live(usize),
    Deleted(usize),
    New(usize),
}

/// Lengths at which the layout changes its ways, those that files are cut into, and the greatest.
const LENGTHS: [usize; 24] = [
    0, 1, 8, 100, 1_024, 1_025, 3_840, 3_841, 4_095, 4_096, 4_097, 7_936, 16_129, 32_512, 65_280,
    65_281, 65_535, 65_536, 65_537, 262_144, 262_158, 300, 20_000, 2_097_152,
];

impl<'a> Tape<'a> {
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// `None` when the run is over.
    pub(super) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next().unwrap_or_default()
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound.max(1)
    }

    /// Seven in ten live, one deleted, two new.
    pub(super) fn pick(&mut self) -> Pick {
        let (kind, place) = (self.byte(), usize::from(self.byte()));
        match kind {
            0..179 => Pick::Live(place),
            179..205 => Pick::Deleted(place),
            205.. => Pick::New(place),
        }
    }
}

/// A run's bytes for a seed: most are short, since what is short crashes in more places.
pub(super) fn drawn(seed: u64) -> Vec<u8> {
    let mut chance = Chance::named(seed, "store run");
    let length = 40 + chance.below(160);
    (0..length).map(|_| chance.bits() as u8).collect()
}

/// The `number`th block of a run; the length is one of those that matter, by `place`. `None` where
/// the engine takes none so long.
pub(super) fn block(number: u64, place: usize) -> Option<Block> {
    // The greatest one costs as much as all others together.
    let few = LENGTHS.len() - usize::from(!place.is_multiple_of(7));
    let length = LENGTHS.get(place % few).copied().unwrap_or_default();
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.resize(length.max(8), (number % 251) as u8);
    bytes.truncate(length);
    Block::sha2_256(Bytes::from(bytes)).ok()
}
