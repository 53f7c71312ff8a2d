//! Wants that go farther than one's own peers, and what is left of them on the way.

use bitswap_core::{Input, SessionId, SessionOptions, Stats};
use bitswap_sim::{NodeConfig, NodeId, World, chaos};
use cid::Cid;

use crate::cast::{add, at, blocks, defaults, fetch, link, passes, strategies, world};

const LATENCY_MS: u64 = 25;

#[test]
fn a_block_two_hops_off_comes_through_the_node_between() {
    let mut row = Row::of(3);
    let call = row.fetch(1, 100_000);

    // There and back twice: the only peer has it not, and is then asked to search.
    row.run_until_ms(4 * LATENCY_MS + 2);
    let requester = row.stats(0);
    assert_eq!((requester.client.dont_haves, requester.client.searching), (2, 1));
    assert_eq!((requester.client.haves, row.stats(1).gauges.relayed_wants), (0, 1));

    row.run_until_ms(1_000);
    assert_eq!(row.got(call), 1);
    assert_eq!(row.stats(1).relay.forwarded.blocks, 1);
    assert_eq!(row.stats(0).client.haves, 1);
}

#[test]
fn nothing_is_left_of_it_on_the_way() {
    let mut row = Row::of(3);
    let call = row.fetch(20, 5_000);

    row.run_until_ms(5_000);

    assert_eq!(row.got(call), 20);
    assert_eq!(row.world.stored(row.nodes[1]), 0, "a relay stores what it relays");
    let gauges = row.stats(1).gauges;
    assert_eq!((gauges.relayed_wants, gauges.relayed_bytes, gauges.requests), (0, 0, 0));
    assert_eq!(row.stats(2).gauges.requests, 0, "the holder was not told that it is over");
}

#[test]
fn a_ttl_of_nothing_does_not_reach() {
    let mut row = Row::of(3);
    row.world.happen(row.nodes[0], hops(0));
    let call = row.fetch(1, 100_000);

    row.run_until_ms(60_000);

    assert_eq!(row.got(call), 0);
    assert_eq!(row.stats(2).server.have_requests, 0);
}

#[test]
fn registries_that_answer_anything_pass_wants_on_and_no_farther_than_they_may() {
    let config = |_| NodeConfig::with_strategies(chaos::strategies(16));
    let (mut asks, mut ttls) = (0, 0);
    for seed in 1..=10 {
        let mut row = Row::with(seed, 4, config);
        row.world.happen(row.nodes[0], hops(1));
        row.fetch(5, 100_000);

        row.run_until_ms(30_000);

        assert_eq!(row.stats(3).server.have_requests, 0, "seed {seed}");
        asks += row.stats(1).relay.asks;
        let strategies = row.stats(1).strategies;
        let rejected = strategies.iter().flat_map(|stats| &stats.rejected);
        ttls += rejected.filter(|(cause, _)| *cause == "ttl").count();
    }
    assert!(asks > 0 && ttls > 0, "{asks} wants passed on, {ttls} TTLs corrected");
}

#[test]
fn a_ttl_reaches_so_many_nodes_and_no_farther() {
    for (nodes, ttl, reached) in [(3, 1, true), (4, 1, false), (4, 2, true), (5, 2, false)] {
        let mut row = Row::of(nodes);
        row.world.happen(row.nodes[0], hops(ttl));
        let call = row.fetch(1, 100_000);

        row.run_until_ms(9_000);

        assert_eq!(row.got(call), u64::from(reached), "{nodes} nodes, ttl {ttl}");
    }
}

#[test]
fn a_larger_ttl_than_a_node_lets_through_is_cut() {
    let mut row = Row::of(5);
    row.world.happen(row.nodes[0], hops(4));
    let call = row.fetch(1, 100_000);

    row.run_until_ms(9_000);

    // It leaves the first node with 4, and the second with no more than 2.
    assert_eq!(row.got(call), 1);
    assert_eq!(row.stats(1).relay.clamped, 2);
}

