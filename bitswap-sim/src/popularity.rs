//! How unequally many things are in demand, or in supply, as tables of whole numbers.

use bitswap_core::Chance;

use crate::draw::power;

/// How often the first, the second, the third … of many is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Popularity {
    /// All alike.
    Even,
    /// The share of blocks that each provider of the live network delivered in 2022, whose first
    /// ten of 723 delivered 58.12 %. Of another number of providers, the first hundredth delivers
    /// as much as there, and so on.
    Measured,
    /// The n-th in proportion to n to the power of minus so many hundredths (Zipf, 1949).
    Zipf {
        /// 100 is Zipf's law; 0 is even.
        hundredths: u32,
    },
}

/// A popularity over so many, ready to be drawn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The weights of all up to each.
    up_to: Vec<u64>,
}

/// One, as [`power`] has it.
const ONE: u64 = 1 << 32;

/// Of so many first providers, how many of ten thousand blocks they delivered.
const MEASURED: [(u128, u128); 9] = [
    (0, 0),
    (1, 1_061),
    (3, 2_565),
    (5, 3_793),
    (10, 5_812),
    (20, 7_541),
    (50, 8_439),
    (361, 9_849),
    (723, 10_000),
];

impl Popularity {
    /// The shares of so many.
    pub fn of(self, count: usize) -> Shares {
        let mut up_to = Vec::with_capacity(count);
        let mut sum = 0_u64;
        for place in 0..count {
            match self {
                Self::Even => sum += 1,
                Self::Measured => sum = measured(place + 1, count),
                Self::Zipf { hundredths } => {
                    let part = power((place as u64 + 1).saturating_mul(ONE), hundredths * 10);
                    sum += (u128::from(ONE) * u128::from(ONE) / u128::from(part)) as u64;
                }
            }
            up_to.push(sum);
        }
        Shares { up_to }
    }
}

impl Shares {
    /// Draws one; 0 if there is none to draw.
    pub fn draw(&self, chance: &mut Chance) -> usize {
        let drawn = chance.below(self.whole());
        self.up_to.partition_point(|sum| *sum <= drawn)
    }

    /// Draws so many different ones, or all if there are not so many.
    pub fn draw_different(&self, many: usize, chance: &mut Chance) -> Vec<usize> {
        let mut weights: Vec<u64> = (0..self.up_to.len()).map(|place| self.weight(place)).collect();
        let mut drawn = Vec::new();
        while drawn.len() < many
            && let Some(place) = chance.weighted(weights.iter().copied())
        {
            weights[place] = 0;
            drawn.push(place);
        }
        drawn
    }

    /// Of a million draws, how many come to this one.
    pub fn per_million(&self, place: usize) -> u64 {
        let part = u128::from(self.weight(place)) * 1_000_000;
        (part / u128::from(self.whole()).max(1)) as u64
    }

    fn weight(&self, place: usize) -> u64 {
        let before = place.checked_sub(1).and_then(|before| self.up_to.get(before));
        self.up_to.get(place).map_or(0, |sum| sum - before.copied().unwrap_or(0))
    }

    fn whole(&self) -> u64 {
        self.up_to.last().copied().unwrap_or(0)
    }
}

/// What the first `rank` of `count` deliver, as [`MEASURED`] has it, with a straight line between
/// two of its points.
fn measured(rank: usize, count: usize) -> u64 {
    /// Parts of a ten-thousandth.
    const FINE: u128 = 1_000_000_000;
    let (rank, count) = (rank as u128 * 723, count.max(1) as u128);
    let above = MEASURED.partition_point(|(providers, _)| providers * count < rank);
    let (to, most) = MEASURED[above.clamp(1, MEASURED.len() - 1)];
    let (from, least) = MEASURED[above.clamp(1, MEASURED.len() - 1) - 1];
    let beyond = rank.saturating_sub(from * count);
    (least * FINE + (most - least) * FINE * beyond / ((to - from) * count)) as u64
}
