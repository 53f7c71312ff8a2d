//! A12: requests that come by chance at a server with one uplink.

use std::time::Duration;

use bitswap_core::{Block, CallId, CallOptions, Chance, SessionId, Timestamp};
use cid::Cid;

use super::messages::{blocks, time_of};
use super::stage::{EVENTS, engine, strategies};
use super::{Case, Finding, Tolerance, Trouble};
use crate::draw::exponential;
use crate::network::{Access, Link, Rate};
use crate::world::{NodeConfig, NodeId, World};

pub(super) const A12: Case = Case {
    name: "A12",
    question: "the mean wait of requests that come by chance (Poisson), for equal blocks, at a \
               server that `fifo` ranks for",
    answer: "ρ s/(2 B (1 − ρ)), within 3 %",
    note: "100,000 requests of 20 peers, whose own links take no time. A sample of so many differs \
           from the formula by chance, so each has a second line: the mean wait of the very same \
           arrivals by Lindley's recursion, w' = max(0, w + s/B − t), which has to be met exactly.",
    run: || {
        let mut findings = Vec::new();
        for load in [20, 50, 80] {
            findings.extend(waits(load, REQUESTS)?);
        }
        Ok(findings)
    },
};

const REQUESTS: usize = 100_000;
const RATE: u64 = 1_000_000;
const LATENCY: Duration = Duration::from_millis(5);
const ASKERS: usize = 20;
const BYTES: usize = 200;

/// Two findings about `count` requests at a load of so many hundredths.
fn waits(load: u64, count: usize) -> Result<Vec<Finding>, Trouble> {
    let mut shop = Shop::open()?;
    let file = shop.world.make_blocks(count, BYTES)?;
    shop.world.store(shop.server, &file);
    shop.world.run_until_idle(EVENTS)?;
    let service = time_of(file.chunks(1).map(blocks).max().unwrap_or(0), RATE);
    let arrivals = shop.arrivals(service * 100 / load as u32, count);
    let waited = shop.waited(&file, &arrivals, service)?;

    let of = format!("ρ = 0.{load}");
    let formula = service * load as u32 / (2 * (100 - load as u32));
    let by_chance = Finding::time(format!("{of}, by the formula"), formula, waited);
    let recursion = lindley(&arrivals, service);
    let exact = Finding::time(format!("{of}, by the recursion"), recursion, waited);
    Ok(vec![by_chance.within(Tolerance::Thousandths(30)), exact])
}

/// A server and those who ask it.
struct Shop {
    world: World,
    server: NodeId,
    requesters: Vec<NodeId>,
}

impl Shop {
    fn open() -> Result<Self, Trouble> {
        let mut world = World::new(1);
        let timeless = Rate::bits_per_second(u64::MAX);
        let mut engine = engine();
        // One block in each message, so that none waits for its company to be through.
        engine.limits.message_bytes = 1;
        let access = Access { up: Rate::bits_per_second(RATE), down: timeless };
        let fifo = strategies(&["task_prioritizer=fifo"])?;
        let config = NodeConfig { engine, access, ..NodeConfig::with_strategies(fifo) };
        let server = world.add_node(config)?;
        let mut requesters = Vec::with_capacity(ASKERS);
        for _ in 0..ASKERS {
            let access = Access::both_ways(timeless);
            let config = NodeConfig::with_strategies(strategies(&[])?);
            let requester = world.add_node(NodeConfig { access, ..config })?;
            world.connect(server, requester, Link::with_latency(LATENCY));
            requesters.push(requester);
        }
        let introduction = world.make_blocks(1, 2_048)?;
        world.store(server, &introduction);
        for requester in &requesters {
            ask(&mut world, *requester, &introduction);
        }
        world.run_until_idle(EVENTS)?;
        Ok(Self { world, server, requesters })
    }

    /// When requests come, with such a mean time between them.
    fn arrivals(&self, mean: Duration, count: usize) -> Vec<Timestamp> {
        let mut chance = Chance::named(1, "arrivals");
        let mut at = self.world.now();
        let mut next = || {
            at = at.after(exponential(&mut chance, mean));
            at
        };
        (0..count).map(|_| next()).collect()
    }

    /// The mean time that requests took beyond the way there and back and their own service.
    fn waited(
        &mut self,
        file: &[(Cid, Block)],
        arrivals: &[Timestamp],
        service: Duration,
    ) -> Result<Duration, Trouble> {
        // It is the queue that is looked at, and this many steps.
        self.world.strict(false);
        let mut chance = Chance::named(1, "requesters");
        let mut calls = Vec::with_capacity(arrivals.len());
        for (block, at) in file.chunks(1).zip(arrivals) {
            self.world.run_until(*at)?;
            let requester = chance.below(self.requesters.len() as u64) as usize;
            calls.push(ask(&mut self.world, self.requesters[requester], block));
        }
        self.world.run_until_idle(EVENTS)?;
        let mut total = 0;
        for call in &calls {
            let time = self.world.fetched(*call).and_then(crate::FetchReport::time);
            let time = time.ok_or(Trouble::Unfinished("a request"))?;
            total += time.saturating_sub(2 * LATENCY + service).as_nanos();
        }
        Ok(mean(total, calls.len()))
    }
}

fn ask(world: &mut World, requester: NodeId, block: &[(Cid, Block)]) -> CallId {
    let cids = block.iter().map(|(cid, _)| *cid).collect();
    world.fetch(requester, SessionId(1), cids, CallOptions::default())
}

/// The mean wait of these arrivals in a queue with one server.
fn lindley(arrivals: &[Timestamp], service: Duration) -> Duration {
    let (mut wait, mut total) = (Duration::ZERO, 0);
    for pair in arrivals.windows(2) {
        if let [earlier, later] = pair {
            wait = (wait + service).saturating_sub(later.since(*earlier));
            total += wait.as_nanos();
        }
    }
    mean(total, arrivals.len())
}

fn mean(total: u128, count: usize) -> Duration {
    Duration::from_nanos(u64::try_from(total / (count as u128).max(1)).unwrap_or(u64::MAX))
}
