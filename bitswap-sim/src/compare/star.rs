//! One node fetches from several that have everything: equal or unequal ones, with pauses, and one
//! that falls silent.

use std::time::Duration;

use bitswap_core::{SessionId, Timestamp};

use super::{CompareError, RunConfig};
use crate::network::{Access, Latency, Link, Rate, Transport};
use crate::store::StoreModel;
use crate::world::{NodeConfig, NodeId, World};

/// A node that has everything: its rate in Mbit/s, and how far away it is in ms, one way.
pub(super) type Seeder = (u32, u64);

/// A star of nodes around the one that fetches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Star {
    pub(super) seeders: &'static [Seeder],
    /// The rate of the node that fetches, in Mbit/s.
    pub(super) fetcher_mbit: u32,
    /// Whether stores pause now and then, and the first seeder falls silent when half has come.
    pub(super) stalls: bool,
}

impl Star {
    /// Longer than any strategy that gets there at all, in simulated time and in events.
    pub(super) const LONGEST: Duration = Duration::from_secs(3_600);
    pub(super) const MOST_EVENTS: u64 = 50_000_000;
    const STRIDE: Duration = Duration::from_millis(20);
    /// Two of a hundred answers come after ten times the usual: a round trip of 50 ms and a block
    /// at 100 Mbit/s.
    const PAUSES: Latency =
        Latency::Seldom { usual: Duration::ZERO, percent: 2, other: Duration::from_millis(710) };

    pub(super) fn run(&self, blocks: usize, config: &RunConfig<'_>) -> Result<World, CompareError> {
        let RunConfig { content, seed, choice, transport } = *config;
        let mut world = World::new(seed);
        prepare(&mut world, transport);
        let file = content.file(blocks)?;
        let node = |mbit| -> Result<NodeConfig, CompareError> {
            let access = Access::both_ways(Rate::mbit_per_second(mbit));
            Ok(NodeConfig { access, ..NodeConfig::with_strategies(choice.build()?) })
        };
        let fetcher = world.add_node(node(self.fetcher_mbit)?)?;
        for (mbit, ms) in self.seeders {
            let mut config = node(*mbit)?;
            if self.stalls {
                config.store = StoreModel { read: Self::PAUSES, ..config.store };
            }
            let seeder = world.add_node(config)?;
            world.store(seeder, file.blocks());
            let latency = Latency::around(Duration::from_millis(*ms), 10);
            world.connect(fetcher, seeder, Link::with_latency(latency));
        }
        let call = world.fetch_tree(fetcher, SessionId(1), file.root());
        let end = Timestamp::ZERO.after(Self::LONGEST);
        let mut silent = self.stalls.then_some(NodeId::at(fetcher.place() + 1));
        while world.fetched(call).is_some_and(|fetch| fetch.ended_at.is_none()) {
            if world.now() > end || world.events() > Self::MOST_EVENTS {
                break;
            }
            world.run_until(world.now().after(Self::STRIDE))?;
            let came = world.fetched(call).map_or(0, |fetch| fetch.got.blocks);
            if let Some(seeder) = silent.take_if(|_| came * 2 >= blocks as u64) {
                world.pause(seeder, Self::LONGEST);
            }
        }
        Ok(world)
    }
}

/// Makes a world whose runs are measured, and short.
pub(super) fn prepare(world: &mut World, transport: Transport) {
    world.carry_by(transport);
    world.strict(false);
    world.hand_over(true);
    world.time_blocks(true);
}
