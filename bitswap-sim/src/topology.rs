//! Connections between nodes: graphs over the numbers from 0, drawn from a seed's own stream, so
//! that nothing else changes them.

mod edge_list;
#[cfg(test)]
mod tests;
mod wiring;

use std::collections::BTreeSet;

use bitswap_core::Chance;

pub use edge_list::{EdgeListError, read_edges};
pub use wiring::{Apart, Distance, Wiring};

/// A shape of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// Groups of this many nodes; inside a group all are connected, and one node of each group
    /// is connected to one of the next.
    Clusters {
        /// Nodes in a group.
        size: usize,
    },
    /// Everybody to everybody.
    Complete,
    /// Each pair with this chance in a million, on top of a ring that keeps all together.
    ErdosRenyi {
        /// Of a million pairs, how many.
        per_million: u32,
    },
    /// A sample of the live network as it was measured in 2022: of 20,000 nodes, each with 853
    /// connections.
    ///
    /// A sample keeps *how likely* two nodes are connected, not how many connections they have; so
    /// a broadcast finds what it finds there, with fewer messages. What 853 connections found there
    /// was 98 of 100 blocks, which random ones could not: those who provide most are connected to
    /// nearly everybody. Here the first nodes, 357 of 20,000, are connected to all, and the others
    /// at random, so that each has 853 of 20,000 in the mean, those first ones among them. With
    /// blocks at the first nodes, 723 of 20,000, as
    /// [`Popularity::Measured`](crate::popularity::Popularity::Measured) has it, a node has a
    /// provider of 98.37 % of all blocks among its connections.
    KuboLike,
    /// One after another.
    Line,
    /// Newcomers connect to so many of those that are there, rather to those with many
    /// connections (Barabási and Albert, 1999).
    PowerLaw {
        /// Connections of a newcomer.
        each: usize,
    },
    /// Everybody has this many connections, or one more where that cannot be.
    RandomRegular {
        /// Connections of each.
        degree: usize,
    },
    /// A line whose ends are connected.
    Ring,
    /// A ring in which everybody is connected to the nearest on both sides, and each connection
    /// leads elsewhere with this chance (Watts and Strogatz, 1998).
    SmallWorld {
        /// Connections of each; rounded down to an even number.
        degree: usize,
        /// Of a hundred connections, how many lead elsewhere.
        percent: u32,
    },
    /// All nodes are connected to all, except the first nodes to the last ones: a fetcher finds a
    /// holder only through others. The network hangs together if there are others.
    Sparse {
        /// Number of the first nodes, which fetch.
        leechers: usize,
        /// Number of the last nodes, which have the content.
        seeders: usize,
    },
    /// Everybody to the first.
    Star,
}

/// Two numbers, the lower one first.
pub type Edge = (usize, usize);

impl Topology {
    /// Among thirty nodes: fifteen who fetch, ten others, five who have it. The network on which
    /// relaying was first measured.
    pub const SPARSE_30: Self = Self::Sparse { leechers: 15, seeders: 5 };

    /// The connections among `nodes` nodes, in order and each once. All nodes hang together, unless
    /// a shape says otherwise.
    pub fn edges(&self, nodes: usize, seed: u64) -> Vec<Edge> {
        let mut chance = Chance::named(seed, "topology");
        let edges = match *self {
            Self::Clusters { size } => clusters(nodes, size.max(1)),
            Self::Complete => pairs(nodes).collect(),
            Self::ErdosRenyi { per_million } => {
                let drawn = pairs(nodes).filter(|_| chance.one_in(per_million.into(), 1_000_000));
                ring(nodes).chain(drawn).collect()
            }
            Self::KuboLike => kubo_like(nodes, &mut chance),
            Self::Line => (1..nodes).map(|node| (node - 1, node)).collect(),
            Self::PowerLaw { each } => power_law(nodes, each.max(1), &mut chance),
            Self::RandomRegular { degree } => {
                let mut edges = lattice(nodes, degree);
                switch(&mut edges, &mut chance, 10);
                edges.into_iter().chain(ring(nodes).take(usize::from(degree < 3) * nodes)).collect()
            }
            Self::Ring => ring(nodes).collect(),
            Self::SmallWorld { degree, percent } => {
                let near = lattice(nodes, degree & !1);
                let far = near.into_iter().map(|(one, other)| {
                    let elsewhere = chance.below(nodes as u64) as usize;
                    let moves = chance.one_in(percent.into(), 100) && elsewhere != one;
                    edge(one, if moves { elsewhere } else { other })
                });
                ring(nodes).chain(far).collect()
            }
            Self::Sparse { leechers, seeders } => {
                let first_seeder = nodes.saturating_sub(seeders);
                pairs(nodes).filter(|it| it.0 >= leechers || it.1 < first_seeder).collect()
            }
            Self::Star => (1..nodes).map(|node| (0, node)).collect(),
        };
        let once: BTreeSet<Edge> = edges.into_iter().collect();
        once.into_iter().collect()
    }
}

