//! Every shape hangs together, and has the degrees that it should have.

use super::{Edge, Topology};

const SHAPES: [Topology; 9] = [
    Topology::Clusters { size: 7 },
    Topology::Complete,
    Topology::ErdosRenyi { per_million: 50_000 },
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
