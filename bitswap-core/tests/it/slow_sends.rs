//! Peers that take their messages slowly or not at all: what they hold, and what others get.

use std::time::Duration;

use bitswap_core::testing::Held::{Sends, Writes};
use bitswap_core::testing::{Driver, SPEAKS, ToyStore, block, blocks, cids_of, peer, presences};
use bitswap_core::wire::{BlockPresence, Entry};
use bitswap_core::{Action, Block, DeadlineReason, Input, Lanes, Limits, PeerCapabilities, SendId};

const BLOCK: usize = 100_000;
const IN_FLIGHT: u64 = 1_000_000;

/// A server for whom nobody takes anything, after these peers wanted two blocks each.
fn stopped(peers: u64) -> Driver {
    let mut alice = Driver::within(Limits { outstanding_bytes: IN_FLIGHT, ..Limits::default() });
    alice.hold(&[Sends, Writes]);
    for n in 1..=peers {
        let wanted = blocks([2 * n, 2 * n + 1], BLOCK);
        alice.store_all(&wanted);
        alice.connect(n);
        alice.receive_wants(n, &cids_of(&wanted));
    }
    alice
}

fn send_to(alice: &Driver, n: u64) -> SendId {
    let of_it = alice.open_sends().into_iter().find(|(other, _)| *other == peer(n));
    of_it.expect("it is sent something").1
}

/// The blocks of each message that goes on, or `None` where they are gone.
fn resumed(actions: &[Action]) -> Vec<Option<Vec<Block>>> {
    let blocks = |action: &Action| match action {
        Action::ResumeSend { blocks, .. } => Some(blocks.clone()),
        _ => None,
    };
    actions.iter().filter_map(blocks).collect()
}

#[test]
fn peers_that_take_nothing_hold_a_quarter_together_and_others_are_served() {
    let mut alice = stopped(40);
    assert!(alice.engine.gauges().outstanding_bytes >= IN_FLIGHT, "all at first");
    alice.pass_secs(2);
    let gauges = alice.engine.gauges();
    assert!(gauges.outstanding_bytes <= IN_FLIGHT / 4, "{gauges:?}");
    assert_eq!(gauges.suspended_sends, 38, "all but those of the quarter");

    alice.connect(99);
    alice.store(&block(99, BLOCK));
    alice.receive_wants(99, &[block(99, BLOCK).0]);
    assert_eq!(alice.blocks_sent_to(99), 1);
}

#[test]
fn blocks_that_wait_behind_a_message_without_any_are_given_back_until_it_was_taken() {
    let mut alice = stopped(0);
    let stored = blocks(1..=20, BLOCK);
    alice.store_all(&stored);
    for (n, (cid, _)) in (1..).zip(&stored) {
        let one_lane = PeerCapabilities { lanes: Lanes::One, ..SPEAKS };
        alice.give(Input::PeerConnected { peer: peer(n), capabilities: one_lane });
        alice.receive_wants(n, &[block(1_000, BLOCK).0]);
        alice.receive_wants(n, &[*cid]);
    }
    alice.pass_secs(2);
    let gauges = alice.engine.gauges();
    assert!(gauges.outstanding_bytes <= IN_FLIGHT / 4, "{gauges:?}");
    let send = send_to(&alice, 1);
    alice.give(Input::Sent { peer: peer(1), send });
    let after = alice.engine.gauges().suspended_sends;
    assert_eq!((alice.blocks_sent_to(1), gauges.suspended_sends, after), (1, 18, 17));
}

#[test]
fn a_suspended_message_goes_on_with_its_blocks_once_its_peer_takes_more() {
    let mut alice = stopped(12);
    alice.pass_secs(2);
    let (send, before) = (send_to(&alice, 1), alice.engine.gauges());
    let actions = alice.give(Input::SendWaits { peer: peer(1), send });
    assert_eq!(resumed(&actions), [Some(vec![block(2, BLOCK).1])]);
    let after = alice.engine.gauges();
    assert_eq!(after.suspended_sends, before.suspended_sends - 1);
    assert_eq!(after.outstanding_bytes, before.outstanding_bytes + BLOCK as u64);

    alice.give(Input::Sent { peer: peer(1), send });
    assert_eq!(alice.engine.stats().server.blocks_sent.blocks, 1);
    assert_eq!(alice.blocks_sent_to(1), 2, "and then the next one");
}

#[test]
fn a_suspended_message_that_was_written_nevertheless_counts_as_sent() {
    let mut alice = stopped(12);
    alice.pass_secs(2);
    let send = send_to(&alice, 1);
    let before = alice.engine.gauges().outstanding_bytes;
    alice.give(Input::Sent { peer: peer(1), send });
    assert_eq!(alice.engine.stats().server.blocks_sent.blocks, 1);
    assert_eq!(alice.engine.gauges().outstanding_bytes, before + BLOCK as u64, "of the next one");
}

