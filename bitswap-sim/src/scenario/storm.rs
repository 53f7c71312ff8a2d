//! `storm`: all peers of a busy node disconnect and reconnect within a second.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::{CallOptions, Chance, SessionId, Timestamp};

use super::city::CityError;
use super::{Figure, Promise, defaults};
use crate::content::Pool;
use crate::{Access, Halt, Latency, Link, NodeConfig, NodeId, Rate, World};

/// Parameters of the storm. The defaults are those of figure F7 in the project's list of figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storm {
    /// Number of peers of the node.
    pub peers: usize,
    /// Number of sessions of the node, with one fetch each.
    pub sessions: usize,
    /// Number of blocks that each session requests at once.
    pub open: u32,
    /// Number of blocks in each fetch, enough for it to outlast the storm.
    pub blocks: usize,
    /// Block size in bytes.
    pub block: usize,
    /// Number of further blocks that the node wants and nobody has. Any peer that connects may be
    /// asked for them.
    pub missing: usize,
    /// Number of peers that have the blocks of a session.
    pub holders: usize,
    /// The access links of the peers. The node's own link is not a bottleneck.
    pub access: Access,
    /// All peers disconnect and reconnect within this time.
    pub lasts: Duration,
}

impl Default for Storm {
    fn default() -> Self {
        let lasts = Duration::from_secs(1);
        let block = 32 * 1024;
        let access = Access { up: Rate::mbit_per_second(10), down: Rate::mbit_per_second(100) };
        Self {
            peers: 1_000,
            sessions: 10,
            open: 50,
            blocks: 12_000,
            block,
            missing: 1_000,
            holders: 20,
            access,
            lasts,
        }
    }
}

/// The world of a storm, built and not yet run.
#[derive(Debug)]
pub struct StormWorld {
    /// The simulated world. The node is its first node.
    pub world: World,
    node: NodeId,
    links: BTreeMap<NodeId, Link>,
    /// The disconnects (`false`) and reconnects (`true`), by time and peer.
    drops_and_returns: BTreeMap<(Timestamp, NodeId), bool>,
    /// Peers that reconnected, and the number of wants that each had been sent before.
    returned: BTreeMap<NodeId, u64>,
    lasts: Duration,
}

/// The outcome of a storm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StormOutcome {
    /// Mean number of blocks received per second before the storm.
    pub rate: u64,
    /// Time from the last reconnect until blocks arrive at the former rate and continue to do so;
    /// `None` if they never did.
    pub steady_after: Option<Duration>,
    /// The largest number of wants that a single peer was sent from its reconnect to ten seconds
    /// after the last reconnect: among peers without blocks, and among peers with some.
    pub wants: [u64; 2],
    /// The longest queueing delay at the node's uplink before the storm, during it, and from two
    /// seconds after it on.
    pub backlog: [Duration; 3],
}

impl Storm {
    /// Builds the world of this storm.
    ///
    /// # Errors
    /// A [`CityError`] if the blocks are too large, or an engine cannot work.
    pub fn build(&self, seed: u64, is_strict: bool) -> Result<StormWorld, CityError> {
        let mut chance = Chance::named(seed, "storm");
        let mut world = World::new(seed);
        world.strict(is_strict);
        let access = Access::both_ways(Rate::mbit_per_second(1_000));
        let node = world.add_node(NodeConfig { access, ..defaults() })?;
        let slow = || NodeConfig { access: self.access, ..defaults() };
        let peers = (0..self.peers).map(|_| world.add_node(slow()));
        let peers = peers.collect::<Result<Vec<_>, _>>()?;
        let mut links = BTreeMap::new();
        let mut drops_and_returns = BTreeMap::new();
        for peer in &peers {
            let middle = Duration::from_micros(10_000 + chance.below(90_001));
            let link = Link::with_latency(Latency::around(middle, 10));
            world.connect(node, *peer, link);
            links.insert(*peer, link);
            let mut draw = |span: Duration| {
                Duration::from_nanos(chance.below((span.as_nanos() as u64).max(1)))
            };
            let drops = draw(self.lasts / 2);
            let returns = drops + draw(self.lasts.saturating_sub(drops));
            drops_and_returns.insert((StormWorld::AT.after(drops), *peer), false);
            drops_and_returns.insert((StormWorld::AT.after(returns), *peer), true);
        }
        let mut pool = Pool::new(&mut chance, 8 << 20);
        for session in 1..=self.sessions {
            let file = pool.blocks(self.blocks, self.block)?;
            for _ in 0..self.holders {
                let holder = peers[chance.below(peers.len() as u64) as usize];
                world.store(holder, &file);
            }
            let cids = file.iter().map(|(cid, _)| *cid).collect();
            let options = CallOptions { credit: self.open, ..CallOptions::default() };
            world.fetch(node, SessionId(session as u64), cids, options);
        }
        let nowhere = pool.blocks(self.missing, self.block)?;
        let cids = nowhere.iter().map(|(cid, _)| *cid).collect();
        let options = CallOptions { credit: self.missing as u32, ..CallOptions::default() };
        world.fetch(node, SessionId(self.sessions as u64 + 1), cids, options);
        let returned = BTreeMap::new();
        Ok(StormWorld { world, node, links, drops_and_returns, returned, lasts: self.lasts })
    }
}

