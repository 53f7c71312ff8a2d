//! The scene that most cases share: somebody who fetches, those who have it, and nobody else.

use std::time::Duration;

use bitswap_core::strategy::StrategySet;
use bitswap_core::{Block, CallId, CallOptions, EngineConfig, Limits, SessionId};
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;

use super::Trouble;
use crate::network::{Access, Link, Rate};
use crate::report::FetchReport;
use crate::world::{NodeConfig, NodeId, World};

/// More than any case needs, by far.
pub(super) const EVENTS: u64 = 50_000_000;

const SEED: u64 = 1;
const SESSION: SessionId = SessionId(1);

/// An engine that remembers as many wants as all peers expect, so that no message says so.
pub(super) fn engine() -> EngineConfig {
    let mut config = EngineConfig::seeded(0);
    config.limits.requests_per_peer = Limits::WANTS_REMEMBERED;
    config
}

/// What a scene is made with.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) choices: &'static [&'static str],
    pub(super) latency: Duration,
    /// Bits per second of the fetcher's link, both ways.
    pub(super) fetcher: u64,
    /// Bits per second of each holder's link, both ways.
    pub(super) holder: u64,
    pub(super) holders: usize,
    pub(super) engine: EngineConfig,
}

/// A world in which one node fetches.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) fetcher: NodeId,
    pub(super) holders: Vec<NodeId>,
}

impl Scene {
    /// One holder, at the same rate, and the default strategies.
    pub(super) fn pair(latency: Duration, rate: u64) -> Self {
        Self { choices: &[], latency, fetcher: rate, holder: rate, holders: 1, engine: engine() }
    }

    /// With a registry that names nobody, so that an only peer is first asked whether it has a
    /// block.
    pub(super) fn forgetful(&self) -> Self {
        Self { choices: &["registry=forgetful"], ..self.clone() }
    }

    /// The scene, in which nothing has happened but that all are connected.
    pub(super) fn open(&self) -> Result<Stage, Trouble> {
        let mut world = World::new(SEED);
        let fetcher = world.add_node(self.node(self.fetcher)?)?;
        let mut holders = Vec::with_capacity(self.holders);
        for _ in 0..self.holders {
            let holder = world.add_node(self.node(self.holder)?)?;
            world.connect(fetcher, holder, Link::with_latency(self.latency));
            holders.push(holder);
        }
        world.run_until_idle(EVENTS)?;
        Ok(Stage { world, fetcher, holders })
    }

    /// Opens the scene and lets the fetcher fetch one block that all holders have. All of them are
    /// members of its session then, so that they are asked for the next block at once.
    pub(super) fn open_acquainted(&self) -> Result<Stage, Trouble> {
        let mut stage = self.open()?;
        let introduction = stage.supply(1, 2_048)?;
        stage.fetch(&introduction, 1)?;
        Ok(stage)
    }

    pub(super) fn node(&self, rate: u64) -> Result<NodeConfig, Trouble> {
        let access = Access::both_ways(Rate::bits_per_second(rate));
        let engine = self.engine.clone();
        Ok(NodeConfig { engine, access, ..NodeConfig::with_strategies(strategies(self.choices)?) })
    }
}

impl Stage {
    /// New blocks, which all holders have.
    pub(super) fn supply(
        &mut self,
        count: usize,
        bytes: usize,
    ) -> Result<Vec<(Cid, Block)>, Trouble> {
        let blocks = self.world.make_blocks(count, bytes)?;
        for holder in &self.holders {
            self.world.store(*holder, &blocks);
        }
        self.world.run_until_idle(EVENTS)?;
        Ok(blocks)
    }

    /// Asks for all of `blocks`, `window` at a time.
    pub(super) fn call(&mut self, blocks: &[(Cid, Block)], window: usize) -> CallId {
        let credit = u32::try_from(window).unwrap_or(u32::MAX);
        let block_bytes = blocks.iter().map(|(_, block)| block.len() as u32).max();
        let options = CallOptions { credit, block_bytes, ..CallOptions::default() };
        self.world.fetch(self.fetcher, SESSION, cids_of(blocks), options)
    }

    /// Fetches all of `blocks`, `window` at a time, and waits until all is quiet.
    pub(super) fn fetch(
        &mut self,
        blocks: &[(Cid, Block)],
        window: usize,
    ) -> Result<FetchReport, Trouble> {
        let call = self.call(blocks, window);
        self.world.run_until_idle(EVENTS)?;
        self.world.fetched(call).cloned().ok_or(Trouble::Unfinished("a fetch"))
    }

    /// How long it takes to fetch all of `blocks`.
    pub(super) fn time(
        &mut self,
        blocks: &[(Cid, Block)],
        window: usize,
    ) -> Result<Duration, Trouble> {
        self.fetch(blocks, window)?.time().ok_or(Trouble::Unfinished("a fetch"))
    }

    /// Blocks that came to the fetcher once too often.
    pub(super) fn duplicates(&self) -> u64 {
        self.world.engine(self.fetcher).stats().client.duplicate.blocks
    }
}

/// The strategies of the catalog that these words choose.
pub(super) fn strategies(choices: &[&str]) -> Result<StrategySet, Trouble> {
    let mut choice = StrategyChoice::default();
    for text in choices {
        choice = choice.with_text(text)?;
    }
    Ok(choice.build()?)
}

pub(super) fn cids_of(blocks: &[(Cid, Block)]) -> Vec<Cid> {
    blocks.iter().map(|(cid, _)| *cid).collect()
}
