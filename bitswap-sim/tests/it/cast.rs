//! The worlds that the tests are about.

use std::time::Duration;

use bitswap_core::strategy::StrategySet;
use bitswap_core::{Block, CallId, CallOptions, SessionId, Timestamp};
use bitswap_sim::{Halt, Link, NodeConfig, NodeId, Report, World};
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;

/// More than any run here needs, by far.
pub(crate) const EVENTS: u64 = 2_000_000;

pub(crate) fn strategies(choices: &[&str]) -> StrategySet {
    let choice =
        choices.iter().try_fold(StrategyChoice::default(), |choice, text| choice.with_text(text));
    choice.and_then(|choice| choice.build()).expect("of the catalog")
}

pub(crate) fn defaults() -> NodeConfig {
    NodeConfig::with_strategies(strategies(&[]))
}

/// A world that is always checked, also in a release build.
pub(crate) fn world(seed: u64) -> World {
    let mut world = World::new(seed);
    world.strict(true);
    world
}

pub(crate) fn add(world: &mut World, config: NodeConfig) -> NodeId {
    world.add_node(config).expect("the defaults work")
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) fn link(latency_ms: u64) -> Link {
    Link::with_latency(ms(latency_ms))
}

pub(crate) fn blocks(world: &mut World, count: usize, bytes: usize) -> Vec<(Cid, Block)> {
    world.make_blocks(count, bytes).expect("small enough")
}

/// Asks for all of `blocks`, `window` at a time.
pub(crate) fn fetch(
    world: &mut World,
    node: NodeId,
    blocks: &[(Cid, Block)],
    window: u32,
) -> CallId {
    let cids = blocks.iter().map(|(cid, _)| *cid).collect();
    let options = CallOptions { credit: window, ..CallOptions::default() };
    world.fetch(node, SessionId(1), cids, options)
}

/// A node and three servers of 400 blocks, all 25 ms away; the node fetches all, 16 at a time.
/// The servers are the nodes 1 to 3.
pub(crate) fn three_servers(seed: u64, choices: &[&str]) -> World {
    let mut world = world(seed);
    let config = || NodeConfig::with_strategies(strategies(choices));
    let fetcher = add(&mut world, config());
    let content = blocks(&mut world, 400, 4_096);
    for _ in 0..3 {
        let server = add(&mut world, config());
        world.store(server, &content);
        world.connect(fetcher, server, link(25));
    }
    fetch(&mut world, fetcher, &content, 16);
    world
}

/// Runs to the end, and compares the ledgers.
pub(crate) fn finish(world: &mut World) -> Report {
    passes(world.run_until_idle(EVENTS));
    let report = world.report();
    for fetch in &report.fetches {
        assert!(fetch.ended_at.is_some(), "{fetch:?}");
    }
    report
}

pub(crate) fn passes(outcome: Result<(), Halt>) {
    if let Err(halt) = outcome {
        panic!("{halt}");
    }
}

/// Both ends of every pair, and the network between them, agree on what passed; nothing is left
/// over. What left and did not arrive was lost with its connection.
pub(crate) fn ledgers_agree(report: &Report, world: &World) {
    for ((from, to), traffic) in &report.traffic {
        let sent_to = world.engine(*from).account(&to.peer_id()).map(|account| account.sent_to);
        assert_eq!(sent_to, Some(traffic.sent.blocks.bytes), "{from} to {to}");
        assert!(traffic.arrived.bytes <= traffic.sent.bytes, "{from} to {to}");
    }
    for node in &report.nodes {
        let client = &node.stats.client;
        let first: u64 = node.sources.iter().map(|source| source.first.bytes).sum();
        let unhashed = node.stats.wire.unhashed.bytes;
        assert_eq!(first, client.wanted.bytes, "{}", node.node);
        assert_eq!(
            node.received.blocks.bytes,
            first + client.duplicate.bytes + client.unasked.bytes + unhashed,
            "{}",
            node.node
        );
        assert_eq!(client.wants_started, client.wants_ended.iter().sum::<u64>());
        let gauges = node.stats.gauges;
        let left = (gauges.wants, gauges.calls, gauges.searches, gauges.requests, gauges.tasks);
        assert_eq!(left, (0, 0, 0, 0, 0), "{}", node.node);
        assert_eq!(gauges.outstanding_bytes, 0, "{}", node.node);
        let never = (node.stats.clock_jumps, node.stats.wire.refused);
        assert_eq!(never, (0, 0), "{}", node.node);
    }
}

pub(crate) fn at(ms: u64) -> Timestamp {
    Timestamp::ZERO.after(Duration::from_millis(ms))
}

/// Five nodes that `config` makes exchange what they have while connections break.
pub(crate) fn eventful(seed: u64, config: impl FnMut() -> NodeConfig) -> World {
    eventful_in(world(seed), config)
}

pub(crate) fn eventful_in(mut world: World, mut config: impl FnMut() -> NodeConfig) -> World {
    let nodes = [(); 5].map(|()| add(&mut world, config()));
    for (place, one) in nodes.iter().enumerate() {
        for (other, latency) in nodes.iter().skip(place + 1).zip([10, 40, 20, 80]) {
            world.connect(*one, *other, link(latency));
        }
    }
    let contents = [blocks(&mut world, 60, 3_000), blocks(&mut world, 200, 700)];
    world.store(nodes[0], &contents[0]);
    world.store(nodes[1], &contents[1]);
    for node in &nodes[2..] {
        fetch(&mut world, *node, &contents[0], 8);
        fetch(&mut world, *node, &contents[1], 32);
    }
    for node in &nodes[2..] {
        passes(world.run_until(world.now().after(ms(90))));
        world.reset(nodes[0], *node);
        world.disconnect(nodes[1], *node);
        passes(world.run_until(world.now().after(ms(90))));
        world.connect(nodes[1], *node, link(30));
    }
    world
}
