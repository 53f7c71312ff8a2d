//! Seeded randomness: streams of random numbers, split by name from one seed.

#[cfg(test)]
mod tests;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// A random stream. Streams with different names do not influence one another.
#[derive(Clone, Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream called `name` under `seed`.
    pub fn named(seed: u64, name: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&fnv1a(name.as_bytes()).to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A uniformly distributed number in `0..bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.bits()) * u128::from(bound);
        (wide >> 64) as u64
    }

    /// True with probability `parts / whole`.
    pub fn one_in(&mut self, parts: u64, whole: u64) -> bool {
        self.below(whole) < parts
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// An index drawn in proportion to `weights`; `None` if they sum to 0.
    pub fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> Option<usize> {
        let total: u64 = weights.clone().sum();
        if total == 0 {
            return None;
        }
        let mut left = self.below(total);
        for (position, weight) in weights.enumerate() {
            if left < weight {
                return Some(position);
            }
            left -= weight;
        }
        None
    }

    /// Moves `count` items of `all`, drawn uniformly and in random order, to the front, and returns
    /// them; returns all items if there are fewer. Draws one number for each.
    pub fn sample<'a, T>(&mut self, all: &'a mut [T], count: usize) -> &'a mut [T] {
        let count = count.min(all.len());
        for place in 0..count {
            let rest = (all.len() - place) as u64;
            all.swap(place, place + self.below(rest) as usize);
        }
        &mut all[..count]
    }

    /// A copy of this stream: drawing from the copy does not advance the original.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.clone()
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
