//! Scenarios keep what they promise, on a small scale.

use std::time::Duration;

use bitswap_sim::scenario::city::{Ceilings, City};
use bitswap_sim::scenario::split::Split;
use bitswap_sim::scenario::storm::Storm;
use bitswap_sim::scenario::{Figure, Promise};
use bitswap_sim::{Access, Rate};

#[test]
fn halves_that_are_one_again_go_on_at_once() {
    for (seed, seconds) in [(1, 10), (2, 60), (3, 3_600)] {
        let cut = Duration::from_secs(seconds);
        let split = Split { nodes: 30, cut, fetches: 10, ..Split::default() };
        let outcome = split.build(seed, true).expect("it can be built").run();
        let outcome = outcome.unwrap_or_else(|halt| panic!("{halt}"));
        assert!(outcome.ends.len() > 15, "the cut was in nobody's way");
        all_kept(&outcome.promises());
    }
}

#[test]
fn after_a_storm_blocks_come_as_before() {
    let access = Access::both_ways(Rate::mbit_per_second(4));
    let small = Storm { peers: 200, sessions: 3, open: 30, missing: 200, ..Storm::default() };
    let storm = Storm { blocks: 5_000, holders: 20, access, ..small };
    let calm = storm.build(1, true).expect("it can be built").run();
    let calm = calm.unwrap_or_else(|halt| panic!("{halt}"));
    assert!(calm.rate > 50, "{calm:?}");
    all_kept(&calm.promises());
}

#[test]
fn every_fetch_ends_in_a_city_where_things_break() {
    let files = (256 << 10, 2 << 20);
    let city = City { nodes: 60, degree: 8, sessions: 6, files, ..City::default() };
    let calm = city.clone().calm().run(1, true).unwrap_or_else(|trouble| panic!("{trouble}"));
    let mut city_world = city.build(1, true).expect("it can be built");
    let is_over = city_world.run(Duration::from_secs(600), 10_000_000);

    assert_eq!(is_over, Ok(true));
    assert_eq!((calm.times.count(), calm.times.unfinished), (6, 0));
    assert_eq!((city_world.outcome().times.count(), city_world.outcome().times.unfinished), (6, 0));
    assert!(city_world.outcome().times.percentile(50) > calm.times.percentile(50));
}

#[test]
fn a_ceiling_above_the_list_of_figures_is_told_as_a_deviation() {
    let city =
        City { nodes: 60, degree: 8, sessions: 6, files: (1 << 18, 1 << 21), ..<_>::default() };
    let [calm, wild] = [city.clone().calm(), city]
        .map(|city| city.run(1, false).unwrap_or_else(|trouble| panic!("{trouble}")));
    let promises = wild.promises(&calm, Ceilings { median: 1, p99: 100_000 });
    let [.., median, p99] = &promises[..] else { panic!("{promises:?}") };

    assert!(!median.is_kept() && p99.is_kept(), "{promises:?}");
    for (promise, listed) in [(median, Ceilings::F3.median), (p99, Ceilings::F3.p99)] {
        let deviates = promise.came > Figure::Percent(listed);
        assert_eq!(promise.what.contains("F3 wants"), deviates, "{promise:?}");
    }
}

fn all_kept(promises: &[Promise]) {
    let broken: Vec<_> = promises.iter().filter(|promise| !promise.is_kept()).collect();
    assert!(broken.is_empty(), "{broken:?}");
}
