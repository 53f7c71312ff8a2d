//! When messages arrive, which are lost and which wait.

use std::time::Duration;

use bitswap_core::{BlockCount, Lane, SendId, Timestamp};
use bytes::Bytes;

use super::{
    Access, Contents, Delivery, Departure, Frame, Link, Network, Pair, Rate, Sending, Trip,
};
use crate::world::NodeId;

/// 8 Mbit/s: a byte takes a microsecond.
const MICROSECOND_A_BYTE: Rate = Rate::mbit_per_second(8);

#[test]
fn a_message_takes_the_latency_and_the_slower_of_two_access_links() {
    let fast = Rate::mbit_per_second(80);
    for (up, down, expected) in [
        (MICROSECOND_A_BYTE, MICROSECOND_A_BYTE, 2_100),
        (MICROSECOND_A_BYTE, fast, 2_100),
        (fast, MICROSECOND_A_BYTE, 2_100),
        (fast, fast, 1_110),
    ] {
        let mut network = Network::new(1);
        network.add_node(Access { up, down: fast });
        network.add_node(Access { up: fast, down });
        network.connect(node(0), node(1), link(1_000));

        let departure = send(&mut network, 0, frame(0, 1, 1, 1_100));
        assert_eq!(arrival(&mut network, departure), at(expected), "{up:?} {down:?}");
    }
}

#[test]
fn messages_leave_one_after_another() {
    let mut network = three();

    let first = send(&mut network, 0, frame(0, 1, 1, 500));
    let second = send(&mut network, 0, frame(0, 2, 2, 500));

    assert_eq!((first.left_at, second.left_at), (at(500), at(1_000)));
    assert_eq!(arrival(&mut network, first), at(1_500));
    assert_eq!(arrival(&mut network, second), at(500 + 3_000 + 500));
}

#[test]
fn a_downlink_serves_who_reaches_it_first_not_who_sent_first() {
    let mut network = three();

    let far = send(&mut network, 0, frame(2, 0, 1, 500));
    let near = send(&mut network, 100, frame(1, 0, 1, 2_400));

    assert_eq!((near.reaches_at, far.reaches_at), (Some(at(1_100)), Some(at(3_000))));
    assert_eq!(arrival(&mut network, near), at(3_500));
    assert_eq!(arrival(&mut network, far), at(4_000));
}

#[test]
fn a_reset_loses_what_is_on_its_way_and_names_what_had_not_left() {
    let mut network = three();
    let gone = send(&mut network, 0, frame(0, 1, 1, 500));
    assert_eq!(network.left(node(0), Pair(0), 0), Some(SendId(1)));
    let waiting = send(&mut network, 500, frame(0, 1, 2, 500));

    let unsent = network.reset(node(1), node(0));

    assert_eq!(unsent, Some(vec![(node(0), SendId(2))]));
    assert_eq!(network.left(node(0), Pair(0), 1), None);
    assert!(matches!(reach(&mut network, gone), Delivery::Lost));
    assert!(matches!(reach(&mut network, waiting), Delivery::Lost));
}

#[test]
fn a_new_connection_does_not_bring_what_the_old_one_lost() {
    let mut network = three();
    let departure = send(&mut network, 0, frame(0, 1, 1, 500));
    network.disconnect(node(0), node(1));
    network.connect(node(0), node(1), link(1_000));

    assert!(matches!(network.reached(at(1_000), departure.in_flight), Delivery::Lost));
}

/// A sender that begins anew counts its messages from the first number again (campaign seed 27039).
#[test]
fn what_waited_on_the_old_connection_is_not_taken_for_what_the_new_one_was_given() {
    let mut network = three();
    let large = send(&mut network, 0, frame(0, 1, 1, 200_000));
    assert!(matches!(network.send(at(0), Box::new(frame(0, 1, 2, 500))), Sending::Waits));
    network.disconnect(node(0), node(1));
    network.connect(node(0), node(1), link(1_000));
    assert!(matches!(network.send(at(0), Box::new(frame(0, 1, 2, 600))), Sending::Waits));

    reach(&mut network, large);

    let departs = network.next_waiting(at(1_000), node(1)).expect("there is room again");
    assert_eq!(departs.in_flight.frame().bytes_on_wire(), 600);
}

