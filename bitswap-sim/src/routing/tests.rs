//! What look-ups find, when, and what a dial comes to.

use std::time::Duration;

use bitswap_core::{LookupId, Timestamp};
use multihash::Multihash;

use super::{Records, Request, Routing, RoutingEvent, RoutingModel};
use crate::world::NodeId;

const RTT: Duration = Duration::from_millis(50);

#[test]
fn a_walk_takes_its_hops_and_names_providers_one_by_one() {
    let spacing = Duration::from_millis(7);
    let records = Records { spacing, ..Records::default() };
    let mut model = model(Routing { records, ..Routing::kademlia(3..=3, RTT) });
    model.provide(at(0), node(1), hash(1));
    model.provide(at(0), node(2), hash(1));

    let events = model.look_up(at(100), node(0), request(1));

    let found: Vec<_> = events.iter().map(|(at, _)| *at).collect();
    assert_eq!(found, [at(250), at(257), at(257)]);
    assert!(matches!(events[1].1, RoutingEvent::Finds(LookupId(1), _)));
    assert_eq!(events[2].1, RoutingEvent::Ends(LookupId(1)));
    assert_eq!((model.tally.messages, model.tally.providers), (2 * 3 * 3, 2));
}

#[test]
fn hops_are_drawn_evenly_and_alike_for_the_same_look_up() {
    let routing = || Routing::kademlia(2..=4, RTT);
    let mut times = [0_u32; 5];
    for number in 0..300 {
        let mut model = model(routing());
        let ends_at =
            |model: &mut RoutingModel| model.look_up(at(0), node(number), request(1))[0].0;
        let (once, again) = (ends_at(&mut model), ends_at(&mut self::model(routing())));
        assert_eq!(once, again);
        times[(once.as_nanos() / RTT.as_nanos() as u64) as usize] += 1;
    }

    assert_eq!(times[..2], [0, 0]);
    assert!(times[2..].iter().all(|count| (70..130).contains(count)), "{times:?}");
}

#[test]
fn an_http_router_answers_after_a_round_trip() {
    let mut model = model(Routing::http(RTT));
    model.provide(at(0), node(1), hash(1));

    let events = model.look_up(at(0), node(0), request(1));

    let found = RoutingEvent::Finds(LookupId(1), node(1).peer_id());
    assert_eq!(events, [(at(50), found), (at(50), RoutingEvent::Ends(LookupId(1)))]);
}

#[test]
fn without_routing_a_look_up_ends_at_once() {
    let mut model = model(Routing::nothing());
    model.provide(at(0), node(1), hash(1));

    assert_eq!(
        model.look_up(at(3), node(0), request(1)),
        [(at(3), RoutingEvent::Ends(LookupId(1)))]
    );
}

#[test]
fn what_is_published_later_or_by_oneself_is_not_found() {
    let records = Records { visible_after: Duration::from_millis(100), ..Records::default() };
    let mut model = model(Routing { records, ..Routing::http(RTT) });
    model.provide(at(0), node(1), hash(1));
    model.provide(at(0), node(0), hash(1));

    assert_eq!(model.look_up(at(49), node(0), request(1)).len(), 1);
    assert_eq!(model.look_up(at(50), node(0), request(2)).len(), 2);
}

#[test]
fn the_time_and_the_number_of_providers_are_bounded() {
    let mut model = model(Routing::kademlia(4..=4, RTT));
    for number in 1..6 {
        model.provide(at(0), node(number), hash(1));
    }

    let late = Request { timeout: Duration::from_millis(199), ..request(1) };
    assert_eq!(model.look_up(at(0), node(0), late), [(at(199), RoutingEvent::Ends(LookupId(1)))]);
    let few = Request { max_providers: 2, ..request(2) };
    assert_eq!(model.look_up(at(0), node(0), few).len(), 3);
}

#[test]
fn only_so_many_look_ups_run_at_once_and_the_others_wait() {
    let mut model = model(Routing { at_once: 1, ..Routing::http(RTT) });
    assert_eq!(model.look_up(at(0), node(0), request(1)).len(), 1);
    assert_eq!(model.look_up(at(0), node(0), request(2)), []);
    assert_eq!(model.look_up(at(0), node(1), request(3)).len(), 1, "another node's");

    let next = model.end(at(50), node(0), LookupId(1));

    assert_eq!(next, Some(vec![(at(100), RoutingEvent::Ends(LookupId(2)))]));
    assert_eq!(model.end(at(51), node(0), LookupId(1)), None, "it ended before");
}

#[test]
fn a_look_up_that_is_stopped_ends_whether_it_ran_or_waited() {
    let mut model = model(Routing { at_once: 1, ..Routing::http(RTT) });
    model.look_up(at(0), node(0), request(1));
    model.look_up(at(0), node(0), request(2));

    for lookup in [LookupId(2), LookupId(1)] {
        assert!(model.stop(node(0), lookup));
        assert_eq!(model.end(at(1), node(0), lookup), Some(Vec::new()));
        assert!(!model.is_running(node(0), lookup));
    }
    assert!(!model.stop(node(0), LookupId(1)));
}

#[test]
fn records_are_missed_or_outdated_as_often_as_is_said() {
    let records = Records { missed: 300_000, outdated: 200_000, ..Records::default() };
    let mut model = model(Routing { records, ..Routing::http(RTT) });
    model.provide(at(0), node(0), hash(1));
    let (mut right, mut gone) = (0_u32, 0_u32);
    for number in 1..=2_000 {
        for (_, event) in model.look_up(at(0), node(number), request(1)) {
            let RoutingEvent::Finds(_, peer) = event else { continue };
            *if peer == node(0).peer_id() { &mut right } else { &mut gone } += 1;
        }
    }

    assert!(right.abs_diff(1_400) < 80 && gone.abs_diff(280) < 60, "{right}, {gone}");
}

#[test]
fn a_dial_takes_its_round_trips_or_until_it_is_given_up() {
    let mut model = model(Routing::nothing());
    let peer = node(1).peer_id();
    let dial = |model: &mut RoutingModel, exists| model.dial(at(10), peer, exists, None);

    let through = RoutingEvent::Dialled { peer, comes_through: true };
    assert_eq!(dial(&mut model, true), (at(10 + 2 * 50), through));
    let failed = RoutingEvent::Dialled { peer, comes_through: false };
    assert_eq!(dial(&mut model, false), (at(10 + 5_000), failed));
    model.config.dialling.unreachable = 1_000_000;
    assert_eq!(dial(&mut model, true), (at(10 + 5_000), failed));
}

fn model(routing: Routing) -> RoutingModel {
    let mut model = RoutingModel::new(1);
    model.config = routing;
    model
}

fn request(number: u64) -> Request {
    let lookup = LookupId(number);
    Request { lookup, hash: hash(1), max_providers: 10, timeout: Duration::from_secs(60) }
}

fn hash(number: u8) -> Multihash<64> {
    Multihash::wrap(0x12, &[number; 32]).expect("32 bytes fit")
}

fn node(place: usize) -> NodeId {
    NodeId::at(place)
}

fn at(millis: u64) -> Timestamp {
    Timestamp::ZERO.after(Duration::from_millis(millis))
}
