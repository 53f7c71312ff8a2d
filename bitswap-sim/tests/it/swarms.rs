//! From two nodes to fifty: all that is wanted comes, and every byte is in the ledgers.

use bitswap_sim::{NodeId, Report, World};

use crate::cast::{add, blocks, defaults, fetch, finish, ledgers_agree, link, world};

const BLOCKS: usize = 60;
const BYTES: usize = 2_000;

#[test]
fn two_nodes_exchange_and_the_ledgers_agree() {
    let report = swarm(2, 1);
    assert_eq!(report.nodes[1].stats.client.duplicate.blocks, 0);
}

#[test]
fn ten_nodes_exchange_and_the_ledgers_agree() {
    swarm(10, 3);
}

#[test]
fn fifty_nodes_exchange_and_the_ledgers_agree() {
    swarm(50, 3);
}

#[test]
fn nodes_that_want_what_nobody_has_are_told_when_their_time_is_over() {
    let mut world = world(1);
    let nodes = ring(&mut world, 5, 1);
    let cid = blocks(&mut world, 1, 100)[0].0;
    let timeout = Some(crate::cast::ms(30_000));
    let options = bitswap_core::CallOptions { timeout, ..<_>::default() };
    for node in &nodes {
        world.fetch(*node, bitswap_core::SessionId(1), vec![cid], options.clone());
    }

    let report = finish(&mut world);

    assert_eq!(report.fetches.iter().map(|fetch| fetch.failed).sum::<u64>(), 5);
    ledgers_agree(&report, &world);
}

/// One node has a file, each of the others fetches it, and each gives on what it has.
fn swarm(count: usize, reach: usize) -> Report {
    let mut world = world(count as u64);
    let nodes = ring(&mut world, count, reach);
    let content = blocks(&mut world, BLOCKS, BYTES);
    world.store(nodes[0], &content);
    for node in &nodes[1..] {
        fetch(&mut world, *node, &content, 16);
    }

    let report = finish(&mut world);

    let everything =
        bitswap_core::BlockCount { blocks: BLOCKS as u64, bytes: (BLOCKS * BYTES) as u64 };
    for fetch in &report.fetches {
        assert_eq!((fetch.got, fetch.failed), (everything, 0), "{fetch:?}");
    }
    ledgers_agree(&report, &world);
    report
}

/// Nodes in a ring, each connected to its next `reach` neighbours.
fn ring(world: &mut World, count: usize, reach: usize) -> Vec<NodeId> {
    let nodes: Vec<NodeId> = (0..count).map(|_| add(world, defaults())).collect();
    for (place, node) in nodes.iter().enumerate() {
        for step in 1..=reach {
            world.connect(*node, nodes[(place + step) % count], link(5 + 10 * step as u64));
        }
    }
    nodes
}
