//! Every shape hangs together, and has the degrees that it should have; what others drew is read.

use std::time::Duration;

use super::{Apart, Distance, Edge, EdgeListError, Topology, Wiring, read_edges};
use crate::network::{Latency, Link};
use crate::popularity::Popularity;

const SHAPES: [Topology; 10] = [
    Topology::Clusters { size: 7 },
    Topology::Complete,
    Topology::ErdosRenyi { per_million: 50_000 },
    Topology::KuboLike,
    Topology::Line,
    Topology::PowerLaw { each: 2 },
    Topology::RandomRegular { degree: 6 },
    Topology::Ring,
    Topology::SmallWorld { degree: 4, percent: 20 },
    Topology::Star,
];

#[test]
fn all_nodes_hang_together() {
    for shape in SHAPES {
        for nodes in [1, 2, 3, 10, 61] {
            let edges = shape.edges(nodes, 1);
            assert_eq!(reached_from_first(&edges, nodes), nodes, "{shape:?} {nodes}");
            assert!(edges.iter().all(|(one, other)| one < other && *other < nodes), "{shape:?}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_shape_again_and_another_gives_another() {
    let shape = Topology::RandomRegular { degree: 6 };
    assert_eq!(shape.edges(50, 1), shape.edges(50, 1));
    assert_ne!(shape.edges(50, 1), shape.edges(50, 2));
}

#[test]
fn in_a_regular_shape_everybody_has_the_same_number() {
    let edges = Topology::RandomRegular { degree: 6 }.edges(50, 3);
    for node in 0..50 {
        let degree = edges.iter().filter(|(one, other)| *one == node || *other == node).count();
        assert_eq!(degree, 6, "{node}");
    }
}

#[test]
fn popular_nodes_become_more_popular() {
    let edges = Topology::PowerLaw { each: 2 }.edges(500, 3);
    let degree = |node| edges.iter().filter(|(one, other)| *one == node || *other == node).count();
    let most = (0..500).map(degree).max().unwrap_or(0);
    assert!(most > 20, "{most} where the mean is 4");
}

#[test]
fn those_who_fetch_reach_those_who_have_it_only_through_others() {
    let edges = Topology::SPARSE_30.edges(30, 1);
    assert_eq!(edges.len(), 30 * 29 / 2 - 15 * 5);
    assert!(edges.iter().all(|(one, other)| *one >= 15 || *other < 25));
    assert_eq!(reached_from_first(&edges, 30), 30);
}

#[test]
fn in_a_sample_of_the_live_network_a_node_is_connected_to_providers_of_most_blocks() {
    const NODES: usize = 2_000;
    let edges = Topology::KuboLike.edges(NODES, 1);
    let shares = Popularity::Measured.of(723 * NODES / 20_000);
    // Of those that are not connected to all.
    let others = 100..NODES;
    let (mut degrees, mut provided) = (0, 0);
    for (one, other) in &edges {
        for (node, peer) in [(*one, *other), (*other, *one)] {
            if others.contains(&node) {
                degrees += 1;
                provided += shares.per_million(peer);
            }
        }
    }
    let degree = degrees * 20_000 / others.len() / NODES;
    assert!(degree.abs_diff(853) < 20, "{degree}");
    let provided = provided / others.len() as u64;
    assert!(provided.abs_diff(983_700) < 3_000, "{provided} in a million");
}

#[test]
fn what_does_not_hang_together_is_told() {
    let near = Distance::Alike(Duration::from_millis(1).into());
    let apart = Wiring::of_edges(5, &[(0, 1), (1, 3)], near, 1);
    assert_eq!(apart, Err(Apart { nodes: 5, node: 2 }));
    let nobody_between = Topology::Sparse { leechers: 2, seeders: 2 };
    assert_eq!(Wiring::new(nobody_between, 4, near, 1), Err(Apart { nodes: 4, node: 2 }));
}

#[test]
fn groups_are_near_within_and_far_between() {
    let [near, far] = [2, 80].map(|ms| Latency::from(Duration::from_millis(ms)));
    let distance = Distance::Clusters { size: 4, inside: near, across: far };
    let wiring = Wiring::new(Topology::Clusters { size: 4 }, 12, distance, 1).expect("it hangs");
    assert_eq!(wiring.links[&(0, 3)], Link::with_latency(near));
    assert_eq!(wiring.links[&(0, 4)], Link::with_latency(far));
    assert_eq!(wiring.links.values().filter(|link| link.latency == far).count(), 2);
}

#[test]
fn a_list_of_edges_is_read_in_any_order_and_twice() {
    let read = read_edges("# one,other\n2,1\n\n 0 , 1\r\n1,2\n");
    assert_eq!(read, Ok((3, vec![(0, 1), (1, 2)])));
}

#[test]
fn what_is_wrong_in_a_list_of_edges_is_told_with_its_line() {
    let found = String::from;
    let cases = [
        ("", EdgeListError::Empty),
        ("0,1\n1 2", EdgeListError::NoEdge { line: 2, found: found("1 2") }),
        ("0,1\n\n1,-2", EdgeListError::NoNumber { line: 3, found: found("-2") }),
        ("0,1,9", EdgeListError::NoNumber { line: 1, found: found("1,9") }),
        ("4,4", EdgeListError::Loop { line: 1, node: 4 }),
        ("0,9999999", EdgeListError::TooManyNodes { line: 1, node: 9_999_999, limit: 1_000_000 }),
    ];
    for (text, error) in cases {
        assert_eq!(read_edges(text), Err(error), "{text:?}");
    }
}

fn reached_from_first(edges: &[Edge], nodes: usize) -> usize {
    let mut reached = vec![false; nodes];
    let mut next = vec![0];
    while let Some(node) = next.pop() {
        if std::mem::replace(&mut reached[node], true) {
            continue;
        }
        for (one, other) in edges {
            if *one == node {
                next.push(*other);
            } else if *other == node {
                next.push(*one);
            }
        }
    }
    reached.iter().filter(|is_reached| **is_reached).count()
}
