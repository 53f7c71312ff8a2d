//! `liars`: a hundred peers answer HAVE for a block, and one of them sends it.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::{Block, CallId, CallOptions, Chance, ConfigError, SessionId, Timestamp};
use cid::Cid;

use super::city::CityError;
use crate::content::Pool;
use crate::hostile::{Kind, Knowledge};
use crate::{Access, FetchReport, Halt, Latency, Link, NodeConfig, NodeId, World};

/// Parameters of the scenario. The defaults are those of figure F5 in the project's list of
/// figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liars {
    /// Number of peers that send nothing.
    pub lie: usize,
    /// Number of peers that answer too late.
    pub stall: usize,
    /// Number of peers that send a thousand bytes per second.
    pub drip: usize,
    /// Number of peers that send the block.
    pub honest: usize,
    /// Number of blocks that are wanted, all at once.
    pub blocks: usize,
    /// Block size in bytes.
    pub block: usize,
}

impl Default for Liars {
    fn default() -> Self {
        Self { lie: 50, stall: 30, drip: 19, honest: 1, blocks: 1, block: 256 * 1024 }
    }
}

/// The world of this scenario, while it runs.
#[derive(Debug)]
pub struct LiarsWorld {
    /// The simulated world. Its first node fetches.
    pub world: World,
    /// The call of the fetch.
    pub fetch: CallId,
}

impl Liars {
    /// Builds the world. Honest nodes are made with `config`. The fetcher is connected to all
    /// others, over the relay protocol, which gives liars more kinds of answers.
    ///
    /// # Errors
    /// A [`CityError`] if the blocks are too large, or an engine cannot work.
    pub fn build(
        &self,
        seed: u64,
        is_strict: bool,
        config: impl Fn() -> NodeConfig,
    ) -> Result<LiarsWorld, CityError> {
        let mut chance = Chance::named(seed, "liars");
        let file = Pool::new(&mut chance, 1 << 20).blocks(self.blocks, self.block)?;
        let mut world = World::new(seed);
        world.strict(is_strict);
        let fetcher = world.add_node(config())?;
        let mut holders = self.add_honest(&mut world, &file, config)?;
        holders.extend(self.add_hostile(&mut world, &file, &mut chance));
        let middle = Duration::from_millis(50);
        for node in holders {
            world.connect(
                fetcher,
                node,
                Link::with_latency(Latency::around(middle, 50)).relaying(),
            );
        }
        let cids = file.iter().map(|(cid, _)| *cid).collect();
        let options = CallOptions { credit: 32, ..CallOptions::default() };
        let fetch = world.fetch(fetcher, SessionId(1), cids, options);
        Ok(LiarsWorld { world, fetch })
    }

    fn add_honest(
        &self,
        world: &mut World,
        file: &[(Cid, Block)],
        config: impl Fn() -> NodeConfig,
    ) -> Result<Vec<NodeId>, ConfigError> {
        let mut add = || {
            let node = world.add_node(config())?;
            world.store(node, file);
            Ok(node)
        };
        (0..self.honest).map(|_| add()).collect()
    }

    fn add_hostile(
        &self,
        world: &mut World,
        file: &[(Cid, Block)],
        chance: &mut Chance,
    ) -> Vec<NodeId> {
        let known: Vec<Cid> = file.iter().map(|(cid, _)| *cid).collect();
        let with = Knowledge::new(known.clone(), file.iter().map(|(_, block)| block.clone()));
        let without = Arc::new(Knowledge::new(known, []));
        let with = Arc::new(with);
        let kinds = [
            (Kind::HaveLiar, self.lie, &without),
            (Kind::Staller, self.stall, &without),
            (Kind::Dripper, self.drip, &with),
        ];
        let kinds = kinds.into_iter();
        let each =
            kinds.flat_map(|(kind, count, knowledge)| (0..count).map(move |_| (kind, knowledge)));
        let mut add = |(kind, knowledge): (Kind, &Arc<Knowledge>)| {
            let hostile = kind.make(kind.most_aggressive(chance.bits()), Arc::clone(knowledge));
            world.add_hostile(hostile, Access::default())
        };
        each.map(&mut add).collect()
    }
}

impl LiarsWorld {
    /// Runs the world until the fetch ended or `until` has passed. Returns the time that the fetch
    /// took; `None` if it did not end.
    ///
    /// # Errors
    /// [`Halt::Violation`] if an engine broke an invariant.
    pub fn run(&mut self, until: Duration) -> Result<Option<Duration>, Halt> {
        let end = Timestamp::ZERO.after(until);
        while self.world.now() < end {
            let next = self.world.now().after(Duration::from_millis(100)).min(end);
            self.world.run_until(next)?;
            let fetch = self.world.fetched(self.fetch);
            if let Some(time) = fetch.filter(|fetch| fetch.failed == 0).and_then(FetchReport::time)
            {
                return Ok(Some(time));
            }
        }
        Ok(None)
    }
}