#[test]
fn small_blocks_come_through_too() {
    let mut row = Row::of(3);
    let call = row.fetch(50, 500);

    row.run_until_ms(5_000);

    assert_eq!(row.got(call), 50);
    assert_eq!(row.world.stored(row.nodes[1]), 0);
}

#[test]
fn when_nobody_has_it_the_requester_is_told_so() {
    let mut row = Row::of(3);
    let content = blocks(&mut row.world, 1, 5_000);
    fetch(&mut row.world, row.nodes[0], &content, 1);

    row.run_until_ms(1_000);

    let requester = row.stats(0).client;
    assert_eq!((requester.dont_haves, requester.searching, requester.haves), (3, 1, 0));
    assert_eq!(row.stats(1).gauges.relayed_wants, 0);
}

#[test]
fn a_want_that_is_given_up_is_given_up_along_the_way() {
    let mut row = Row::of(3);
    row.world.cut(row.nodes[1], row.nodes[2]);
    let call = row.fetch(1, 100_000);
    row.run_until_ms(200);
    assert_eq!(row.stats(1).gauges.relayed_wants, 1);

    row.world.happen(row.nodes[0], Input::CallCancelled { call });
    row.run_until_ms(400);
    assert_eq!(row.stats(1).gauges.relayed_wants, 0);
    row.world.mend(row.nodes[1], row.nodes[2]);
    row.run_until_ms(1_000);

    assert_eq!(row.stats(2).gauges.requests, 0);
    assert_eq!(row.stats(2).server.blocks_sent.blocks, 0);
}

#[test]
fn a_want_that_nobody_answers_ends_by_itself() {
    let mut row = Row::of(3);
    row.world.cut(row.nodes[1], row.nodes[2]);
    row.fetch(1, 100_000);

    row.run_until_ms(9_900);
    assert_eq!(row.stats(1).gauges.relayed_wants, 1);
    row.run_until_ms(10_200);

    assert_eq!(row.stats(1).gauges.relayed_wants, 0);
    let requester = row.stats(0).client;
    assert_eq!((requester.dont_haves, requester.searching), (3, 1));
}

#[test]
fn a_requester_that_leaves_takes_its_wants_along() {
    let mut row = Row::of(3);
    row.world.cut(row.nodes[1], row.nodes[2]);
    row.fetch(1, 100_000);
    row.run_until_ms(200);

    row.world.disconnect(row.nodes[0], row.nodes[1]);
    row.run_until_ms(400);

    assert_eq!(row.stats(1).gauges.relayed_wants, 0);
}

#[test]
fn a_want_in_a_ring_comes_to_an_end_and_to_each_node_once() {
    let mut row = Row::of(6);
    let (first, last) = (row.nodes[0], row.nodes[5]);
    row.world.connect(first, last, link(LATENCY_MS).relaying());
    row.world.happen(first, hops(4));
    let content = blocks(&mut row.world, 1, 5_000);
    fetch(&mut row.world, first, &content, 1);

    row.run_until_ms(9_000);

    let asks: u64 = (0..6).map(|place| row.stats(place).relay.asks).sum();
    assert!((4..=6).contains(&asks), "{asks} asks");
}

#[test]
fn what_a_node_relayed_for_others_it_can_still_want_itself() {
    let mut world = world(3);
    let [requester, relay, holder] = [(); 3].map(|()| add(&mut world, defaults()));
    world.connect(requester, relay, link(LATENCY_MS).relaying());
    let others: Vec<NodeId> = (0..12).map(|_| add(&mut world, defaults())).collect();
    for other in &others {
        world.connect(relay, *other, link(LATENCY_MS).relaying());
    }
    let content = blocks(&mut world, 1, 100_000);
    fetch(&mut world, requester, &content, 1);
    passes(world.run_until(at(300)));
    assert_eq!(world.engine(relay).stats().relay.asks, 3, "the degree");

    world.connect(relay, holder, link(LATENCY_MS).relaying());
    world.store(holder, &content);
    let call = fetch(&mut world, relay, &content, 1);
    passes(world.run_until(at(2_000)));

    assert_eq!(world.fetched(call).map(|fetched| fetched.got.blocks), Some(1));
}

