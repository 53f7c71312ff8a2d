//! A fetch survives what happens to connections.

use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{AskOutcome, BlockCount};
use bitswap_sim::{Link, NodeId, Report, Traffic, World};

use crate::cast::{add, blocks, defaults, fetch, finish, ledgers_agree, link, ms, passes, world};

const EVERYTHING: BlockCount = BlockCount { blocks: 200, bytes: 200 * 20_000 };

#[test]
fn a_fetch_survives_resets() {
    let (mut world, [fetcher, one, other]) = slow_fetch(1);
    for _ in 0..10 {
        for server in [one, other] {
            passes(world.run_until(world.now().after(ms(61))));
            world.reset(fetcher, server);
        }
    }

    let report = ends_with_everything(&mut world);
    assert!(blocks_lost(&report) > 20, "{}", blocks_lost(&report));
}

#[test]
fn a_fetch_survives_disconnections() {
    let (mut world, [fetcher, one, other]) = slow_fetch(2);
    for _ in 0..10 {
        for server in [one, other] {
            passes(world.run_until(world.now().after(ms(61))));
            world.disconnect(fetcher, server);
            passes(world.run_until(world.now().after(ms(11))));
            world.connect(fetcher, server, link(25));
        }
    }

    let report = ends_with_everything(&mut world);
    assert!(blocks_lost(&report) > 20, "{}", blocks_lost(&report));
}

#[test]
fn a_fetch_survives_a_time_without_anybody() {
    let (mut world, [fetcher, one, other]) = slow_fetch(3);
    passes(world.run_until(world.now().after(ms(150))));
    world.disconnect(fetcher, one);
    world.disconnect(fetcher, other);
    passes(world.run_until(world.now().after(ms(60_000))));
    world.connect(fetcher, other, link(25));

    ends_with_everything(&mut world);
}

#[test]
fn a_fetch_goes_around_a_silent_connection() {
    let (mut world, [fetcher, one, _]) = slow_fetch(4);
    passes(world.run_until(world.now().after(ms(150))));
    world.cut(fetcher, one);

    let report = ends_with_everything(&mut world);
    assert!(report.fetches[0].time() < Some(ms(5_000)), "{:?}", report.fetches[0]);
}

#[test]
fn a_fetch_survives_a_partition_that_heals() {
    let (mut world, [fetcher, one, other]) = slow_fetch(5);
    passes(world.run_until(world.now().after(ms(150))));
    world.cut(fetcher, one);
    world.cut(fetcher, other);
    passes(world.run_until(world.now().after(ms(20_000))));
    world.mend(fetcher, one);
    world.mend(fetcher, other);

    let report = ends_with_everything(&mut world);
    assert!(timed_out(&report) > 0);
    assert_eq!(blocks_lost(&report), 0, "what was held back came after all");
}

#[test]
fn who_believes_in_an_old_connection_learns_how_the_new_one_speaks() {
    let mut world = world(6);
    let [fetcher, server] = [(); 2].map(|()| add(&mut world, defaults()));
    let content = blocks(&mut world, 1, 30_000);
    world.store(server, &content);
    let mut old = link(5);
    old.capabilities.protocol = ProtocolVersion::V1_1;
    world.connect(fetcher, server, old);
    passes(world.run_until(world.now().after(ms(100))));
    world.drop_silently(fetcher, server, ms(2_000));
    world.connect(fetcher, server, link(5));
    fetch(&mut world, fetcher, &content, 1);

    let report = finish(&mut world);

    assert_eq!(report.fetches[0].got.blocks, 1);
}

#[test]
fn links_that_break_mostly_disconnect_and_the_nodes_connect_again() {
    let (mut world, [fetcher, one, other]) =
        slow_fetch_over(7, Link { resets: 100_000, ..link(25) });
    world.break_only_connections(true);
    world.keep_diary();

    ends_with_everything(&mut world);

    let heard = |what: &str| world.diary().iter().filter(|line| line.contains(what)).count();
    let (breaks, resets) = (heard("hears PeerDisconnected"), heard("hears PeerReset"));
    assert!(breaks > 2 * resets && resets > 0, "{breaks} breaks, {resets} resets");
    assert!(world.are_connected(fetcher, one) && world.are_connected(fetcher, other));
}

/// A node that fetches 4 MB at 100 Mbit/s from two servers.
fn slow_fetch(seed: u64) -> (World, [NodeId; 3]) {
    slow_fetch_over(seed, link(25))
}

fn slow_fetch_over(seed: u64, link: Link) -> (World, [NodeId; 3]) {
    let mut world = world(seed);
    let nodes = [(); 3].map(|()| add(&mut world, defaults()));
    let content = blocks(&mut world, 200, 20_000);
    for server in &nodes[1..] {
        world.store(*server, &content);
        world.connect(nodes[0], *server, link);
    }
    fetch(&mut world, nodes[0], &content, 16);
    (world, nodes)
}

fn ends_with_everything(world: &mut World) -> Report {
    let report = finish(world);
    assert_eq!((report.fetches[0].got, report.fetches[0].failed), (EVERYTHING, 0));
    ledgers_agree(&report, world);
    report
}

fn blocks_lost(report: &Report) -> u64 {
    let lost = |traffic: &Traffic| traffic.sent.blocks.blocks - traffic.arrived.blocks.blocks;
    report.traffic.values().map(lost).sum()
}

fn timed_out(report: &Report) -> u64 {
    report.nodes[0].stats.client.asks_ended[AskOutcome::TimedOut as usize]
}
