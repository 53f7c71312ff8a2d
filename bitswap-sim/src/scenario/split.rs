//! `split`: a network is partitioned into halves and healed, while nodes want blocks that only
//! neighbours in the other half have.

use std::time::Duration;

use bitswap_core::{CallId, CallOptions, Chance, SessionId, Timestamp};
use cid::Cid;

use super::city::CityError;
use super::{Figure, Promise, defaults};
use crate::content::Pool;
use crate::topology::{Edge, Topology};
use crate::{Halt, Latency, Link, NodeId, World};

/// Parameters of the partition. The defaults are those of figure F6 in the project's list of
/// figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Number of nodes. Half of them are on each side.
    pub nodes: usize,
    /// Connections of each node.
    pub degree: usize,
    /// Duration of the partition.
    pub cut: Duration,
    /// Number of fetches that begin shortly before the partition; as many begin during it, and as
    /// many after it.
    pub fetches: usize,
    /// Number of blocks in each fetch.
    pub blocks: usize,
    /// Block size in bytes.
    pub block: usize,
}

impl Default for Split {
    fn default() -> Self {
        let cut = Duration::from_secs(60);
        Self { nodes: 100, degree: 8, cut, fetches: 20, blocks: 32, block: 64 * 1024 }
    }
}

/// The world of a split, before the partition.
#[derive(Debug)]
pub struct SplitWorld {
    /// The simulated world.
    pub world: World,
    /// The calls of all fetches, in the order in which they began.
    pub fetches: Vec<CallId>,
    cut: Duration,
    /// The connections between the halves.
    across: Vec<(Edge, Link)>,
    /// The fetches that have not begun.
    planned: Vec<PlannedFetch>,
}

#[derive(Clone, Debug)]
struct PlannedFetch {
    at: Timestamp,
    node: NodeId,
    cids: Vec<Cid>,
}

/// The outcome of a split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitOutcome {
    /// For each fetch that was open when the network was healed, or began later: the time from
    /// there to its next block; `None` if there was none.
    pub progress: Vec<Option<Duration>>,
    /// For each of these fetches, the time to its end; `None` if it did not end.
    pub ends: Vec<Option<Duration>>,
    /// The largest number of times that a node repeated a want to a peer in the other half.
    pub repeats_across: u32,
    /// The largest number of times that a node repeated a want to a peer in its own half.
    pub repeats_nearby: u32,
}

impl Split {
    /// The start of the partition.
    const AT: Duration = Duration::from_secs(5);
    /// The first fetches begin within this time before the partition, and the last ones within this
    /// time after it was healed.
    const AROUND: Duration = Duration::from_millis(500);

    /// Builds the world of this split.
    ///
    /// # Errors
    /// A [`CityError`] if the blocks are too large, or an engine cannot work.
    pub fn build(&self, seed: u64, is_strict: bool) -> Result<SplitWorld, CityError> {
        let mut chance = Chance::named(seed, "split");
        let mut world = World::new(seed);
        world.strict(is_strict);
        world.count_wants(true);
        for _ in 0..self.nodes {
            world.add_node(defaults())?;
        }
        let mut across = Vec::new();
        for edge in (Topology::RandomRegular { degree: self.degree }).edges(self.nodes, seed) {
            let middle = Duration::from_micros(25_000 + chance.below(50_001));
            let link = Link::with_latency(Latency::around(middle, 10));
            world.connect(NodeId::at(edge.0), NodeId::at(edge.1), link);
            if edge.0 < self.nodes / 2 && edge.1 >= self.nodes / 2 {
                across.push((edge, link));
            }
        }
        let mut split_world =
            SplitWorld { world, fetches: Vec::new(), cut: self.cut, across, planned: Vec::new() };
        let mut pool = Pool::new(&mut chance, 4 << 20);
        for number in 0..self.fetches * 3 {
            let at = self.begins(number, &mut chance);
            let (edge, _) =
                split_world.across[chance.below(split_world.across.len() as u64) as usize];
            let (node, holder) = if chance.one_in(1, 2) { edge } else { (edge.1, edge.0) };
            let file = pool.blocks(self.blocks, self.block)?;
            split_world.world.store(NodeId::at(holder), &file);
            let cids = file.iter().map(|(cid, _)| *cid).collect();
            split_world.planned.push(PlannedFetch { at, node: NodeId::at(node), cids });
        }
        split_world.planned.sort_by_key(|fetch| fetch.at);
        Ok(split_world)
    }

    /// The start of a fetch: a third of them begin before the partition, a third during it, and a
    /// third after it.
    fn begins(&self, number: usize, chance: &mut Chance) -> Timestamp {
        let (from, span) = match number % 3 {
            0 => (Self::AT.saturating_sub(Self::AROUND), Self::AROUND),
            1 => (Self::AT, self.cut),
            _ => (Self::AT + self.cut, Self::AROUND),
        };
        let after = Duration::from_nanos(chance.below(span.as_nanos().max(1) as u64));
        Timestamp::ZERO.after(from + after)
    }
}

impl SplitWorld {
    /// Connections that carry nothing for this long are closed, as pings would do.
    const SILENCE: Duration = Duration::from_secs(30);
    /// The resolution with which the arrival of a block is measured.
    const STRIDE: Duration = Duration::from_millis(10);
    /// Fetches that are still open after this time count as never ended.
    const FETCH_TIMEOUT: Duration = Duration::from_secs(120);

