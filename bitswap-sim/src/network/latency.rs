//! How long a byte travels from one node to another: a constant, or drawn for each message.

use std::time::Duration;

use bitswap_core::Chance;

use crate::draw::exponential;

/// A distribution of one-way travel times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Always the same.
    Constant(Duration),
    /// `least`, and then exponentially distributed with this mean.
    Exponential {
        /// No byte is faster.
        least: Duration,
        /// Of what is added.
        mean: Duration,
    },
    /// As a rule always the same, and seldom another time.
    Seldom {
        /// As a rule.
        usual: Duration,
        /// Of a hundred messages, how many take the other time.
        percent: u32,
        /// The other time.
        other: Duration,
    },
    /// Evenly between two times.
    Uniform {
        /// The shortest.
        least: Duration,
        /// The longest.
        most: Duration,
    },
}

impl From<Duration> for Latency {
    fn from(latency: Duration) -> Self {
        Self::Constant(latency)
    }
}

impl Latency {
    /// `middle`, more or less by up to so many hundredths of it.
    pub fn around(middle: Duration, percent: u32) -> Self {
        let spread = middle * percent.min(100) / 100;
        if spread.is_zero() {
            return Self::Constant(middle);
        }
        Self::Uniform { least: middle.saturating_sub(spread), most: middle + spread }
    }

    /// Its mean.
    pub fn mean(&self) -> Duration {
        match *self {
            Self::Constant(latency) => latency,
            Self::Exponential { least, mean } => least + mean,
            Self::Seldom { usual, percent, other } => {
                let seldom = percent.min(100);
                (usual * (100 - seldom) + other * seldom) / 100
            }
            Self::Uniform { least, most } => (least + most) / 2,
        }
    }

    pub(super) const fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }

    pub(crate) fn draw(&self, chance: &mut Chance) -> Duration {
        match *self {
            Self::Constant(latency) => latency,
            Self::Exponential { least, mean } => least + exponential(chance, mean),
            Self::Seldom { usual, percent, other } => {
                if chance.one_in(percent.into(), 100) {
                    other
                } else {
                    usual
                }
            }
            Self::Uniform { least, most } => {
                let spread = u64::try_from(most.saturating_sub(least).as_nanos());
                least + Duration::from_nanos(chance.below(spread.unwrap_or(u64::MAX - 1) + 1))
            }
        }
    }
}
