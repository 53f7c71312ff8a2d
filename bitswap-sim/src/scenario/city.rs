//! `city`: nodes fetch files in a large network with high latencies, connection resets, churn and
//! hostile peers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::{
    Block, BlockError, CallId, CallOptions, Chance, ConfigError, SessionId, Timestamp,
};
use bitswap_strategies::catalog::{CatalogError, StrategyChoice};
use cid::Cid;

use super::{Figure, Promise, Times};
use crate::content::Pool;
use crate::draw::exponential;
use crate::hostile::{Aggressiveness, Kind, Knowledge};
use crate::topology::{Edge, Topology};
use crate::{Access, Crash, Halt, Latency, Link, NodeConfig, NodeId, Transport, World};

/// Parameters of the city. The defaults are those of figure F3 in the project's list of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct City {
    /// Number of nodes.
    pub nodes: usize,
    /// Connections of each node.
    pub degree: usize,
    /// Number of fetches. In each of them one node, which does not leave, fetches one file.
    pub sessions: usize,
    /// The least and the greatest file size in bytes. Sizes are log-uniform between them.
    pub files: (u64, u64),
    /// Block size in bytes.
    pub block: usize,
    /// Number of messages per million that end in a reset of their connection.
    pub resets: u32,
    /// Percentage of the nodes that may leave which do so per minute.
    pub churn: u32,
    /// Percentage of nodes that are hostile, in equal shares of all kinds.
    pub hostile: usize,
    /// The starts of the fetches are spread evenly over this time.
    pub over: Duration,
    /// The strategies of honest nodes.
    pub strategies: StrategyChoice,
    /// What carries messages.
    pub transport: Transport,
}

impl Default for City {
    fn default() -> Self {
        Self {
            nodes: 1_000,
            degree: 20,
            sessions: 100,
            files: (1 << 20, 100 << 20),
            block: 256 * 1024,
            resets: 200_000,
            churn: 20,
            hostile: 10,
            over: Duration::from_secs(10),
            strategies: StrategyChoice::default(),
            transport: Transport::Ideal,
        }
    }
}

impl City {
    /// A bound on the simulated time that is longer than any run.
    const LONGEST: Duration = Duration::from_secs(3_600);

    /// This city on a good day, with the same network and files: without resets, churn and hostile
    /// peers.
    #[must_use]
    pub fn calm(self) -> Self {
        Self { resets: 0, churn: 0, hostile: 0, ..self }
    }

    /// This city with another number of nodes, and the same number of fetches per node.
    #[must_use]
    pub fn with_nodes(self, nodes: usize) -> Self {
        let sessions = (self.sessions * nodes).div_ceil(self.nodes);
        Self { nodes, sessions, ..self }
    }

    /// Builds the city, runs it until all fetches ended, and returns the outcome.
    ///
    /// If `is_strict`, the invariants are checked after each event.
    ///
    /// # Errors
    /// A [`CityError`] if it cannot be built, or an engine broke an invariant.
    pub fn run(&self, seed: u64, is_strict: bool) -> Result<CityOutcome, CityError> {
        let mut city_world = self.build(seed, is_strict)?;
        city_world.run(Self::LONGEST, u64::MAX)?;
        Ok(city_world.outcome())
    }

    fn node(&self) -> Result<NodeConfig, CatalogError> {
        Ok(NodeConfig::with_strategies(self.strategies.build()?))
    }

    /// Builds the world of this city.
    ///
    /// # Errors
    /// A [`CityError`] if the blocks are too large, or an engine cannot work.
    pub fn build(&self, seed: u64, is_strict: bool) -> Result<CityWorld, CityError> {
        Builder::new(self, seed)?.build(is_strict)
    }
}

/// Why a city cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CityError {
    /// The blocks are too large.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The engine configuration is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The strategies cannot be built.
    #[error(transparent)]
    Strategies(#[from] CatalogError),
    /// An engine broke an invariant.
    #[error(transparent)]
    Halt(#[from] Halt),
}

/// Upper bounds of fetch times on a bad day, in percent of the times on a good day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// The bound of the median.
    pub median: u64,
    /// The bound of the 99th percentile.
    pub p99: u64,
}

