//! Scenarios keep what they promise, on a small scale.

use std::time::Duration;

use bitswap_sim::scenario::Promise;
use bitswap_sim::scenario::split::Split;
use bitswap_sim::scenario::storm::Storm;
use bitswap_sim::{Access, Rate};

#[test]
fn halves_that_are_one_again_go_on_at_once() {
    for (seed, seconds) in [(1, 10), (2, 60), (3, 3_600)] {
        let cut = Duration::from_secs(seconds);
        let split = Split { nodes: 30, cut, fetches: 10, ..Split::default() };
        let mended = split.build(seed, true).expect("it can be built").run();
        let mended = mended.unwrap_or_else(|halt| panic!("{halt}"));
        assert!(mended.ends.len() > 15, "the cut was in nobody's way");
        all_kept(&mended.promises(cut));
    }
}

#[test]
fn after_a_storm_blocks_come_as_before() {
    let access = Access::both_ways(Rate::mbit_per_second(4));
    let small = Storm { peers: 60, sessions: 3, open: 20, ..Storm::default() };
    let storm = Storm { blocks: 1_000, holders: 8, access, ..small };
    let calm = storm.build(1, true).expect("it can be built").run();
    let calm = calm.unwrap_or_else(|halt| panic!("{halt}"));
    assert!(calm.rate > 50, "{calm:?}");
    all_kept(&calm.promises());
}

fn all_kept(promises: &[Promise]) {
    let broken: Vec<_> = promises.iter().filter(|promise| !promise.is_kept()).collect();
    assert!(broken.is_empty(), "{broken:?}");
}