fn edge(one: usize, other: usize) -> Edge {
    (one.min(other), one.max(other))
}

fn pairs(nodes: usize) -> impl Iterator<Item = Edge> {
    (0..nodes).flat_map(move |one| (one + 1..nodes).map(move |other| (one, other)))
}

fn ring(nodes: usize) -> impl Iterator<Item = Edge> {
    let count = if nodes < 3 { nodes.saturating_sub(1) } else { nodes };
    (0..count).map(move |node| edge(node, (node + 1) % nodes))
}

/// Everybody connected to the nearest on a ring, half on each side.
fn lattice(nodes: usize, degree: usize) -> BTreeSet<Edge> {
    let degree = degree.min(nodes.saturating_sub(1));
    let mut edges = BTreeSet::new();
    for node in 0..nodes {
        for step in 1..=degree.div_ceil(2) {
            edges.insert(edge(node, (node + step) % nodes));
        }
    }
    edges
}

/// Exchanges the ends of random pairs of edges: degrees stay as they are. Keeps what hangs
/// together on the ring's own edges hanging together.
fn switch(edges: &mut BTreeSet<Edge>, chance: &mut Chance, times: usize) {
    let mut list: Vec<Edge> = edges.iter().copied().collect();
    for _ in 0..list.len() * times {
        let one = chance.below(list.len() as u64) as usize;
        let other = chance.below(list.len() as u64) as usize;
        let ((a, b), (c, d)) = (list[one], list[other]);
        let (first, second) = (edge(a, d), edge(c, b));
        let is_new = |new: &Edge| new.0 != new.1 && !edges.contains(new);
        if !is_new(&first) || !is_new(&second) || first == second {
            continue;
        }
        for (place, new) in [(one, first), (other, second)] {
            edges.remove(&list[place]);
            edges.insert(new);
            list[place] = new;
        }
    }
}

fn clusters(nodes: usize, size: usize) -> Vec<Edge> {
    let mut edges = Vec::new();
    for start in (0..nodes).step_by(size) {
        let end = (start + size).min(nodes);
        for one in start..end {
            edges.extend((one + 1..end).map(|other| (one, other)));
        }
        if start > 0 {
            edges.push((start - size, start));
        }
    }
    edges
}

fn kubo_like(nodes: usize, chance: &mut Chance) -> Vec<Edge> {
    const NODES: u64 = 20_000;
    const DEGREE: u64 = 853;
    /// So many that 98.37 % of blocks have a provider among a node's connections: they provide
    /// 98.30 %, and of what others do a node is connected to one in forty.
    const CONNECTED_TO_ALL: u64 = 357;

    let hubs = (nodes as u64 * CONNECTED_TO_ALL).div_ceil(NODES) as usize;
    let (parts, whole) = (DEGREE - CONNECTED_TO_ALL, NODES - 1 - CONNECTED_TO_ALL);
    pairs(nodes).filter(|it| it.0 < hubs || chance.one_in(parts, whole)).collect()
}

fn power_law(nodes: usize, each: usize, chance: &mut Chance) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    for newcomer in 1..nodes {
        for _ in 0..each.min(newcomer) {
            // Either end of a random connection: everybody as often as it has connections.
            let drawn = chance.below(2 * edges.len() as u64 + 1) as usize;
            let host = match edges.get(drawn / 2) {
                Some((one, other)) if *one != newcomer && *other != newcomer => {
                    if drawn.is_multiple_of(2) { *one } else { *other }
                }
                _ => chance.below(newcomer as u64) as usize,
            };
            edges.push((host, newcomer));
        }
    }
    edges
}
