//! Named scenarios: worlds that are drawn from a seed, run, and are judged by promises.

pub mod city;
pub mod liars;
pub mod line;
mod metrics;
mod promise;
pub mod split;
pub mod standing;
pub mod storm;

use std::time::Duration;

use bitswap_core::strategy::plain;
use bitswap_strategies::catalog::StrategyChoice;

use crate::NodeConfig;
use crate::report::FetchReport;

pub use metrics::{METRIC_FAMILIES, open_metrics};
pub use promise::{Figure, Promise};

/// The times of fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    sorted: Vec<Duration>,
    /// Number of fetches that did not end, or not with all blocks. They count as infinite.
    pub unfinished: usize,
}

impl Times {
    /// Collects the times of fetches. Fetches whose node crashed do not count.
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

    /// Number of fetches.
    pub const fn count(&self) -> usize {
        self.sorted.len() + self.unfinished
    }

    /// The given percentile of the times; `None` if too few fetches ended.
    pub fn percentile(&self, percent: usize) -> Option<Duration> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).copied()
    }
}

/// A node with the default strategies.
pub fn defaults() -> NodeConfig {
    chosen(&StrategyChoice::default())
}

/// A node with these strategies, which were made once.
pub(crate) fn chosen(choice: &StrategyChoice) -> NodeConfig {
    let strategies = choice.build();
    NodeConfig::with_strategies(strategies.unwrap_or_else(|_| plain::strategies()))
}