    /// Partitions the network, heals it, and returns the outcome.
    ///
    /// # Errors
    /// [`Halt::Violation`] if an engine broke an invariant.
    pub fn run(&mut self) -> Result<SplitOutcome, Halt> {
        let cut_at = Timestamp::ZERO.after(Split::AT);
        let healed_at = cut_at.after(self.cut);
        self.pass_until(cut_at)?;
        for ((one, other), _) in &self.across {
            self.world.cut(NodeId::at(*one), NodeId::at(*other));
        }
        if self.cut > Self::SILENCE {
            self.pass_until(cut_at.after(Self::SILENCE))?;
            for ((one, other), _) in &self.across {
                self.world.disconnect(NodeId::at(*one), NodeId::at(*other));
            }
        }
        self.pass_until(healed_at)?;
        for ((one, other), link) in &self.across {
            self.world.mend(NodeId::at(*one), NodeId::at(*other));
            self.world.connect(NodeId::at(*one), NodeId::at(*other), *link);
        }
        self.watch(healed_at)
    }

    fn watch(&mut self, healed_at: Timestamp) -> Result<SplitOutcome, Halt> {
        let had: Vec<u64> = self.fetches.iter().map(|call| self.blocks_of(*call)).collect();
        let mut open: Vec<(CallId, u64)> = self.fetches.iter().copied().zip(had).collect();
        open.retain(|(call, _)| self.ended_at(*call).is_none());
        let mut next_at: Vec<Option<Timestamp>> = vec![None; open.len()];
        let until = healed_at.after(Split::AROUND + Self::FETCH_TIMEOUT);
        while self.world.now() < until && !(self.planned.is_empty() && self.is_over()) {
            self.pass_until(self.world.now().after(Self::STRIDE))?;
            for ((call, had), at) in open.iter().zip(&mut next_at) {
                if at.is_none() && self.blocks_of(*call) > *had {
                    *at = Some(self.world.now());
                }
            }
        }
        let late = self.fetches.iter().filter_map(|call| self.world.fetched(*call));
        let late: Vec<_> = late.filter(|fetch| fetch.started_at >= healed_at).collect();
        let since = |at: Option<Timestamp>| at.map(|at| at.since(healed_at));
        let progress = next_at.iter().map(|at| since(*at));
        let ends = open.iter().map(|(call, _)| since(self.ended_at(*call)));
        let late_ends = late.iter().map(|fetch| fetch.time().filter(|_| fetch.failed == 0));
        let mut outcome = SplitOutcome {
            progress: progress.chain(late.iter().map(|it| it.time_to_first_block())).collect(),
            ends: ends.chain(late_ends).collect(),
            ..SplitOutcome::default()
        };
        let half = self.world.all_nodes().count() / 2;
        for ((from, to), sent) in self.world.sent_wants() {
            let is_across = (from.place() < half) != (to.place() < half);
            let SplitOutcome { repeats_across, repeats_nearby, .. } = &mut outcome;
            let most = if is_across { repeats_across } else { repeats_nearby };
            *most = sent.repeats().max(*most);
        }
        Ok(outcome)
    }

    /// Lets time pass, with the fetches that begin meanwhile.
    fn pass_until(&mut self, at: Timestamp) -> Result<(), Halt> {
        let due = self.planned.iter().take_while(|fetch| fetch.at <= at).count();
        let due: Vec<PlannedFetch> = self.planned.drain(..due).collect();
        for fetch in due {
            self.world.run_until(fetch.at)?;
            let options = CallOptions { credit: 32, ..CallOptions::default() };
            let session = SessionId(self.fetches.len() as u64 + 1);
            let call = self.world.fetch(fetch.node, session, fetch.cids, options);
            self.fetches.push(call);
        }
        self.world.run_until(at)
    }

    fn blocks_of(&self, call: CallId) -> u64 {
        self.world.fetched(call).map_or(0, |fetch| fetch.got.blocks)
    }

    /// When a fetch had all its blocks.
    fn ended_at(&self, call: CallId) -> Option<Timestamp> {
        self.world.fetched(call).filter(|fetch| fetch.failed == 0)?.ended_at
    }

    fn is_over(&self) -> bool {
        self.fetches.iter().all(|call| self.ended_at(*call).is_some())
    }
}

impl SplitOutcome {
    /// The promises of F6 in the list of figures.
    pub fn promises(&self) -> Vec<Promise> {
        let seconds = |seconds| Figure::Time(Duration::from_secs(seconds));
        let longest = |times: &[Option<Duration>]| {
            let times = times.iter().map(|time| Figure::from(*time));
            times.max().unwrap_or(Figure::Time(Duration::ZERO))
        };
        let count = |repeats: u32| Figure::Count(u64::from(repeats));
        let twice = Figure::Count(2);
        let (across, nearby) = (count(self.repeats_across), count(self.repeats_nearby));
        vec![
            Promise::new("until the next block", seconds(5), longest(&self.progress)),
            Promise::new("until the end of a fetch", seconds(30), longest(&self.ends)),
            Promise::new("a want is said again across", twice, across),
            Promise::new("a want is said again nearby", twice, nearby),
        ]
    }
}
