//! What connections are like, and whether they hold a network together.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::Chance;

use super::{Edge, Topology};
use crate::network::{Latency, Link};

/// How far nodes are from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// Every two of them alike.
    Alike(Latency),
    /// Near within a group of so many, far between groups: fits [`Topology::Clusters`].
    Clusters {
        /// Nodes in a group.
        size: usize,
        /// Between two of a group.
        inside: Latency,
        /// Between two of different groups.
        across: Latency,
    },
    /// Drawn evenly for every two of them.
    Drawn {
        /// The nearest.
        least: Duration,
        /// The farthest.
        most: Duration,
        /// Up to so many hundredths of it more or less, for each message.
        jitter: u32,
    },
}

/// Nodes, and what connects them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// Number of nodes.
    pub nodes: usize,
    /// The pairs of nodes that are connected, and their links.
    pub links: BTreeMap<Edge, Link>,
}

/// A network that does not hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("of {nodes} nodes, node {node} cannot be reached from node 0: connect it, or leave it out")]
pub struct Apart {
    /// Number of nodes.
    pub nodes: usize,
    /// The first that cannot be reached.
    pub node: usize,
}

impl Wiring {
    /// `nodes` nodes in this shape, this far from one another.
    ///
    /// # Errors
    /// [`Apart`] if it does not hang together.
    pub fn new(
        topology: Topology,
        nodes: usize,
        distance: Distance,
        seed: u64,
    ) -> Result<Self, Apart> {
        Self::of_edges(nodes, &topology.edges(nodes, seed), distance, seed)
    }

    /// `nodes` nodes with these edges, this far from one another. Edges that lead to no node are
    /// left out.
    ///
    /// # Errors
    /// [`Apart`] if it does not hang together.
    pub fn of_edges(
        nodes: usize,
        edges: &[Edge],
        distance: Distance,
        seed: u64,
    ) -> Result<Self, Apart> {
        let mut chance = Chance::named(seed, "distance");
        let edges = edges.iter().filter(|(one, other)| one < other && *other < nodes);
        let links = edges.map(|edge| (*edge, Link::with_latency(distance.of(*edge, &mut chance))));
        let wiring = Self { nodes, links: links.collect() };
        match wiring.out_of_reach() {
            Some(node) => Err(Apart { nodes, node }),
            None => Ok(wiring),
        }
    }

    /// The neighbours of each node, by number.
    pub fn neighbours(&self) -> Vec<Vec<usize>> {
        let mut neighbours = vec![Vec::new(); self.nodes];
        for (from, to) in
            self.links.keys().flat_map(|(one, other)| [(*one, *other), (*other, *one)])
        {
            if let Some(of_one) = neighbours.get_mut(from) {
                of_one.push(to);
            }
        }
        neighbours
    }

    /// The first node that cannot be reached from node 0, if there is one.
    pub fn out_of_reach(&self) -> Option<usize> {
        let neighbours = self.neighbours();
        let mut is_reached = vec![false; self.nodes];
        let mut next = vec![0];
        while let Some(node) = next.pop() {
            if !is_reached.get(node).is_none_or(|is_reached| *is_reached) {
                is_reached[node] = true;
                next.extend(&neighbours[node]);
            }
        }
        is_reached.iter().position(|is_reached| !is_reached)
    }
}

impl Distance {
    fn of(&self, (one, other): Edge, chance: &mut Chance) -> Latency {
        match *self {
            Self::Alike(latency) => latency,
            Self::Clusters { size, inside, across } => {
                let size = size.max(1);
                if one / size == other / size { inside } else { across }
            }
            Self::Drawn { least, most, jitter } => {
                let middle = Latency::Uniform { least, most: most.max(least) }.draw(chance);
                Latency::around(middle, jitter)
            }
        }
    }
}
