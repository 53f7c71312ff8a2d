//! Times that can be worked out by hand are met to the nanosecond.
//!
//! At 100 Mbit/s a byte takes 80 ns. A CID here has 36 bytes, its prefix 4.

use std::time::Duration;

use bitswap_sim::{NodeConfig, StoreModel};

use crate::cast::{add, blocks, defaults, fetch, finish, link, ms, world};

const LATENCY_MS: u64 = 25;

/// The first list is a whole one. Message 46, its length 1, framing 40.
const FIRST_WANT: u64 = 87;

#[test]
fn a_block_of_the_only_peer_takes_two_latencies_and_its_messages() {
    // Message 100,016, its length 3, framing 40.
    let block = 100_059;

    assert_eq!(time_of_one_block(100_000), ms(2 * LATENCY_MS) + on_wire(FIRST_WANT + block));
}

#[test]
fn a_small_block_takes_two_latencies_and_its_messages() {
    // Message 514, its length 2, framing 40.
    let block = 556;

    assert_eq!(time_of_one_block(500), ms(2 * LATENCY_MS) + on_wire(FIRST_WANT + block));
}

#[test]
fn a_slow_store_is_waited_for() {
    let mut world = world(1);
    let server = defaults();
    let fetcher = add(&mut world, defaults());
    let server = add(&mut world, NodeConfig { store: StoreModel::with_delay(ms(7)), ..server });
    world.connect(fetcher, server, link(LATENCY_MS));
    let content = blocks(&mut world, 1, 100_000);
    world.store(server, &content);
    fetch(&mut world, fetcher, &content, 1);

    let time = finish(&mut world).fetches[0].time();

    // Its size, and then the block.
    assert_eq!(time, Some(time_of_one_block(100_000) + 2 * ms(7)));
}

/// From the call to the end, for a fetch of one block from the only peer.
fn time_of_one_block(bytes: usize) -> Duration {
    let mut world = world(1);
    let fetcher = add(&mut world, defaults());
    let server = add(&mut world, defaults());
    world.connect(fetcher, server, link(LATENCY_MS));
    let content = blocks(&mut world, 1, bytes);
    world.store(server, &content);
    fetch(&mut world, fetcher, &content, 1);

    finish(&mut world).fetches[0].time().expect("it ended")
}

fn on_wire(bytes: u64) -> Duration {
    Duration::from_nanos(bytes * 80)
}