#[test]
fn a_strangers_want_rides_on_our_own() {
    let mut row = Row::of(3);
    row.world.cut(row.nodes[1], row.nodes[2]);
    let content = blocks(&mut row.world, 1, 100_000);
    row.world.store(row.nodes[2], &content);
    let own = fetch(&mut row.world, row.nodes[1], &content, 1);
    row.run_until_ms(100);
    let call = fetch(&mut row.world, row.nodes[0], &content, 1);
    row.run_until_ms(300);
    assert_eq!(row.stats(1).relay.asks, 0);

    row.world.mend(row.nodes[1], row.nodes[2]);
    row.run_until_ms(2_000);

    assert_eq!((row.got(own), row.got(call)), (1, 1));
    assert_eq!(row.stats(2).server.blocks_sent.blocks, 1);
}

#[test]
fn one_requester_gets_no_more_than_its_share_of_bytes() {
    let mut row = Row::of(3);
    let call = row.fetch(16, 256 * 1024);

    row.run_until_ms(1_000);
    let early = row.got(call);
    row.run_until_ms(20_000);

    // A burst of 2 MiB and 1 MiB in each second.
    assert!((6..=12).contains(&early), "{early} blocks in the first second");
    assert_eq!(row.got(call), 16);
    assert_eq!(row.world.stored(row.nodes[1]), 0);
}

#[test]
fn a_node_that_relays_nothing_answers_as_everybody_does() {
    let mut config = defaults();
    config.engine.relay.enabled = false;
    let mut row = Row::with(1, 3, |place| {
        let NodeConfig { strategies, access, store, .. } = defaults();
        let engine = if place == 1 { config.engine.clone() } else { defaults().engine };
        NodeConfig { strategies, access, store, engine }
    });
    let call = row.fetch(1, 100_000);

    row.run_until_ms(9_000);

    assert_eq!(row.got(call), 0);
    assert_eq!(row.stats(0).client.searching, 0);
}

#[test]
fn a_registry_that_passes_nothing_on_is_obeyed() {
    let mut row =
        Row::with(1, 3, |_| NodeConfig::with_strategies(strategies(&["registry=forgetful"])));
    let call = row.fetch(1, 100_000);

    row.run_until_ms(9_000);

    assert_eq!(row.got(call), 0);
    assert_eq!(row.stats(2).server.have_requests, 0);
}

/// Nodes in a row, each connected to the next.
struct Row {
    world: World,
    nodes: Vec<NodeId>,
}

impl Row {
    fn of(nodes: usize) -> Self {
        Self::with(1, nodes, |_| defaults())
    }

    fn with(seed: u64, nodes: usize, config: impl Fn(usize) -> NodeConfig) -> Self {
        let mut world = world(seed);
        let nodes: Vec<NodeId> = (0..nodes).map(|place| add(&mut world, config(place))).collect();
        for pair in nodes.windows(2) {
            world.connect(pair[0], pair[1], link(LATENCY_MS).relaying());
        }
        Self { world, nodes }
    }

    /// The last one has so many blocks, and the first one wants them.
    fn fetch(&mut self, count: usize, bytes: usize) -> bitswap_core::CallId {
        let content: Vec<(Cid, bitswap_core::Block)> = blocks(&mut self.world, count, bytes);
        self.world.store(*self.nodes.last().expect("a row"), &content);
        fetch(&mut self.world, self.nodes[0], &content, 64)
    }

    fn run_until_ms(&mut self, time: u64) {
        passes(self.world.run_until(at(time)));
    }

    fn got(&self, call: bitswap_core::CallId) -> u64 {
        self.world.fetched(call).map_or(0, |fetched| fetched.got.blocks)
    }

    fn stats(&self, place: usize) -> Stats {
        self.world.engine(self.nodes[place]).stats()
    }
}

/// Session 1 is opened with this TTL.
fn hops(ttl: u8) -> Input {
    let options = SessionOptions { ttl: Some(ttl), ..SessionOptions::default() };
    Input::SessionOpened { session: SessionId(1), options, has_router: true }
}
