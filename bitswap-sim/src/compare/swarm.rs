//! A flash crowd: one node has a file, and many want it at once, who pass it on to one another.

use std::time::Duration;

use bitswap_core::strategy::plain;

use super::star::{Star, prepare};
use super::{CompareError, RunConfig};
use crate::network::{Access, Latency, Rate};
use crate::topology::{Distance, Topology, Wiring};
use crate::trial::Trial;
use crate::workload::Workload;
use crate::world::{NodeConfig, World};

/// A seeder, and those who want what it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Swarm {
    pub(super) fetchers: usize,
    /// Connections of each to other fetchers; all are connected to the seeder.
    pub(super) degree: usize,
}

impl Swarm {
    const LATENCY: Duration = Duration::from_millis(25);
    const SKEW: Duration = Duration::from_secs(1);

    pub(super) fn run(&self, blocks: usize, config: &RunConfig<'_>) -> Result<World, CompareError> {
        let RunConfig { content, seed, choice, transport } = *config;
        let among = Topology::RandomRegular { degree: self.degree }.edges(self.fetchers, seed);
        let seeds = (1..=self.fetchers).map(|fetcher| (0, fetcher));
        let among = among.into_iter().map(|(one, other)| (one + 1, other + 1));
        let edges: Vec<_> = seeds.chain(among).collect();
        let distance = Distance::Alike(Latency::around(Self::LATENCY, 10));
        let wiring = Wiring::of_edges(self.fetchers + 1, &edges, distance, seed)?;
        choice.build()?;
        let node_config = |node| {
            let strategies = choice.build().unwrap_or_else(|_| plain::strategies());
            let up = Rate::mbit_per_second(if node == 0 { 100 } else { 20 });
            let access = Access { up, down: Rate::mbit_per_second(100) };
            NodeConfig { access, ..NodeConfig::with_strategies(strategies) }
        };
        let mut world = World::new(seed);
        prepare(&mut world, transport);
        let mut trial = Trial::new(world, wiring, node_config)?;
        trial.add_file(content.file(blocks)?, &[0]);
        let fetchers: Vec<usize> = (1..=self.fetchers).collect();
        let workload = Workload::all_at_once(Self::SKEW);
        trial.call(&workload.timetable(&fetchers, 1, seed))?;
        trial.run(Star::LONGEST, Star::MOST_EVENTS)?;
        Ok(trial.world)
    }
}