/// A node that had not learned of the end of its connection drops it, and connects again (campaign
/// seed 37361).
#[test]
fn what_a_node_writes_to_its_new_connection_is_not_lost_with_the_old_one() {
    let mut network = three();
    network.drop_silently(node(0), node(1));
    network.connect(node(0), node(1), link(1_000));
    network.drop_silently(node(1), node(0));
    network.connect(node(0), node(1), link(1_000));

    let departure = send(&mut network, 0, frame(1, 0, 1, 500));

    assert_eq!(departure.reaches_at, Some(at(1_000)));
}

#[test]
fn a_cut_holds_back_and_mending_lets_go_in_order() {
    let mut network = three();
    network.cut(node(0), node(1));
    for name in 1..4 {
        let departure = send(&mut network, 0, frame(0, 1, name, 500));
        let delivery = reach(&mut network, departure);
        assert!(matches!(delivery, Delivery::Held));
    }

    let held = network.mend(node(0), node(1));

    let names: Vec<u64> = held.iter().map(|in_flight| in_flight.frame().send.0).collect();
    assert_eq!(names, [1, 2, 3]);
    let arrivals: Vec<Timestamp> = held
        .into_iter()
        .map(|in_flight| match network.reached(at(9_000), in_flight) {
            Delivery::Arrives(at, _) => at,
            Delivery::Held | Delivery::Lost => Timestamp::NEVER,
        })
        .collect();
    assert_eq!(arrivals, [at(9_500), at(10_000), at(10_500)]);
}

/// Node 0 is 1 ms from node 1 and 3 ms from node 2.
fn three() -> Network {
    let mut network = Network::new(1);
    for _ in 0..3 {
        network.add_node(Access::both_ways(MICROSECOND_A_BYTE));
    }
    network.connect(node(0), node(1), link(1_000));
    network.connect(node(0), node(2), link(3_000));
    network
}

fn send(network: &mut Network, micros: u64, frame: Frame) -> Departure {
    match network.send(at(micros), Box::new(frame)) {
        Sending::Departs(departure) => departure,
        Sending::Waits | Sending::Negotiates(..) | Sending::Nowhere | Sending::Writes(_) => {
            panic!("it does not leave")
        }
    }
}

fn reach(network: &mut Network, departure: Departure) -> Delivery {
    let at = departure.reaches_at.expect("its connection is alive");
    network.reached(at, departure.in_flight)
}

fn arrival(network: &mut Network, departure: Departure) -> Timestamp {
    match reach(network, departure) {
        Delivery::Arrives(at, in_flight) => {
            assert!(network.arrived(in_flight).is_some());
            at
        }
        Delivery::Held | Delivery::Lost => Timestamp::NEVER,
    }
}

/// A message that takes so many bytes, framing included.
fn frame(from: usize, to: usize, name: u64, bytes: usize) -> Frame {
    let encoded = Bytes::from(vec![0; bytes - 40]);
    let blocks = BlockCount { blocks: 0, bytes: 0 };
    let encoded_bytes = encoded.len() as u64;
    Frame {
        from: node(from),
        to: node(to),
        // They met in the order of their numbers, each with node 0.
        pair: Pair(from.max(to) as u32 - 1),
        lane: Lane::Control,
        send: SendId(name),
        stream: None,
        contents: Contents::Encoded { encoded, beside: Vec::new() },
        encoded_bytes,
        blocks,
        trip: Trip::default(),
    }
}

fn node(place: usize) -> NodeId {
    NodeId::at(place)
}

fn link(latency_micros: u64) -> Link {
    Link::with_latency(Duration::from_micros(latency_micros))
}

const fn at(micros: u64) -> Timestamp {
    Timestamp::from_nanos(micros * 1_000)
}
