//! Worlds with a name and a purpose: each draws everything from its seed, runs, and says what came
//! of it.

pub mod city;
pub mod liars;
mod promise;
pub mod split;
pub mod storm;

use std::time::Duration;

use bitswap_core::strategy::plain;
use bitswap_strategies::catalog::StrategyChoice;

use crate::NodeConfig;
use crate::report::FetchReport;

pub use promise::{Figure, Promise};

/// How long fetches took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    sorted: Vec<Duration>,
    /// Fetches that did not end, or not with everything: they count as infinite.
    pub unfinished: usize,
}

impl Times {
    /// The times of all fetches; those of callers whose node crashed do not count.
    pub fn of<'a, F: Iterator<Item = &'a FetchReport>>(fetches: F) -> Self {
        let (mut sorted, mut unfinished) = (Vec::new(), 0);
        for fetch in fetches.filter(|fetch| !fetch.is_lost) {
            match fetch.time().filter(|_| fetch.failed == 0) {
                Some(time) => sorted.push(time),
                None => unfinished += 1,
            }
        }
        sorted.sort_unstable();
        Self { sorted, unfinished }
    }

    /// How many fetches there were.
    pub const fn count(&self) -> usize {
        self.sorted.len() + self.unfinished
    }

    /// The least time within which so many hundredths of all fetches ended; `None` if they did
    /// not.
    pub fn percentile(&self, percent: usize) -> Option<Duration> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).copied()
    }
}

/// A node with the strategies that nodes have by themselves.
pub fn defaults() -> NodeConfig {
    let strategies = StrategyChoice::default().build();
    NodeConfig::with_strategies(strategies.unwrap_or_else(|_| plain::strategies()))
}
