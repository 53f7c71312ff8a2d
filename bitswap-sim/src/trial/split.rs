//! A network that falls into groups and is one again.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::churn::Partition;
use crate::topology::{Edge, Wiring};
use crate::world::{NodeId, World};

/// The groups of nodes that can reach one another.
#[derive(Clone, Debug, Default)]
pub(super) struct Split {
    /// In which group each node is, from 1; empty if all can reach one another.
    groups: Vec<usize>,
    /// How often that has changed.
    number: u64,
}

impl Split {
    /// A connection over which nothing comes for so long is taken down, as pings find out.
    pub(super) const SILENCE: Duration = Duration::from_secs(30);

    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Whether a connection leads from one group to another.
    pub(super) fn is_across(&self, (one, other): Edge) -> bool {
        self.group_of(one) != self.group_of(other)
    }

    /// Mends what was cut, and cuts what leads across from now on.
    pub(super) fn become_like(
        &mut self,
        partition: &Partition,
        world: &mut World,
        wiring: &Wiring,
    ) {
        let before = std::mem::take(self);
        self.number = before.number + 1;
        if !partition.groups.is_empty() {
            self.groups = vec![0; wiring.nodes];
        }
        for (group, members) in (1..).zip(&partition.groups) {
            for member in members.iter().filter(|member| **member < wiring.nodes) {
                self.groups[*member] = group;
            }
        }
        for (one, other) in before.connections_across(world) {
            world.mend(one, other);
        }
        for (edge, link) in wiring.links.iter().filter(|(edge, _)| before.is_across(**edge)) {
            if !self.is_across(*edge) {
                world.connect(NodeId::at(edge.0), NodeId::at(edge.1), *link);
            }
        }
        self.hold(world);
    }

    /// Cuts what leads across, also what nodes dialled meanwhile.
    pub(super) fn hold(&self, world: &mut World) {
        for (one, other) in self.connections_across(world) {
            world.cut(one, other);
        }
    }

    /// Takes down what has been quiet since a partition, if that one lasts still.
    pub(super) fn quiet(&self, number: u64, world: &mut World) {
        if number == self.number {
            for (one, other) in self.connections_across(world) {
                world.disconnect(one, other);
            }
        }
    }

    /// Also those in which only one end believes.
    fn connections_across(&self, world: &World) -> BTreeSet<(NodeId, NodeId)> {
        if self.groups.is_empty() {
            return BTreeSet::new();
        }
        let peers_of = |one: NodeId| world.peers_of(one).into_iter().map(move |peer| (one, peer));
        let pairs = world.all_nodes().flat_map(peers_of);
        let across = pairs.filter(|(one, other)| self.is_across((one.place(), other.place())));
        across.map(|(one, other)| (one.min(other), one.max(other))).collect()
    }

    fn group_of(&self, node: usize) -> usize {
        self.groups.get(node).copied().unwrap_or(0)
    }
}
