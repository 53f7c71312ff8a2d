//! Blocks that only strangers have: they are looked up, dialled, and asked.

use std::time::Duration;

use bitswap_core::{CallOptions, Input, SessionId};
use bitswap_sim::{
    Access, Crash, Dialling, Link, NodeConfig, NodeId, Rate, Records, Routing, World,
};
use cid::Cid;

use crate::cast::{add, at, blocks, defaults, fetch, finish, ms, passes, world};

const ROUND_TRIP: Duration = Duration::from_millis(50);

#[test]
fn providers_that_are_gone_are_dialled_in_vain_and_the_right_one_serves() {
    let (mut world, fetcher, provider) = strangers();
    let records = Records { outdated: 1_000_000, ..Records::default() };
    world.set_routing(Routing { records, ..Routing::kademlia(3..=3, ROUND_TRIP) });
    let content = blocks(&mut world, 1, 10_000);
    world.store(provider, &content);
    world.provide(provider, &[content[0].0]);
    fetch(&mut world, fetcher, &content, 1);

    let report = finish(&mut world);

    assert_eq!(report.fetches[0].got.blocks, 1);
    let tally = world.routing_tally();
    assert_eq!((tally.lookups, tally.providers), (1, 2));
    assert_eq!((tally.dials, tally.failed_dials), (2, 1));
    assert_eq!(tally.messages, 2 * 3 * 3);
}

#[test]
fn a_record_outlives_its_provider_and_a_later_look_up_finds_another() {
    let (mut world, fetcher, provider) = strangers();
    world.set_routing(Routing::kademlia(3..=3, ROUND_TRIP));
    let content = blocks(&mut world, 1, 10_000);
    let cids: Vec<Cid> = vec![content[0].0];
    world.provide(provider, &cids);
    world.crash(provider, Crash { keeps_store: true, noticed_after: ms(0) });
    let call = fetch(&mut world, fetcher, &content, 1);

    passes(world.run_until(at(30_000)));
    assert_eq!(world.routing_tally().failed_dials, 1);
    let other = add(&mut world, defaults());
    world.store(other, &content);
    world.provide(other, &cids);
    passes(world.run_until(at(90_000)));

    assert_eq!(world.fetched(call).map(|fetched| fetched.got.blocks), Some(1));
}

#[test]
fn who_cannot_be_dialled_serves_nobody() {
    let (mut world, fetcher, provider) = strangers();
    let dialling = Dialling { unreachable: 1_000_000, ..Dialling::default() };
    world.set_routing(Routing { dialling, ..Routing::http(ROUND_TRIP) });
    let content = blocks(&mut world, 1, 10_000);
    world.store(provider, &content);
    world.provide(provider, &[content[0].0]);
    let call = fetch(&mut world, fetcher, &content, 1);

    passes(world.run_until(at(300_000)));

    let tally = world.routing_tally();
    assert!(tally.dials > 1 && tally.dials == tally.failed_dials, "{tally:?}");
    assert_eq!(world.fetched(call).map(|fetched| fetched.got.blocks), Some(0));
}

#[test]
fn a_look_up_that_is_no_longer_needed_makes_room_for_the_next() {
    let (mut world, fetcher, _) = strangers();
    world.set_routing(Routing { at_once: 1, ..Routing::kademlia(4..=4, ms(2_000)) });
    let content = blocks(&mut world, 2, 10_000);
    let call = fetch(&mut world, fetcher, &content[..1], 1);
    passes(world.run_until(at(3_000)));
    assert_eq!(world.routing_tally().lookups, 1);

    world.happen(fetcher, Input::CallCancelled { call });
    fetch(&mut world, fetcher, &content[1..], 1);
    passes(world.run_until(at(4_001)));

    assert_eq!(world.routing_tally().lookups, 2, "a second after the second call");
    assert_eq!(world.engine(fetcher).stats().stray_inputs, 0);
}

#[test]
fn a_look_up_does_not_wait_for_how_slowly_others_answer_for_other_things() {
    let (mut world, fetcher, provider) = strangers();
    let up = Rate::bits_per_second(100_000);
    let access = Access { up, ..Access::default() };
    let slow = add(&mut world, NodeConfig { access, ..defaults() });
    world.connect(fetcher, slow, Link::with_latency(ms(5)));
    world.set_routing(Routing::http(ROUND_TRIP));
    let content = blocks(&mut world, 65, 20_000);
    world.store(slow, &content[..64]);
    fetch(&mut world, fetcher, &content[..64], 64);
    passes(world.run_until(at(60_000)));
    world.store(provider, &content[64..]);
    world.provide(provider, &[content[64].0]);
    let cids = vec![content[64].0];
    let call = world.fetch(fetcher, SessionId(2), cids, CallOptions::default());

    passes(world.run_until(at(65_000)));

    assert_eq!(world.fetched(call).map(|fetched| fetched.got.blocks), Some(1));
}

/// A fetcher and a provider who do not know one another.
fn strangers() -> (World, NodeId, NodeId) {
    let mut world = world(1);
    let fetcher = add(&mut world, defaults());
    let provider = add(&mut world, defaults());
    (world, fetcher, provider)
}
