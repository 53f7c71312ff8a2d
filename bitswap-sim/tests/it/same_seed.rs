//! The seed decides everything, in every build and on every machine.

use std::time::Duration;

use bitswap_sim::scenario::city::City;

use crate::cast::{add, blocks, defaults, fetch, finish, link, ms, passes, three_servers, world};

/// What happens in `eventful(7)`. A change of the engine, the strategies, the wire or the model
/// changes it; a change of compiler, build or machine must not.
const KNOWN: &str = "b5c335d6683690930765740afc198ef7";

#[test]
fn the_same_fetch_twice_is_the_same_to_the_last_byte() {
    let runs = [7, 7, 8].map(|seed| finish(&mut three_servers(seed, &[])));

    let [one, again, other] = runs.map(|report| (report.trace, report.events, report.at));
    assert_eq!(one, again);
    assert_ne!(one.0, other.0);
}

#[test]
fn the_run_of_a_seed_is_known() {
    assert_eq!(eventful(7), KNOWN);
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

/// The trace of a run in which five nodes exchange what they have while connections reset.
fn eventful(seed: u64) -> String {
    let mut world = world(seed);
    let nodes = [(); 5].map(|()| add(&mut world, defaults()));
    for (place, one) in nodes.iter().enumerate() {
        for (other, latency) in nodes.iter().skip(place + 1).zip([10, 40, 20, 80]) {
            world.connect(*one, *other, link(latency));
        }
    }
    let contents = [blocks(&mut world, 60, 3_000), blocks(&mut world, 200, 700)];
    world.store(nodes[0], &contents[0]);
    world.store(nodes[1], &contents[1]);
    for node in &nodes[2..] {
        fetch(&mut world, *node, &contents[0], 8);
        fetch(&mut world, *node, &contents[1], 32);
    }
    for node in &nodes[2..] {
        passes(world.run_until(world.now().after(ms(90))));
        world.reset(nodes[0], *node);
        world.disconnect(nodes[1], *node);
        passes(world.run_until(world.now().after(ms(90))));
        world.connect(nodes[1], *node, link(30));
    }
    finish(&mut world).trace.to_string()
}
