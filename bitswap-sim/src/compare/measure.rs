//! What a run is measured by.

use std::time::Duration;

use bitswap_core::Timestamp;

use super::statistics::quantile;
use crate::report::{FetchReport, Report};
use crate::world::{BlockTimes, World};

/// One number of a run; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Time from a call to its last block, in s: the median of all fetches.
    FetchTime,
    /// The same, of the slowest fetch.
    SlowestFetch,
    /// Time from a call to its first block, in s: the median of all fetches.
    FirstBlock,
    /// Time from when a block was asked for to its delivery, in s: 99th percentile of all blocks.
    BlockP99,
    /// The same, 99.9th percentile.
    BlockP999,
    /// The longest time, in s, in which a fetch that went on got no block.
    LongestPause,
    /// Bytes in blocks that had come before, in percent of those in wanted blocks.
    Duplicates,
    /// Messages that honest nodes sent, for each wanted block that came.
    Messages,
    /// want-block entries that were sent, for each wanted block that came.
    WantBlocks,
}

impl Measure {
    /// All, in the order of columns.
    pub const ALL: [Self; 9] = [
        Self::FetchTime,
        Self::SlowestFetch,
        Self::FirstBlock,
        Self::BlockP99,
        Self::BlockP999,
        Self::LongestPause,
        Self::Duplicates,
        Self::Messages,
        Self::WantBlocks,
    ];

    /// The name of its column in CSV, with its unit.
    pub const fn column(self) -> &'static str {
        match self {
            Self::FetchTime => "fetch_time_s",
            Self::SlowestFetch => "slowest_fetch_s",
            Self::FirstBlock => "first_block_s",
            Self::BlockP99 => "block_p99_s",
            Self::BlockP999 => "block_p999_s",
            Self::LongestPause => "longest_pause_s",
            Self::Duplicates => "duplicates_percent",
            Self::Messages => "messages_per_block",
            Self::WantBlocks => "want_blocks_per_block",
        }
    }

    /// What people call it, with its unit.
    pub const fn title(self) -> &'static str {
        match self {
            Self::FetchTime => "fetch time, s",
            Self::SlowestFetch => "slowest fetch, s",
            Self::FirstBlock => "first block, s",
            Self::BlockP99 => "block time p99, s",
            Self::BlockP999 => "block time p99.9, s",
            Self::LongestPause => "longest pause, s",
            Self::Duplicates => "duplicates, %",
            Self::Messages => "messages a block",
            Self::WantBlocks => "want-blocks a block",
        }
    }
}

/// The numbers of one run. What did not end took for ever: infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures([f64; Measure::ALL.len()]);

impl Measures {
    /// One of them.
    pub const fn get(&self, measure: Measure) -> f64 {
        self.0[measure as usize]
    }

    /// Of these fetches in a world whose callers noted the times of blocks.
    pub(super) fn of(world: &World, report: &Report, fetches: &[&FetchReport]) -> Self {
        let whole = |fetch: &&FetchReport| fetch.time().filter(|_| fetch.failed == 0);
        let times = sorted(fetches.iter().map(whole));
        let first = sorted(fetches.iter().map(|fetch| fetch.time_to_first_block()));
        let blocks = fetches.iter().filter_map(|fetch| world.block_times(fetch.call));
        let blocks = sorted(blocks.flat_map(BlockTimes::times));
        let pause = fetches.iter().map(|fetch| longest_pause(world, fetch));
        let (mut wanted, mut duplicate, mut asks) = ((0, 0), 0, 0);
        for node in &report.nodes {
            if fetches.iter().any(|fetch| fetch.node == node.node) {
                let client = &node.stats.client;
                wanted.0 += client.wanted.blocks;
                wanted.1 += client.wanted.bytes;
                duplicate += client.duplicate.bytes;
                asks += client.block_asks;
            }
        }
        let honest = report.nodes.iter().filter(|node| world.honest(node.node).is_some());
        let messages: u64 = honest.map(|node| node.sent.messages).sum();
        let for_each = |count: u64, whole: u64| count as f64 / whole.max(1) as f64;
        let never = f64::INFINITY;
        Self([
            quantile(&times, 500).unwrap_or(never),
            times.last().copied().unwrap_or(never),
            quantile(&first, 500).unwrap_or(never),
            quantile(&blocks, 990).unwrap_or(never),
            quantile(&blocks, 999).unwrap_or(never),
            pause.max().map_or(never, |pause| pause.as_secs_f64()),
            for_each(duplicate * 100, wanted.1),
            for_each(messages, wanted.0),
            for_each(asks, wanted.0),
        ])
    }
}

/// In s, in order; what has no end last.
fn sorted(times: impl Iterator<Item = Option<Duration>>) -> Vec<f64> {
    let mut seconds: Vec<f64> =
        times.map(|time| time.map_or(f64::INFINITY, |time| time.as_secs_f64())).collect();
    seconds.sort_unstable_by(f64::total_cmp);
    seconds
}

/// From its call on, between one block and the next; to now, if it did not end.
fn longest_pause(world: &World, fetch: &FetchReport) -> Duration {
    let end = fetch.ended_at.unwrap_or_else(|| world.now());
    let moments = world.block_times(fetch.call).map(BlockTimes::moments).unwrap_or_default();
    let mut before = fetch.started_at;
    let pause = |at: Timestamp| at.since(std::mem::replace(&mut before, at));
    moments.into_iter().chain([end]).map(pause).max().unwrap_or_default()
}
