//! An honest fetch from one honest provider goes on beside hostile peers of every kind.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::{Block, Chance, Limits};
use bitswap_sim::hostile::{Aggressiveness, Kind, Knowledge};
use bitswap_sim::scenario::standing::Standing;
use bitswap_sim::{Access, NodeId, World};
use cid::Cid;

use crate::cast::{add, at, blocks, defaults, fetch, link, passes, world};

const SEEDS: u64 = 2;
const BLOCKS: usize = 100;
/// Bytes of the largest things that hostile peers say: at their worst they would only take longer
/// to simulate.
const LARGEST: usize = 16 * 1024;
/// How long it takes without anybody else.
const ALONE: Duration = Duration::from_millis(600);

#[test]
fn alone_the_fetch_takes_half_a_second() {
    let (mut stage, _) = Stage::new(1);
    assert!(stage.runs() < ALONE, "{:?}", stage.runs());
}

#[test]
fn beside_three_hostile_peers_of_any_kind_a_fetch_ends_in_time() {
    for kind in Kind::ALL {
        for seed in 1..=SEEDS {
            let (mut stage, content) = Stage::new(seed);
            stage.invite(kind, &content);
            let time = stage.runs();
            assert!(time <= longest(kind), "{} with seed {seed}: {time:?}", kind.name());
        }
    }
}

/// Either the server is stopped, as long as it gives turns to those that take nothing, and I10 says
/// so within a minute; or the one that reads does not notice them.
#[test]
fn sixty_four_readers_that_stand_still_stop_nobody() {
    let run = |readers| {
        let standing = Standing { readers, ..Standing::default() };
        standing.build(1).expect("it can be built").run(Duration::from_secs(60))
    };
    let (alone, _) = run(0).expect("nobody stops it");
    let alone = alone.expect("it ends");
    let (took, _) = run(64).expect("no invariant is broken");
    assert!(took.is_some_and(|took| took < alone + alone / 20), "{took:?}, not {alone:?}");
}

#[test]
fn what_is_read_for_a_peer_that_stands_still_is_held_for_it_alone() {
    let standing = Standing { readers: 4, ..Standing::default() };
    let mut world = standing.build(1).expect("it can be built");
    let (took, held) = world.run(Duration::from_secs(60)).expect("no invariant is broken");
    assert!(took.is_some_and(|took| took < Duration::from_secs(2)), "{took:?}");
    assert!(held >= 4 * Limits::AHEAD_LEAST, "{held} bytes for four that read nothing");
}

#[test]
fn peers_that_always_want_something_hold_all_places_of_a_node() {
    let mut world = world(1);
    let mut config = defaults();
    config.engine.limits.peers = 4;
    let (node, honest) = (add(&mut world, config), add(&mut world, defaults()));
    let kind = Kind::Squatter;
    for seed in 0..4 {
        let peer = kind.make(kind.most_aggressive(seed), Arc::default());
        let peer = world.add_hostile(peer, Access::default());
        world.connect(node, peer, link(20));
    }
    passes(world.run_until(at(10_000)));
    assert_eq!(world.engine(node).gauges().requests, 4);
    world.connect(node, honest, link(20));
    passes(world.run_until(at(50_000)));
    assert!(!world.are_connected(node, honest) && world.peers_of(node).len() == 4);
}

/// What a fetch of half a second may take beside three of a kind.
const fn longest(kind: Kind) -> Duration {
    let seconds = match kind {
        Kind::Bomber
        | Kind::CancelStorm
        | Kind::DeafFlooder
        | Kind::DontHaveLiar
        | Kind::Flooder
        | Kind::JunkSender
        | Kind::PresenceSpammer
        | Kind::HalfOpener
        | Kind::Slowloris
        | Kind::Squatter
        | Kind::StandingReader
        | Kind::StreamHog
        | Kind::Sybil => 1,
        // Of three liars each is waited for once.
        Kind::Dripper | Kind::HaveLiar | Kind::Staller => 8,
        // A peer of the relay may look for as long as a want lives.
        Kind::RelayLooper | Kind::ShapeShifter => 12,
    };
    Duration::from_secs(seconds)
}

struct Stage {
    world: World,
    fetcher: NodeId,
    provider: NodeId,
    seed: u64,
}

impl Stage {
    fn new(seed: u64) -> (Self, Vec<(Cid, Block)>) {
        let mut world = world(seed);
        let (fetcher, provider) = (add(&mut world, defaults()), add(&mut world, defaults()));
        let content = blocks(&mut world, BLOCKS, 16_000);
        world.store(provider, &content);
        world.connect(fetcher, provider, link(25).relaying());
        fetch(&mut world, fetcher, &content, 16);
        (Self { world, fetcher, provider, seed }, content)
    }

    /// Three that know what is wanted, and hold a part of it.
    fn invite(&mut self, kind: Kind, content: &[(Cid, Block)]) {
        let known = content.iter().map(|(cid, _)| *cid).collect();
        let held = content.iter().take(BLOCKS / 2).map(|(_, block)| block.clone());
        let knowledge = Arc::new(Knowledge::new(known, held));
        let mut seeds = Chance::named(self.seed, "hostile");
        for _ in 0..3 {
            let usual = kind.most_aggressive(seeds.bits());
            let level = Aggressiveness { bytes: usual.bytes.min(LARGEST), ..usual };
            let hostile = kind.make(level, Arc::clone(&knowledge));
            let id = self.world.add_hostile(hostile, Access::default());
            self.world.connect(self.fetcher, id, link(20).relaying());
            self.world.connect(self.provider, id, link(20).relaying());
        }
    }

    /// To the end of the fetch, and on until all is said; how long the fetch took.
    fn runs(&mut self) -> Duration {
        for second in 1..=30 {
            passes(self.world.run_until(at(second * 1_000)));
            self.look();
        }
        let report = self.world.report();
        let fetch = &report.fetches[0];
        assert_eq!((fetch.got.blocks, fetch.failed), (BLOCKS as u64, 0), "{fetch:?}");
        fetch.time().unwrap_or(Duration::MAX)
    }

    /// What peers can make grow is within its limits.
    fn look(&self) {
        let limits = Limits::default();
        for node in [self.fetcher, self.provider] {
            let gauges = self.world.engine(node).gauges();
            assert!(gauges.requests <= limits.requests as u64, "{gauges:?}");
            let each = limits.outstanding_bytes_per_peer + 16_000;
            assert!(gauges.outstanding_bytes <= gauges.peers * each, "{gauges:?}");
            assert!(
                gauges.requests <= gauges.peers * limits.requests_per_peer as u64,
                "{gauges:?}"
            );
        }
    }
}
