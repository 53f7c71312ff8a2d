//! How far the fetches of a run were, over simulated time.

use std::time::Duration;

use bitswap_core::Timestamp;

use crate::report::FetchReport;
use crate::world::{BlockTimes, World};

/// A run from its beginning to its end, in steps of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The time between two of them.
    pub step: Duration,
    /// The first is the beginning; by the last, everything has ended.
    pub moments: Vec<Moment>,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Blocks that callers want, in the whole run.
    pub wanted: u64,
    /// Those of them that had been delivered by then.
    pub delivered: u64,
    /// Those of them that were delivered since the moment before.
    pub since_before: u64,
    /// Fetches that had begun and not ended.
    pub open: u64,
}

impl Progress {
    const SHORTEST_STEP: Duration = Duration::from_millis(250);
    /// A longer run has longer steps.
    const MOST_STEPS: u32 = 240;

    /// Of all fetches in a world whose callers noted the times of blocks.
    pub(super) fn of(world: &World, fetches: &[&FetchReport]) -> Self {
        let times = || fetches.iter().filter_map(|fetch| world.block_times(fetch.call));
        let wanted = times().map(|times| times.len() as u64).sum();
        let mut delivered: Vec<Timestamp> = times().flat_map(BlockTimes::moments).collect();
        delivered.sort_unstable();
        let end = fetches.iter().map(|fetch| fetch.ended_at.unwrap_or_else(|| world.now())).max();
        let lasted = end.map_or(Duration::ZERO, |end| end.since(Timestamp::ZERO));
        let mut step = Self::SHORTEST_STEP;
        while lasted > step * Self::MOST_STEPS {
            step *= 2;
        }
        let steps = lasted.as_nanos().div_ceil(step.as_nanos()) as u32;
        let mut before = 0;
        // One more, in which nothing is delivered: rates end at zero.
        let moment = |place| {
            let now = Timestamp::ZERO.after(step * place);
            let delivered = delivered.partition_point(|at| *at <= now) as u64;
            let since_before = delivered - std::mem::replace(&mut before, delivered);
            let is_open = |fetch: &&&FetchReport| {
                fetch.started_at <= now && fetch.ended_at.is_none_or(|end| end > now)
            };
            let open = fetches.iter().filter(is_open).count() as u64;
            Moment { wanted, delivered, since_before, open }
        };
        Self { step, moments: (0..=steps + 1).map(moment).collect() }
    }
}
