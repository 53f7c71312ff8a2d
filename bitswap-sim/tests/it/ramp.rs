//! A transport with a ramp: how fast windows grow, who shares a line, what waits and what is lost.

use std::time::Duration;

use bitswap_sim::{
    Access, Carrier, Dialling, Link, NodeConfig, NodeId, Ramp, Rate, Routing, TraceHash, Transport,
    World,
};

use crate::cast::{
    add, at, blocks, defaults, eventful_in, fetch, finish, ledgers_agree, link, ms, passes, world,
};

/// 8 Mbit/s: a kilobyte takes a millisecond.
const MEGABYTE_A_SECOND: Rate = Rate::mbit_per_second(8);

#[test]
fn a_new_connection_doubles_what_it_sends_with_each_round_trip() {
    // Ten packets of 1,448 bytes at first: 14 kB, 43 kB, 101 kB, 217 kB by then.
    for (bytes, round_trips_more) in [(10_000, 0), (40_000, 1), (95_000, 2), (200_000, 3)] {
        let [ideal, ramp] = [Transport::Ideal, Transport::Ramp(Ramp::default())]
            .map(|transport| time_of(transport, Rate::mbit_per_second(1_000), bytes));

        let expected = ideal + ms(100 * round_trips_more);
        assert!(ramp.abs_diff(expected) < ms(10), "{bytes}: {ramp:?}, not {expected:?}");
    }
}

#[test]
fn a_window_that_has_grown_fills_the_line() {
    let time = time_of(Transport::Ramp(Ramp::default()), MEGABYTE_A_SECOND, 2_000_000);

    assert!((2_100..2_500).contains(&time.as_millis()), "{time:?}");
}

#[test]
fn a_second_fetch_over_a_connection_begins_with_the_window_of_the_first() {
    let (mut world, [server, client]) =
        pair(Transport::Ramp(Ramp::default()), Rate::mbit_per_second(1_000));
    let times = [(); 2].map(|()| {
        let content = blocks(&mut world, 1, 200_000);
        world.store(server, &content);
        let call = fetch(&mut world, client, &content, 1);
        passes(world.run_until(world.now().after(ms(5_000))));
        world.fetched(call).and_then(bitswap_sim::FetchReport::time).expect("it is over")
    });

    assert!(times[1] + ms(150) < times[0], "{times:?}");
}

#[test]
fn connections_have_equal_shares_of_an_uplink() {
    let (mut world, server, clients) = served(MEGABYTE_A_SECOND);
    let [short, long] =
        [1_000_000, 3_000_000].map(|bytes| blocks(&mut world, bytes / 250_000, 250_000));
    for content in [&short, &long] {
        world.store(server, content);
    }
    let calls = [(clients[0], &short), (clients[1], &long)]
        .map(|(client, content)| fetch(&mut world, client, content, 16));
    finish(&mut world);

    let [short, long] = calls.map(|call| {
        world.fetched(call).and_then(bitswap_sim::FetchReport::time).expect("it is over")
    });
    assert!((2_000..2_300).contains(&short.as_millis()), "{short:?}");
    assert!((4_000..4_600).contains(&long.as_millis()), "{long:?}");
}

#[test]
fn a_short_message_is_not_behind_a_long_one_to_another_peer() {
    let (mut world, server, clients) = served(Rate::bits_per_second(800_000));
    let [long, short] = [1_000_000, 1_000].map(|bytes| blocks(&mut world, 1, bytes));
    for content in [&long, &short] {
        world.store(server, content);
    }
    fetch(&mut world, clients[0], &long, 1);
    passes(world.run_until(at(2_000)));
    let call = fetch(&mut world, clients[1], &short, 1);
    finish(&mut world);

    let time = world.fetched(call).and_then(bitswap_sim::FetchReport::time);
    assert!(time < Some(ms(300)), "{time:?}");
}

#[test]
fn a_message_is_written_when_its_last_128_kib_wait_in_the_socket() {
    let (mut world, server, clients) = served(Rate::bits_per_second(80_000));
    let content = blocks(&mut world, 1, 100_000);
    world.store(server, &content);
    fetch(&mut world, clients[0], &content, 1);
    passes(world.run_until(at(2_000)));

    let report = world.report();
    let traffic = report.traffic[&(server, clients[0])];
    assert_eq!((traffic.sent.blocks.blocks, traffic.arrived.blocks.blocks), (1, 0));
}