#[test]
fn a_suspended_message_whose_blocks_are_gone_fails() {
    let mut alice = stopped(12);
    alice.pass_secs(2);
    let send = send_to(&alice, 1);
    alice.stored = ToyStore::default();
    let actions = alice.give(Input::SendWaits { peer: peer(1), send });
    assert_eq!(resumed(&actions), [None]);
    alice.give(Input::SendFailed { peer: peer(1), send });
    let missing = [(block(2, BLOCK).0, BlockPresence::DontHave)];
    let told = alice.log.iter().any(|it| presences(std::slice::from_ref(it)) == missing);
    assert!(told, "{:?}", alice.log.last());
}

#[test]
fn what_waits_behind_a_slow_message_is_taken_back_and_can_be_cancelled() {
    let mut alice = Driver::within(Limits { outstanding_bytes: IN_FLIGHT, ..Limits::default() });
    alice.hold(&[Sends, Writes]);
    let wanted = blocks(1..=40, 30_000);
    alice.store_all(&wanted);
    alice.connect(1);
    alice.receive_wants(1, &cids_of(&wanted));
    // It takes the first messages at once, so much is ahead of it.
    for now in 1..=5 {
        let send = send_to(&alice, 1);
        alice.at(now).give(Input::Sent { peer: peer(1), send });
    }
    assert!(alice.engine.gauges().outstanding_bytes > 500_000);
    alice.reach(DeadlineReason::SlowSend);
    assert_eq!(alice.engine.gauges().outstanding_bytes, 0);
    let cancels: Vec<_> = cids_of(&wanted).into_iter().map(|cid| Entry::Cancel { cid }).collect();
    alice.receive_entries(1, &cancels);
    assert_eq!(alice.engine.gauges().tasks, 0);
}

#[test]
fn a_peer_that_leaves_takes_all_along_that_was_suspended_for_it() {
    let mut alice = stopped(12);
    alice.pass_secs(2);
    for n in 1..=6 {
        let send = send_to(&alice, n);
        alice.give(Input::SendWaits { peer: peer(n), send });
    }
    for n in 1..=12 {
        alice.disconnect(n);
    }
    let gauges = alice.engine.gauges();
    assert_eq!((gauges.outstanding_bytes, gauges.suspended_sends), (0, 0));
    assert_eq!(alice.engine.leftover_of_others(), None);
}

#[test]
fn a_peer_has_as_much_in_flight_as_it_takes_in_a_fifth_of_a_second() {
    let mut alice = Driver::default().with_peers(1).holding(&[Sends, Writes]);
    let wanted = blocks(1..=40, BLOCK);
    alice.store_all(&wanted);
    alice.receive_wants(1, &cids_of(&wanted));
    let mut now = 0;
    let mut in_flight = Vec::new();
    for took_ms in [10, 10, 10, 10, 100, 2_000] {
        now += took_ms;
        let send = send_to(&alice, 1);
        alice.at(now).give(Input::Sent { peer: peer(1), send });
        in_flight.push(alice.engine.gauges().outstanding_bytes / BLOCK as u64);
    }
    assert_eq!(in_flight, [2, 4, 8, 11, 10, 9]);
    for _ in 0..8 {
        now += 2_000;
        let send = send_to(&alice, 1);
        alice.at(now).give(Input::Sent { peer: peer(1), send });
    }
    assert_eq!(alice.engine.gauges().outstanding_bytes, BLOCK as u64);
}

#[test]
fn a_peer_that_gets_a_second_lane_is_sent_one_message_with_blocks_at_a_time() {
    let mut alice = Driver::default().holding(&[Sends, Writes]);
    let wanted = blocks(1..=2, BLOCK);
    alice.store_all(&wanted);
    let one_lane = PeerCapabilities { lanes: Lanes::One, ..SPEAKS };
    alice.give(Input::PeerConnected { peer: peer(1), capabilities: one_lane });
    alice.receive_wants(1, &cids_of(&wanted[..1]));
    alice.give(Input::PeerChanged { peer: peer(1), capabilities: SPEAKS });
    alice.receive_wants(1, &cids_of(&wanted[1..]));
    assert_eq!(alice.blocks_sent_to(1), 1);
    alice.release();
    assert_eq!((alice.blocks_sent_to(1), alice.engine.leftover_of_others()), (2, None));
}

#[test]
fn who_starves_is_served_before_those_go_on_that_take_little() {
    let starvation = Duration::from_secs(1);
    let limits = Limits { outstanding_bytes: 1, starvation, ..Limits::default() };
    let mut alice = Driver::within(limits).holding(&[Sends, Writes]).with_peers(3);
    for n in 1..=3 {
        let wanted = block(n, BLOCK);
        alice.store(&wanted);
        alice.receive_wants(n, &[wanted.0]);
    }
    for _ in 0..20 {
        alice.run_until(alice.now.after(Duration::from_millis(200)));
        for (peer, send) in alice.open_sends() {
            alice.give(Input::SendWaits { peer, send });
        }
    }
    assert_eq!([1, 2, 3].map(|n| alice.blocks_sent_to(n)), [1, 1, 1]);
}
