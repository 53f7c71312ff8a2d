//! The six scenarios, as data.

use bitswap_core::{Block, BlockError, Chance};
use bitswap_strategies::catalog::{StrategyChoice, did_you_mean};
use cid::Cid;

use super::city::BadDay;
use super::star::Star;
use super::swarm::Swarm;
use super::{CompareError, Measure, Run};
use crate::content::{Dag, Pool};
use crate::network::Transport;

/// One of them.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What is in it, for people.
    pub setup: &'static str,
    /// By what contestants are compared in it.
    pub headline: Measure,
    /// What no strategy can come below, in the unit of that measure, if that is known.
    pub bound: Option<f64>,
    /// Blocks of 256 KiB of its file. A city draws the sizes of its files itself.
    pub blocks: usize,
    kind: Kind,
}

/// What a scenario is run with.
#[derive(Clone, Copy, Debug)]
pub struct RunConfig<'a> {
    /// The blocks of its file come from here.
    pub content: &'a Content,
    /// Of all random choices.
    pub seed: u64,
    /// The strategies of all nodes that keep to the rules.
    pub choice: &'a StrategyChoice,
    /// By what messages go.
    pub transport: Transport,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    City(BadDay),
    Star(Star),
    Swarm(Swarm),
}

/// A name that no scenario has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scenario `{name}`{}", hint(*.did_you_mean))]
pub struct UnknownScenario {
    /// The name.
    pub name: String,
    /// The nearest one.
    pub did_you_mean: Option<&'static str>,
}

fn hint(did_you_mean: Option<&str>) -> String {
    did_you_mean.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self {
            name: "E10",
            title: "Equal peers, one large file",
            setup: "One node (400 Mbit/s) fetches 256 MiB from 8 nodes that have all of it, \
                    each 25 ms away (one way, ± 10 %) with 100 Mbit/s.",
            headline: Measure::FetchTime,
            bound: Some(5.37),
            blocks: 1_024,
            kind: Kind::Star(Star { seeders: &[(100, 25); 8], fetcher_mbit: 400, stalls: false }),
        },
        Self {
            name: "E12",
            title: "Unequal bandwidth and latency",
            setup: "One node (1 Gbit/s) fetches 256 MiB from 8 nodes that have all of it: 1, 2, 5, \
                    10, 20, 50, 100 and 200 Mbit/s, 200, 120, 70, 40, 25, 15, 8 and 5 ms away; the \
                    slow ones are the far ones.",
            headline: Measure::FetchTime,
            bound: Some(5.53),
            blocks: 1_024,
            kind: Kind::Star(Star {
                seeders: &[
                    (1, 200),
                    (2, 120),
                    (5, 70),
                    (10, 40),
                    (20, 25),
                    (50, 15),
                    (100, 8),
                    (200, 5),
                ],
                fetcher_mbit: 1_000,
                stalls: false,
            }),
        },
        Self {
            name: "E13",
            title: "Tail and stalls",
            setup: "One node (1 Gbit/s) fetches 10,000 blocks from 10 nodes that have all of them, \
                    25 ms away with 100 Mbit/s. Each read of their stores pauses for 710 ms with a \
                    chance of 2 %, and one of them falls silent, without closing its connection, \
                    when half of the blocks have come.",
            headline: Measure::BlockP999,
            bound: None,
            blocks: 10_000,
            kind: Kind::Star(Star { seeders: &[(100, 25); 10], fetcher_mbit: 1_000, stalls: true }),
        },
        Self {
            name: "E14",
            title: "Flash crowd",
            setup: "50 nodes (20 Mbit/s up, 100 down) want the same 32 MiB within one second. One \
                    node has it (100 Mbit/s) and is connected to all; each of the others is \
                    connected to 20 of its kind, 25 ms away. Compared is the last to have it.",
            headline: Measure::SlowestFetch,
            bound: Some(12.2),
            blocks: 128,
            kind: Kind::Swarm(Swarm { fetchers: 50, degree: 20 }),
        },
        Self {
            name: "city",
            title: "A city of 100",
            setup: "100 nodes with 20 connections each, 50 to 150 ms away. 10 of them fetch a file \
                    of 1 to 100 MiB each, which a third of all have. One message in five breaks \
                    its connection, beside which there is another one; a fifth of the nodes leaves \
                    each minute and returns; a tenth is hostile.",
            headline: Measure::FetchTime,
            bound: None,
            blocks: 0,
            kind: Kind::City(BadDay { nodes: 100, disconnects: false }),
        },
        Self {
            name: "F3",
            title: "The city with real disconnects",
            setup: "As the city of 100, but a connection that breaks is the only one of two nodes, \
                    7 times of 8: both are disconnected in the middle of a transfer, and one of \
                    them dials again within 3 s.",
            headline: Measure::FetchTime,
            bound: None,
            blocks: 0,
            kind: Kind::City(BadDay { nodes: 100, disconnects: true }),
        },
    ];

    /// The one of this name, in capital letters or not.
    ///
    /// # Errors
    /// [`UnknownScenario`] with the nearest name.
    pub fn find(name: &str) -> Result<Self, UnknownScenario> {
        let found = Self::ALL.into_iter().find(|it| it.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let known = Self::ALL.map(|it| it.name);
            UnknownScenario { name: name.to_owned(), did_you_mean: did_you_mean(name, &known) }
        })
    }

    /// The same with so many blocks, and without a bound. A city stays as it is.
    #[must_use]
    pub fn with_blocks(self, blocks: usize) -> Self {
        Self { blocks, bound: None, ..self }
    }

    /// Runs it.
    ///
    /// # Errors
    /// A [`CompareError`] if it cannot be run.
    pub fn run(&self, config: &RunConfig<'_>) -> Result<Run, CompareError> {
        let world = match self.kind {
            Kind::City(city) => city.run(config),
            Kind::Star(star) => star.run(self.blocks, config),
            Kind::Swarm(swarm) => swarm.run(self.blocks, config),
        };
        Ok(Run::of(&world?))
    }
}

/// Blocks of 256 KiB for all runs: what is in them changes nothing.
#[derive(Clone, Debug)]
pub struct Content(Vec<(Cid, Block)>);

impl Content {
    const BLOCK_BYTES: usize = 256 * 1_024;
    const POOL_BYTES: usize = 8 << 20;

    /// So many blocks.
    ///
    /// # Errors
    /// [`CompareError::Block`] if they cannot be.
    pub fn new(blocks: usize) -> Result<Self, CompareError> {
        let mut pool = Pool::new(&mut Chance::named(0, "compare"), Self::POOL_BYTES);
        Ok(Self(pool.blocks(blocks, Self::BLOCK_BYTES)?))
    }

    /// A file of the first so many of them, or of all.
    pub(super) fn file(&self, blocks: usize) -> Result<Dag, BlockError> {
        Dag::of_leaves(self.0.get(..blocks).unwrap_or(&self.0))
    }
}