impl Ceilings {
    /// The bounds in the project's list of figures (F3).
    pub const F3: Self = Self { median: 150, p99: 300 };
}

/// The outcome of a run of a city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityOutcome {
    /// The times of the fetches.
    pub times: Times,
    /// Number of inputs that engines were given.
    pub events: u64,
}

impl CityOutcome {
    /// The promises of F3 in the list of figures, where `calm` is the outcome of the same city on a
    /// good day. A ceiling above the one in the list is reported as a deviation.
    pub fn promises(&self, calm: &Self, ceilings: Ceilings) -> Vec<Promise> {
        let mut promises = Vec::new();
        for (which, outcome) in [("on a good day", calm), ("on a bad day", self)] {
            let unfinished = Figure::Count(outcome.times.unfinished as u64);
            let what = format!("fetches without an end, {which}");
            promises.push(Promise::new(what, Figure::Count(0), unfinished));
            promises.push(Promise::nothing_of(
                format!("events, {which}"),
                Figure::Count(outcome.events),
            ));
        }
        let named = [
            ("median", 50, ceilings.median, Ceilings::F3.median),
            ("p99", 99, ceilings.p99, Ceilings::F3.p99),
        ];
        for (name, percent, limit, listed) in named {
            let (good, bad) = (calm.times.percentile(percent), self.times.percentile(percent));
            let came = Figure::ratio(bad, good);
            let listed = Figure::Percent(listed);
            let deviation =
                if came > listed { format!(", F3 wants {listed}") } else { String::new() };
            let (good, bad) = (Figure::from(good), Figure::from(bad));
            let what = format!("{name}: {bad} to {good}{deviation}");
            promises.push(Promise::new(what, Figure::Percent(limit), came));
        }
        promises
    }
}

/// The world of a city, while it runs.
#[derive(Debug)]
pub struct CityWorld {
    /// The simulated world.
    pub world: World,
    /// The calls of all fetches that began.
    pub fetches: Vec<CallId>,
    city: City,
    chance: Chance,
    links: BTreeMap<Edge, Link>,
    neighbours: Vec<Vec<usize>>,
    plans: BTreeMap<(Timestamp, u64), Plan>,
    planned: u64,
}

/// An event that is planned independently of what the nodes do.
#[derive(Debug)]
enum Plan {
    Begin { node: usize, cids: Vec<Cid> },
    Leave { node: usize },
    Return { node: usize },
}

impl CityWorld {
    /// Runs the city until all fetches ended, until `until` has passed since the beginning, or
    /// until `events` inputs were handled. Returns whether all fetches ended.
    ///
    /// # Errors
    /// [`Halt::Violation`] if an engine broke an invariant, [`Halt::Busy`] after that many events.
    pub fn run(&mut self, until: Duration, events: u64) -> Result<bool, Halt> {
        let end = Timestamp::ZERO.after(until);
        while !self.is_over() {
            let next = self.plans.first_key_value().map(|((at, _), _)| *at);
            let at = next.unwrap_or(Timestamp::NEVER).min(self.world.now().after(STRIDE));
            if at > end || self.world.events() > events {
                return Ok(false);
            }
            self.world.run_until(at)?;
            if next == Some(at)
                && let Some((_, plan)) = self.plans.pop_first()
            {
                self.carry_out(plan);
            }
        }
        Ok(true)
    }

    /// The outcome so far.
    pub fn outcome(&self) -> CityOutcome {
        let fetches = self.fetches.iter().filter_map(|call| self.world.fetched(*call));
        CityOutcome { times: Times::of(fetches), events: self.world.events() }
    }

    fn is_over(&self) -> bool {
        let ended =
            |call: &CallId| self.world.fetched(*call).is_some_and(|fetch| fetch.ended_at.is_some());
        self.fetches.len() == self.city.sessions && self.fetches.iter().all(ended)
    }

    fn plan(&mut self, at: Timestamp, plan: Plan) {
        self.planned += 1;
        self.plans.insert((at, self.planned), plan);
    }