impl StormWorld {
    /// The time from which the rate of blocks is measured.
    const SEEN_AT: Timestamp = Timestamp::from_nanos(4_000_000_000);
    /// The duration of that measurement, which ends when the storm begins.
    const BEFORE: Duration = Duration::from_secs(2);
    /// The time at which the storm begins.
    const AT: Timestamp = Timestamp::from_nanos(6_000_000_000);
    /// The duration of the observation after the storm.
    const AFTER: Duration = Duration::from_secs(10);
    const STRIDE: Duration = Duration::from_millis(50);
    /// A rate that is lower by this percentage still counts as the former rate.
    const LESS_PERCENT: u64 = 10;

    /// Runs the storm and returns its outcome.
    ///
    /// # Errors
    /// [`Halt::Violation`] if an engine broke an invariant.
    pub fn run(&mut self) -> Result<StormOutcome, Halt> {
        let over_at = Self::AT.after(self.lasts);
        self.world.run_until(Self::SEEN_AT)?;
        let had = self.came();
        let mut log = Log::default();
        self.watch(Self::AT, &mut log)?;
        let before = std::mem::take(&mut log.backlog);
        let rate = (self.came() - had) / Self::BEFORE.as_secs();
        self.world.count_wants(true);
        self.watch(over_at.after(Duration::from_secs(2)), &mut log)?;
        let during = std::mem::take(&mut log.backlog);
        self.watch(over_at.after(Self::AFTER), &mut log)?;
        let enough = rate * (100 - Self::LESS_PERCENT) / 100;
        Ok(StormOutcome {
            rate,
            steady_after: log.steady_from(over_at, enough).map(|at| at.since(over_at)),
            wants: self.most_wants(),
            backlog: [before, during, log.backlog],
        })
    }

    fn watch(&mut self, until: Timestamp, log: &mut Log) -> Result<(), Halt> {
        while self.world.now() < until {
            let next = self.world.now().after(Self::STRIDE).min(until);
            while let Some(next_one) = self.drops_and_returns.first_entry()
                && next_one.key().0 <= next
            {
                let ((at, peer), returns) = next_one.remove_entry();
                self.world.run_until(at)?;
                self.drop_or_return(peer, returns);
            }
            self.world.run_until(next)?;
            log.came.insert(next, self.came());
            log.backlog = log.backlog.max(self.world.backlog(self.node));
        }
        Ok(())
    }

    fn drop_or_return(&mut self, peer: NodeId, returns: bool) {
        if !returns {
            self.world.disconnect(self.node, peer);
        } else if let Some(link) = self.links.get(&peer) {
            self.world.connect(self.node, peer, *link);
            self.returned.insert(peer, self.world.wants_sent(self.node, peer));
        }
    }

    fn came(&self) -> u64 {
        self.world.engine(self.node).stats().client.wanted.blocks
    }

    /// The largest number of wants sent to one peer since it reconnected: among peers without
    /// blocks, and among the others.
    fn most_wants(&self) -> [u64; 2] {
        let mut most = [0, 0];
        for (peer, before) in &self.returned {
            let sent = self.world.wants_sent(self.node, *peer) - before;
            let most = &mut most[usize::from(self.world.stored(*peer) > 0)];
            *most = sent.max(*most);
        }
        most
    }
}

/// Observations of the node.
#[derive(Debug, Default)]
struct Log {
    /// Number of blocks received, by time.
    came: BTreeMap<Timestamp, u64>,
    backlog: Duration,
}

impl Log {
    fn came_at(&self, at: Timestamp) -> u64 {
        self.came
            .range(..=at)
            .next_back()
            .or_else(|| self.came.first_key_value())
            .map_or(0, |it| *it.1)
    }

    /// The first moment from `from` on after which no second passes in which fewer than `enough`
    /// blocks come.
    fn steady_from(&self, from: Timestamp, enough: u64) -> Option<Timestamp> {
        let second = Duration::from_secs(1);
        let last = *self.came.last_key_value()?.0;
        let moments: Vec<Timestamp> =
            self.came.range(from..).map(|it| *it.0).filter(|at| at.after(second) <= last).collect();
        let is_slow = |at: &Timestamp| self.came_at(at.after(second)) - self.came_at(*at) < enough;
        match moments.iter().rposition(is_slow) {
            None => Some(from),
            Some(place) => moments.get(place + 1).copied(),
        }
    }
}

impl StormOutcome {
    /// The promises of F7 in the list of figures.
    pub fn promises(&self) -> Vec<Promise> {
        let seconds = |seconds| Figure::Time(Duration::from_secs(seconds));
        let [idle_peer, holder] = self.wants;
        let [before, meanwhile, after] = self.backlog;
        let idle = Duration::from_millis(10);
        vec![
            Promise::new("until blocks come as before", seconds(2), self.steady_after.into()),
            // F7 bounds only this: a peer that has blocks is asked for each of them, which is the
            // work to be done.
            Promise::new(
                "wants sent to a peer without blocks",
                Figure::Count(64),
                Figure::Count(idle_peer),
            ),
            Promise::nothing_of("wants sent to a peer that has blocks", Figure::Count(holder)),
            Promise::nothing_of("blocks in a second before", Figure::Count(self.rate)),
            Promise::new(
                "wait for the uplink afterwards",
                Figure::Time(before.max(idle)),
                Figure::Time(after),
            ),
            Promise::nothing_of("wait for the uplink meanwhile", Figure::Time(meanwhile)),
        ]
    }
}
