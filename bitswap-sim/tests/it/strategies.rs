//! Strategies decide: a selector that learns from deliveries spreads the load unevenly, one that
//! does not spreads it evenly.

use crate::cast::{finish, three_servers};

const SEEDS: std::ops::Range<u64> = 1..31;

#[test]
fn random_shares_evenly_and_probabilistic_spreads_at_least_twice_as_wide() {
    let random = shares(&["peer_selector=random"]);
    let probabilistic = shares(&["peer_selector=probabilistic"]);

    let (even, uneven) = (spread(&random), spread(&probabilistic));
    for share in &random {
        assert!((share - 1.0 / 3.0).abs() <= 0.1, "a server's share under random is {share:.4}");
    }
    assert!(uneven >= 2.0 * even, "random spreads {even:.4}, probabilistic {uneven:.4}");
}

/// The share of each server, for each seed.
fn shares(choices: &[&str]) -> Vec<f64> {
    let of_seed = |seed| {
        let report = finish(&mut three_servers(seed, choices));
        let [fetcher, servers @ ..] = report.nodes.as_slice() else {
            unreachable!("four nodes");
        };
        let shares: Vec<f64> = servers
            .iter()
            .map(|server| {
                let (of_server, all) = fetcher.share_of(server.node);
                assert_eq!(all, 400);
                of_server as f64 / all as f64
            })
            .collect();
        shares
    };
    SEEDS.flat_map(of_seed).collect()
}

/// The standard deviation of shares around the third that each would have.
fn spread(shares: &[f64]) -> f64 {
    let squares: f64 = shares.iter().map(|share| (share - 1.0 / 3.0).powi(2)).sum();
    (squares / shares.len() as f64).sqrt()
}
