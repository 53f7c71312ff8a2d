//! `slow-lines` and `pauses`: one file over one line that is slower than a block in an ask's time,
//! or from a server that stands still for a while.

use std::time::Duration;

use bitswap_core::{CallOptions, Chance, SessionId, Timestamp};

use super::city::CityError;
use super::{Figure, Promise, defaults};
use crate::content::Pool;
use crate::{Access, Latency, Link, NodeConfig, Rate, World};

/// A fetch of a file from servers whose uplinks are the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Bytes per second of the uplink of each server.
    pub bytes_per_second: u64,
    /// Number of servers that have the file.
    pub servers: usize,
    /// Number of blocks of the file.
    pub blocks: usize,
    /// Block size in bytes.
    pub block: usize,
    /// How long all servers stand still, when a quarter of the file has passed.
    pub pause: Duration,
}

impl Default for Line {
    fn default() -> Self {
        let (blocks, block) = (4, 256 * 1024);
        Self { bytes_per_second: 20_000, servers: 1, blocks, block, pause: Duration::ZERO }
    }
}

/// What came of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineOutcome {
    /// How long it took; `None` if it did not end with all its blocks.
    pub time: Option<Duration>,
    /// How long its bytes take on the lines of all servers together, and the pause.
    pub alone: Duration,
    /// Bytes of blocks that came.
    pub received_bytes: u64,
    /// Bytes of blocks that were wanted.
    pub wanted_bytes: u64,
}

impl Line {
    const LATENCY: Duration = Duration::from_millis(50);
    /// Fetches take so many times as long as their bytes do at most, or are given up.
    const LONGEST: u32 = 20;
    const STEP: Duration = Duration::from_millis(100);

    /// Runs the fetch to its end.
    ///
    /// # Errors
    /// A [`CityError`] if the blocks are too large, or an engine cannot work or broke an invariant.
    pub fn run(&self, seed: u64) -> Result<LineOutcome, CityError> {
        let mut chance = Chance::named(seed, "line");
        let file = Pool::new(&mut chance, 1 << 20).blocks(self.blocks, self.block)?;
        let mut world = World::new(seed);
        world.strict(true);
        let fetcher = world.add_node(defaults())?;
        let up = Rate::bits_per_second(8 * self.bytes_per_second);
        let mut servers = Vec::new();
        for _ in 0..self.servers {
            let access = Access { up, ..Access::default() };
            let server = world.add_node(NodeConfig { access, ..defaults() })?;
            world.store(server, &file);
            world.connect(fetcher, server, Link::with_latency(Latency::around(Self::LATENCY, 20)));
            servers.push(server);
        }
        let wanted_bytes: u64 = file.iter().map(|(_, block)| block.len() as u64).sum();
        let passing = up.time_for(wanted_bytes) / (self.servers.max(1) as u32);
        let cids = file.iter().map(|(cid, _)| *cid).collect();
        let options = CallOptions { credit: 64, ..CallOptions::default() };
        let fetch = world.fetch(fetcher, SessionId(1), cids, options);
        world.run_until(Timestamp::ZERO.after(passing / 4))?;
        for server in servers {
            world.pause(server, self.pause);
        }
        let alone = passing + self.pause;
        let last = Timestamp::ZERO.after(alone * Self::LONGEST);
        let is_open = |world: &World| world.fetched(fetch).is_some_and(|it| it.ended_at.is_none());
        while is_open(&world) && world.now() < last {
            world.run_until(world.now().after(Self::STEP))?;
        }
        let report = world.report();
        let fetch = report.fetches.first().filter(|fetch| fetch.failed == 0);
        let time = fetch.and_then(crate::FetchReport::time);
        let arrived = report.traffic.iter().filter(|((_, to), _)| *to == fetcher);
        let received_bytes = arrived.map(|(_, traffic)| traffic.arrived.blocks.bytes).sum();
        Ok(LineOutcome { time, alone, received_bytes, wanted_bytes })
    }
}

impl LineOutcome {
    /// A fetch takes as long as its bytes, and a tenth more.
    const TIME: Figure = Figure::Percent(110);
    /// What comes twice is seldom.
    const BYTES: Figure = Figure::Percent(105);

    /// What a user expects of a line, and what came. Those that are broken today are excused.
    pub fn promises(&self, what: &str, excuse: Option<&'static str>) -> [Promise; 2] {
        let time = Figure::ratio(self.time, Some(self.alone));
        let bytes = Figure::Percent(self.received_bytes * 100 / self.wanted_bytes.max(1));
        [
            Promise::new(format!("{what}: time ÷ that of its bytes"), Self::TIME, time),
            Promise::new(format!("{what}: bytes received ÷ wanted"), Self::BYTES, bytes),
        ]
        .map(|promise| Promise { excuse, ..promise })
    }
}
