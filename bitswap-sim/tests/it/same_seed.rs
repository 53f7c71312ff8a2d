//! The seed decides everything, in every build and on every machine.

use std::time::Duration;

use bitswap_sim::scenario::city::City;

use crate::cast::{defaults, eventful, finish, three_servers};

/// What happens in `trace_of(7)`. A change of the engine, the strategies, the wire or the model
/// changes it; a change of compiler, build or machine must not.
const KNOWN: &str = "a7b1a3c5012bef2ec5881fec99707ca0";

#[test]
fn the_same_fetch_twice_is_the_same_to_the_last_byte() {
    let runs = [7, 7, 8].map(|seed| finish(&mut three_servers(seed, &[])));

    let [one, again, other] = runs.map(|report| (report.trace, report.events, report.at));
    assert_eq!(one, again);
    assert_ne!(one.0, other.0);
}

#[test]
fn the_run_of_a_seed_is_known() {
    assert_eq!(trace_of(7), KNOWN);
}

#[test]
fn blocks_beside_their_frames_change_nothing() {
    let [in_frames, beside] = [true, false].map(|copies| {
        let mut world = three_servers(7, &[]);
        world.copy_payloads(copies);
        finish(&mut world).trace
    });

    assert_eq!(in_frames, beside);
}

#[test]
fn a_city_whose_messages_are_handed_over_whole_is_the_same() {
    // One of each kind is hostile.
    let small = City { nodes: 40, degree: 8, sessions: 6, hostile: 40, ..City::default() };
    let [in_frames, whole] = [false, true].map(|hands_over| {
        let mut city_world = small.build(1, false).expect("it can be built");
        city_world.world.hand_over(hands_over);
        let is_over = city_world.run(Duration::from_secs(600), 20_000);
        assert!(is_over.is_ok(), "{is_over:?}");
        (city_world.world.trace(), city_world.world.events())
    });

    assert_eq!(in_frames, whole);
}

/// The trace of a run in which connections reset.
fn trace_of(seed: u64) -> String {
    finish(&mut eventful(seed, defaults)).trace.to_string()
}
