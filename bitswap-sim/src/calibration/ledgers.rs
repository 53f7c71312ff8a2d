//! A14: after a wild run, nothing is left over and nothing came from nowhere.

use std::time::Duration;

use bitswap_core::{CallOptions, SessionId};

use super::stage::{EVENTS, cids_of, strategies};
use super::{Case, Finding, Trouble, Unit};
use crate::network::{Latency, Link};
use crate::report::Report;
use crate::world::{NodeConfig, NodeId, World};

pub(super) const A14: Case = Case {
    name: "A14",
    question: "what was sent and what came, when all is quiet after a run with resets, lost \
               connections and duplicates",
    answer: "sent to = received + duplicate + unasked + unread + lost; all wants ended; nothing on \
             its way",
    note: "Sums over all nodes. Books that balance only in sum show as pairs of nodes whose books \
           do not.",
    run: wild_run,
};

fn wild_run() -> Result<Vec<Finding>, Trouble> {
    let world = run()?;
    let report = world.report();
    let sums = Sums::of(&report, &world);
    let came = sums.received + sums.duplicate + sums.unasked + sums.unread;
    let bytes =
        |of: &str, one: u64, other: u64| Finding::new(of, Unit::Bytes, 0, one.abs_diff(other));
    let was_wild = [sums.duplicate, sums.lost].into_iter().filter(|bytes| *bytes > 0).count();
    Ok(vec![
        bytes("sent by the ledgers, but not by the network", sums.sent, sums.left),
        bytes("sent, but neither come nor lost", sums.sent, came + sums.lost),
        Finding::count("wants that did not end", 0, sums.wants_open),
        bytes("on its way at the end", sums.outstanding, 0),
        Finding::count("calls, wants, requests and tasks left at the end", 0, sums.left_over),
        Finding::count("pairs of nodes whose books differ", 0, sums.unbalanced),
        Finding::count("kinds of trouble there were: duplicates, losses", 2, was_wild as u64),
    ])
}

/// Ten nodes, each with a part of the content, fetch all of it from one another while connections
/// break and come back.
fn run() -> Result<World, Trouble> {
    const NODES: usize = 10;
    let mut world = World::new(14);
    let mut nodes = Vec::with_capacity(NODES);
    let link = Link {
        resets: 5_000,
        ..Link::with_latency(Latency::around(Duration::from_millis(20), 50))
    };
    for place in 0..NODES {
        let selector = ["peer_selector=flood", "peer_selector=probabilistic"][place % 2];
        let node = world.add_node(NodeConfig::with_strategies(strategies(&[selector])?))?;
        for other in &nodes {
            world.connect(node, *other, link);
        }
        nodes.push(node);
    }
    let file = world.make_blocks(400, 8_000)?;
    for (place, part) in file.chunks(file.len() / NODES).enumerate() {
        for shift in [0, 3, 7] {
            world.store(nodes[(place + shift) % NODES], part);
        }
    }
    for (number, node) in nodes.iter().enumerate() {
        let options = CallOptions { credit: 64, ..CallOptions::default() };
        world.fetch(*node, SessionId(number as u64 + 1), cids_of(&file), options);
    }
    disturb(&mut world, &nodes, link)?;
    world.run_until_idle(EVENTS)?;
    Ok(world)
}

/// Takes connections down and brings them back.
fn disturb(world: &mut World, nodes: &[NodeId], link: Link) -> Result<(), Trouble> {
    let start = world.now();
    for (step, pair) in nodes.windows(2).enumerate() {
        let [one, other] = *pair else { continue };
        world.run_until(start.after(Duration::from_millis(40 * (step as u64 + 1))))?;
        world.disconnect(one, other);
        world.run_until(world.now().after(Duration::from_millis(15)))?;
        world.connect(one, other, link);
    }
    Ok(())
}

#[derive(Default)]
struct Sums {
    /// Bytes of blocks that left their senders, by the network.
    left: u64,
    /// Bytes of blocks that left their senders, by the senders' ledgers.
    sent: u64,
    /// Bytes of blocks that left and did not come.
    lost: u64,
    /// Bytes of blocks that came first, by their receivers' counts.
    received: u64,
    duplicate: u64,
    unasked: u64,
    /// What nobody wanted any more when it came, and so was not hashed.
    unread: u64,
    wants_open: u64,
    outstanding: u64,
    left_over: u64,
    unbalanced: u64,
}

impl Sums {
    fn of(report: &Report, world: &World) -> Self {
        let mut sums = Self::default();
        for ((from, to), traffic) in &report.traffic {
            let (left, came) = (traffic.sent.blocks.bytes, traffic.arrived.blocks.bytes);
            let account =
                |node: &NodeId, peer: &NodeId| world.engine(*node).account(&peer.peer_id());
            let sent =
                account(from, to).map_or(0, |account| account.sent_to + account.relayed_sent_to);
            let got = account(to, from).map_or(0, |account| {
                account.received_from
                    + account.relayed_received_from
                    + account.duplicate_received_from
                    + account.unasked_received_from
            });
            sums.left += left;
            sums.sent += sent;
            sums.lost += left.saturating_sub(came);
            sums.unbalanced += u64::from(sent != left || got > came || came > left);
        }
        for node in &report.nodes {
            let (client, gauges) = (&node.stats.client, node.stats.gauges);
            sums.received += client.wanted.bytes;
            sums.duplicate += client.duplicate.bytes;
            sums.unasked += client.unasked.bytes;
            sums.unread += node.stats.wire.unhashed.bytes;
            let ended: u64 = client.wants_ended.iter().sum();
            sums.wants_open += client.wants_started.abs_diff(ended);
            sums.outstanding += gauges.outstanding_bytes;
            sums.left_over += gauges.calls + gauges.wants + gauges.requests + gauges.tasks;
        }
        sums
    }
}