    fn carry_out(&mut self, plan: Plan) {
        match plan {
            Plan::Begin { node, cids } => {
                let options = CallOptions { credit: 32, ..CallOptions::default() };
                let session = SessionId(self.fetches.len() as u64 + 1);
                let call = self.world.fetch(NodeId::at(node), session, cids, options);
                self.fetches.push(call);
            }
            Plan::Leave { node } => {
                let is_sudden = self.chance.one_in(1, 2);
                let noticed_after = Duration::from_secs(if is_sudden { 20 } else { 0 });
                let crash = Crash { keeps_store: true, noticed_after };
                self.world.crash(NodeId::at(node), crash);
                let back = exponential(&mut self.chance, AWAY);
                self.plan(self.world.now().after(back), Plan::Return { node });
            }
            Plan::Return { node } => {
                let restarts = |NodeConfig { engine, strategies, .. }| {
                    self.world.restart(NodeId::at(node), engine, strategies).is_ok()
                };
                let started = self.city.node().is_ok_and(restarts);
                debug_assert!(started, "it worked before");
                for other in self.neighbours[node].clone() {
                    let link = self.links[&(node.min(other), node.max(other))];
                    self.world.connect(NodeId::at(node), NodeId::at(other), link);
                }
                self.plan_leave(node);
            }
        }
    }

    fn plan_leave(&mut self, node: usize) {
        if self.city.churn > 0 {
            let stays = Duration::from_secs(60) * 100 / self.city.churn;
            let stays = exponential(&mut self.chance, stays);
            self.plan(self.world.now().after(stays), Plan::Leave { node });
        }
    }
}

/// The interval at which the end of all fetches is checked.
const STRIDE: Duration = Duration::from_millis(200);
/// The mean time that a node which left stays away.
const AWAY: Duration = Duration::from_secs(15);
/// The largest frame of a hostile node. There are many such nodes, and they share the uplinks of
/// homes.
const FRAME_BYTES: usize = 4 * 1024;
/// One in this many nodes has a given file; in a city of more than [`LARGE`] nodes, one in this
/// many of the nodes around its fetcher. Of 20 neighbours 18 are honest, so that about six have the
/// file. With one in ten it would be two, and their uplinks would dominate the measurement. The
/// list of figures does not specify this number.
const HOLDERS: u64 = 3;
const LARGE: usize = 1_000;

struct Builder<'a> {
    city: &'a City,
    seed: u64,
    chance: Chance,
    edges: Vec<Edge>,
    neighbours: Vec<Vec<usize>>,
    is_hostile: Vec<bool>,
    /// The file of each fetch.
    files: Vec<Vec<(Cid, Block)>>,
}

impl<'a> Builder<'a> {
    fn new(city: &'a City, seed: u64) -> Result<Self, BlockError> {
        let chance = Chance::named(seed, "city");
        let edges = Topology::RandomRegular { degree: city.degree }.edges(city.nodes, seed);
        let mut neighbours = vec![Vec::new(); city.nodes];
        for (one, other) in &edges {
            neighbours[*one].push(*other);
            neighbours[*other].push(*one);
        }
        let is_hostile = hostile_places(city, &mut Chance::named(seed, "city hostile"));
        let mut sizes = Chance::named(seed, "city files");
        let mut pool = Pool::new(&mut Chance::named(seed, "city blocks"), 8 << 20);
        let files = (0..city.sessions).map(|_| {
            let bytes = size_between(city.files, &mut sizes);
            let count = bytes.div_ceil(city.block as u64) as usize;
            pool.blocks(count, city.block)
        });
        let files = files.collect::<Result<_, _>>()?;
        Ok(Self { city, seed, chance, edges, neighbours, is_hostile, files })
    }

    fn build(self, is_strict: bool) -> Result<CityWorld, CityError> {
        let mut world = World::new(self.seed);
        world.strict(is_strict);
        world.carry_by(self.city.transport);
        self.add_nodes(&mut world)?;
        let stays = self.place_files(&mut world);
        let links = self.connect(&mut world);
        let mut city_world = CityWorld {
            world,
            fetches: Vec::new(),
            city: self.city.clone(),
            chance: self.chance,
            links,
            neighbours: self.neighbours,
            plans: BTreeMap::new(),
            planned: 0,
        };
        for (node, file) in self.files.iter().enumerate() {
            let at = self.city.over * node as u32 / self.city.sessions as u32;
            let cids = file.iter().map(|(cid, _)| *cid).collect();
            city_world.plan(Timestamp::ZERO.after(at), Plan::Begin { node, cids });
        }
        for (node, stays) in stays.iter().enumerate().skip(self.city.sessions) {
            if !self.is_hostile[node] && !stays {
                city_world.plan_leave(node);
            }
        }
        Ok(city_world)
    }

