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
    note: "Each line is the sum over all nodes; books that balance only in sum would show in the \
           last line, which counts pairs of nodes that do not.",
    run: wild_run,
};

fn wild_run() -> Result<Vec<Finding>, Trouble> {
    let world = run()?;
    let report = world.report();
    let sums = Sums::of(&report, &world);
    let bytes = |of: &str, exact, simulated| Finding::new(of, Unit::Bytes, exact, simulated);
    Ok(vec![
        bytes("sent to others, by the ledgers", sums.left, sums.sent),
        bytes(&sums.ways(), sums.sent, sums.came + sums.lost),
        Finding::count("wants that ended", sums.wants_started, sums.wants_ended),
        bytes("on its way at the end", 0, sums.outstanding),
        Finding::count("calls, wants, requests and tasks left at the end", 0, sums.left_over),
        Finding::count("pairs of nodes whose books differ", 0, sums.unbalanced),
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
    /// The same, by the senders' ledgers.
    sent: u64,
    /// Bytes of blocks that came to their receivers, by the receivers' counts.
    came: u64,
    /// Of these, what had come before.
    duplicate: u64,
    /// Of these, what nobody had asked for.
    unasked: u64,
    /// Of these, what nobody wanted any more when it came, and so was not hashed.
    unread: u64,
    /// Bytes of blocks that left and did not come.
    lost: u64,
    wants_started: u64,
    wants_ended: u64,
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
            let sent = account(from, to).map_or(0, |account| account.sent_to);
            let got = account(to, from).map_or(0, |account| {
                account.received_from
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
            let unread = node.stats.wire.unhashed.bytes;
            let others = client.duplicate.bytes + client.unasked.bytes + unread;
            sums.came += client.wanted.bytes + others;
            sums.duplicate += client.duplicate.bytes;
            sums.unasked += client.unasked.bytes;
            sums.unread += unread;
            sums.wants_started += client.wants_started;
            sums.wants_ended += client.wants_ended.iter().sum::<u64>();
            sums.outstanding += gauges.outstanding_bytes;
            sums.left_over += gauges.calls + gauges.wants + gauges.requests + gauges.tasks;
        }
        sums
    }

    /// What became of what was sent, in words.
    fn ways(&self) -> String {
        let Self { duplicate, unasked, unread, lost, .. } = self;
        format!(
            "received first, duplicate ({duplicate} B), unasked ({unasked} B), unread ({unread} B) \
             or lost ({lost} B)"
        )
    }
}