#[test]
fn what_a_queue_has_no_room_for_and_what_is_lost_on_its_way_comes_later() {
    let without_loss = from_two(Ramp::default());
    for ramp in [
        Ramp { queue: ms(20), ..Ramp::default() },
        Ramp { loss: 20_000, ..Ramp::default() },
        Ramp { carrier: Carrier::Quic, ..Ramp::default() },
    ] {
        let with_loss = from_two(ramp);
        assert!(with_loss != without_loss, "{ramp:?}");
        assert!(with_loss > ms(4_100) && with_loss < ms(5_500), "{ramp:?}: {with_loss:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_run_and_another_one_loses_other_packets() {
    let trace = |seed| {
        let mut world = world(seed);
        world.carry_by(Transport::Ramp(Ramp { loss: 1_000, ..Ramp::default() }));
        finish(&mut eventful_in(world, defaults)).trace
    };
    let [one, again, other]: [TraceHash; 3] = [7, 7, 8].map(trace);

    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn what_is_written_while_connections_break_is_whole_or_lost() {
    for (seed, carrier) in [(1, Carrier::Tcp), (2, Carrier::Quic)] {
        let mut world = world(seed);
        world.carry_by(Transport::Ramp(Ramp { carrier, ..Ramp::default() }));
        let mut world = eventful_in(world, defaults);
        let nodes: Vec<NodeId> = world.all_nodes().collect();
        world.drop_silently(nodes[0], nodes[3], ms(400));
        passes(world.run_until(world.now().after(ms(200))));
        world.connect(nodes[0], nodes[3], Link { resets: 100_000, ..link(20) });
        let report = finish(&mut world);

        ledgers_agree(&report, &world);
    }
}

#[test]
fn a_cut_line_goes_on_after_a_while_when_it_is_mended() {
    let (mut world, server, clients) = served(MEGABYTE_A_SECOND);
    let content = blocks(&mut world, 4, 250_000);
    world.store(server, &content);
    let call = fetch(&mut world, clients[0], &content, 4);
    passes(world.run_until(at(500)));
    world.cut(server, clients[0]);
    passes(world.run_until(at(2_500)));
    world.mend(server, clients[0]);
    finish(&mut world);

    let time = world.fetched(call).and_then(bitswap_sim::FetchReport::time);
    assert!(time > Some(ms(3_000)) && time < Some(ms(7_000)), "{time:?}");
}

#[test]
fn a_dial_takes_the_round_trips_of_its_handshakes() {
    let times = [Carrier::Tcp, Carrier::Quic].map(|carrier| {
        let mut world = world(1);
        world.carry_by(Transport::Ramp(Ramp { carrier, ..Ramp::default() }));
        let dialling = Dialling { link: link(50), ..Dialling::default() };
        world.set_routing(Routing { dialling, ..Routing::http(ms(1)) });
        let [server, client] = [(); 2].map(|()| add(&mut world, defaults()));
        let content = blocks(&mut world, 1, 1_000);
        world.store(server, &content);
        world.provide(server, &[content[0].0]);
        fetch(&mut world, client, &content, 1);
        finish(&mut world).fetches[0].time().expect("it is over")
    });

    assert_eq!(times[0], times[1] + ms(100));
}

/// How long a block of so many bytes takes over a new connection of 100 ms, there and back.
fn time_of(transport: Transport, rate: Rate, bytes: usize) -> Duration {
    let (mut world, [server, client]) = pair(transport, rate);
    let content = blocks(&mut world, 1, bytes);
    world.store(server, &content);
    fetch(&mut world, client, &content, 1);
    finish(&mut world).fetches[0].time().expect("it is over")
}

fn pair(transport: Transport, rate: Rate) -> (World, [NodeId; 2]) {
    let mut world = world(1);
    world.carry_by(transport);
    let nodes = [(); 2]
        .map(|()| add(&mut world, NodeConfig { access: Access::both_ways(rate), ..defaults() }));
    world.connect(nodes[0], nodes[1], link(50));
    (world, nodes)
}

/// A server with this uplink, and two clients 10 ms from it.
fn served(up: Rate) -> (World, NodeId, [NodeId; 2]) {
    let mut world = world(1);
    world.carry_by(Transport::Ramp(Ramp::default()));
    let access = Access { up, ..Access::default() };
    let server = add(&mut world, NodeConfig { access, ..defaults() });
    let clients = [(); 2].map(|()| {
        let client = add(&mut world, defaults());
        world.connect(server, client, link(10));
        client
    });
    (world, server, clients)
}

/// How long a client on a slow line takes to fetch 4 MB from two servers on fast ones.
fn from_two(ramp: Ramp) -> Duration {
    let mut world = world(1);
    world.carry_by(Transport::Ramp(ramp));
    let access = Access { down: MEGABYTE_A_SECOND, ..Access::default() };
    let client = add(&mut world, NodeConfig { access, ..defaults() });
    let content = blocks(&mut world, 16, 250_000);
    for _ in 0..2 {
        let server = add(&mut world, defaults());
        world.store(server, &content);
        world.connect(server, client, link(20));
    }
    fetch(&mut world, client, &content, 16);
    let report = finish(&mut world);
    assert_eq!(report.fetches[0].got.blocks, 16);
    report.fetches[0].time().expect("it is over")
}