    fn add_nodes(&self, world: &mut World) -> Result<(), CityError> {
        let known = self.files.iter().flatten().map(|(cid, _)| *cid).collect();
        let held = self.files.iter().flatten().step_by(10).map(|(_, block)| block.clone());
        let knowledge = Arc::new(Knowledge::new(known, held));
        let mut kinds = Kind::ALL.iter().cycle();
        for node in 0..self.city.nodes {
            if !self.is_hostile[node] {
                world.add_node(self.city.node()?)?;
            } else if let Some(kind) = kinds.next() {
                let usual = kind.most_aggressive(self.seed ^ node as u64);
                let level = Aggressiveness { bytes: usual.bytes.min(FRAME_BYTES), ..usual };
                world.add_hostile(kind.make(level, Arc::clone(&knowledge)), Access::default());
            }
        }
        Ok(())
    }

    /// Puts each file into the stores of some nodes. One neighbour of each fetcher is among them,
    /// and does not leave. Returns which nodes do not leave.
    fn place_files(&self, world: &mut World) -> Vec<bool> {
        let mut chance = Chance::named(self.seed, "city holders");
        let mut stays = vec![false; self.city.nodes];
        for (fetcher, file) in self.files.iter().enumerate() {
            let others = self.city.sessions..self.city.nodes;
            let honest = |node: &usize| others.contains(node) && !self.is_hostile[*node];
            let near: Vec<_> = self.neighbours[fetcher].iter().copied().filter(honest).collect();
            let host = near.get(chance.below(near.len() as u64) as usize).copied();
            let host = host.unwrap_or_else(|| others.clone().find(honest).unwrap_or(0));
            stays[host] = true;
            let around = self.around(fetcher);
            for node in others.clone() {
                let is_near = around.as_ref().is_none_or(|around| around.contains(&node));
                let holds = chance.one_in(1, HOLDERS) && is_near;
                if honest(&node) && (holds || node == host) {
                    world.store(NodeId::at(node), file);
                }
            }
        }
        stays
    }

    /// In a large city, the neighbours of a fetcher and their neighbours. Other nodes receive
    /// nothing of the fetcher, and files in their stores would only take memory.
    fn around(&self, fetcher: usize) -> Option<BTreeSet<usize>> {
        let is_large = self.city.nodes > LARGE;
        let near = || self.neighbours[fetcher].iter();
        let theirs = || near().flat_map(|node| self.neighbours[*node].iter());
        is_large.then(|| near().chain(theirs()).copied().collect())
    }

    fn connect(&self, world: &mut World) -> BTreeMap<Edge, Link> {
        let mut chance = Chance::named(self.seed, "city links");
        let mut links = BTreeMap::new();
        for edge in &self.edges {
            let middle = Duration::from_micros(50_000 + chance.below(100_001));
            let mut link = Link::with_latency(Latency::around(middle, 10));
            link.resets = self.city.resets;
            world.connect(NodeId::at(edge.0), NodeId::at(edge.1), link);
            links.insert(*edge, link);
        }
        links
    }
}

/// Draws which nodes are hostile. The first nodes, which fetch, are not.
fn hostile_places(city: &City, chance: &mut Chance) -> Vec<bool> {
    let mut is_hostile = vec![false; city.nodes];
    let rest = city.nodes.saturating_sub(city.sessions);
    let mut left = (city.nodes * city.hostile / 100).min(rest);
    while left > 0 {
        let place = city.sessions + chance.below(rest as u64) as usize;
        if !std::mem::replace(&mut is_hostile[place], true) {
            left -= 1;
        }
    }
    is_hostile
}

/// Draws a log-uniform size: every doubling is equally likely.
fn size_between((least, most): (u64, u64), chance: &mut Chance) -> u64 {
    let doublings = u64::from((most / least.max(1)).max(1).ilog2()) + 1;
    let floor = least << chance.below(doublings);
    (floor + chance.below(floor)).min(most)
}
