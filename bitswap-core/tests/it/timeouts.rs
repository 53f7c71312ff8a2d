//! Which asks are timed, from when, and for how long.

use std::time::Duration;

use bitswap_core::testing::Held::{Sends, Writes};
use bitswap_core::testing::{Driver, at, block, call, call_in, peer};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::{AskOutcome, CallId, Input, Limits};

#[test]
fn an_ask_for_a_block_is_timed_from_when_it_is_written_and_no_other_is() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    alice.give(call(1, &[apple]));
    alice.run_until(at(20_000));
    assert_eq!(timed_out(&alice), 0, "it was asked only whether it has the block");

    alice.hold(&[Sends, Writes]);
    alice.receive_presence(1, apple, Have);
    alice.run_until(at(26_000));
    assert_eq!((alice.engine.stats().client.block_asks, timed_out(&alice)), (1, 0));

    alice.release();
    alice.run_until(at(30_999));
    assert_eq!(timed_out(&alice), 0);
    alice.run_until(at(31_000));
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn a_timeout_is_50_ms_at_least_and_7_s_at_most() {
    let mut near = Driver::default().with_peers(2);
    ask(&mut near, 300_000);
    // Who has the one may have the other.
    near.receive_presence(2, block(1, 300_000).0, Have);
    near.at(1).receive_block(1, &block(1, 300_000));
    near.give(call(2, &[block(2, 300_000).0]));
    near.receive_presence(1, block(2, 300_000).0, Have);
    near.run_until(at(50));
    assert_eq!(timed_out(&near), 0, "twice its usual time is 2 ms");
    near.run_until(at(51));
    assert_eq!(timed_out(&near), 1);

    let mut slow = Driver::default().with_peers(2);
    ask(&mut slow, 300_000);
    slow.receive_presence(2, block(1, 300_000).0, Have);
    slow.at(1_000).receive_block(1, &block(1, 300_000));
    slow.give(call(2, &[block(2, 300_000).0]));
    slow.receive_presence(1, block(2, 300_000).0, Have);
    slow.run_until(at(2_999));
    assert_eq!(timed_out(&slow), 0, "twice its usual time");
    slow.run_until(at(3_000));
    assert_eq!(timed_out(&slow), 1);

    let mut far = Driver::default().with_peers(1);
    far.give(Input::RttMeasured { peer: peer(1), round_trip: Duration::from_secs(10) });
    ask(&mut far, 300_000);
    far.run_until(at(6_999));
    assert_eq!(timed_out(&far), 0);
    far.run_until(at(7_000));
    assert_eq!(timed_out(&far), 1);
}

#[test]
fn how_soon_a_peer_says_no_tells_nothing_of_its_blocks() {
    let mut alice = Driver::default().with_peers(2);
    ask(&mut alice, 300_000);
    alice.receive_presence(2, block(1, 300_000).0, Have);
    alice.at(1_000).receive_block(1, &block(1, 300_000));
    for name in 2..13 {
        let cid = block(name, 300_000).0;
        alice.give(call(name, &[cid]));
        alice.receive_presences(1, &[cid], Have);
        alice.receive_presences(2, &[cid], Have);
        assert!(alice.asked_for_block(1, cid));
        if name < 12 {
            alice.receive_presences(1, &[cid], DontHave);
        }
    }
    alice.run_until(at(2_999));
    assert_eq!(timed_out(&alice), 0);
    alice.run_until(at(3_000));
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn a_small_answer_puts_no_peer_out_before_a_part_of_a_block_can_be_told() {
    let mut alice = Driver::default().with_peers(2);
    ask(&mut alice, 9_000);
    alice.receive_presence(2, block(1, 9_000).0, Have);
    alice.at(5).receive_block(1, &block(1, 9_000));
    alice.give(call(2, &[block(2, 300_000).0]));
    alice.receive_presence(1, block(2, 300_000).0, Have);
    alice.run_until(at(1_004));
    assert_eq!(timed_out(&alice), 0);
    alice.run_until(at(1_005));
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn a_cancelled_ask_does_not_time_out_and_the_next_has_its_full_time() {
    let mut alice = asked_for(9_000);
    alice.run_until(at(3_000));
    alice.give(Input::CallCancelled { call: CallId(1) });
    alice.run_until(at(4_000));
    alice.give(call(2, &[block(1, 9_000).0]));
    assert_eq!(alice.engine.stats().client.block_asks, 2, "Bob is a member");
    alice.run_until(at(8_999));
    assert_eq!(timed_out(&alice), 0);
    alice.run_until(at(9_000));
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn an_ask_that_is_said_again_keeps_its_first_time() {
    let mut alice = asked_for(9_000);
    alice.run_until(at(3_000));
    alice.give(Input::PeerReset { peer: peer(1) });
    alice.give(call(2, &[block(1, 9_000).0]));
    assert_eq!(alice.wants_sent_to(1), 3, "whether, then for the block, and that again");
    alice.run_until(at(4_999));
    assert_eq!(timed_out(&alice), 0);
    alice.run_until(at(5_000));
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn an_ask_that_its_peer_does_not_take_times_out_like_one_without_an_answer() {
    let mut alice = Driver::default().with_peers(2);
    let pear = block(2, 9_000).0;
    alice.give(call(2, &[pear]));
    alice.hold(&[Sends]);
    alice.receive_presence(1, pear, Have);
    alice.receive_presence(2, pear, Have);
    alice.run_until(at(6_999));
    assert!(!alice.asked_for_block(2, pear));
    alice.run_until(at(7_000));
    assert!(alice.asked_for_block(2, pear));
}

#[test]
fn a_peer_that_leaves_in_the_middle_of_everything_leaves_no_timer() {
    let mut alice = asked_for(9_000);
    let [pear, plum] = [2, 3].map(|name| block(name, 9_000).0);
    alice.hold(&[Sends, Writes]);
    alice.give(call(2, &[pear]));
    alice.give(call(3, &[plum]));
    alice.give(Input::CallCancelled { call: CallId(2) });
    alice.disconnect(1);
    for id in [1, 3] {
        alice.give(Input::CallCancelled { call: CallId(id) });
    }
    assert_eq!(alice.engine.next_deadline(), None);
    assert_eq!(alice.engine.leftover(), None);
}

#[test]
fn a_peer_is_waited_for_as_long_as_its_message_comes() {
    let mut alice = Driver::default().with_peers(1);
    alice.pass_secs(3_600);
    ask(&mut alice, 300_000);
    sends(&mut alice, 30, 2_500);
    assert_eq!(timed_out(&alice), 0, "10 kB/s");
    alice.pass_secs(6);
    assert_eq!(timed_out(&alice), 0);
    alice.pass_secs(1);
    assert_eq!(timed_out(&alice), 1, "nothing came for seven seconds");
}

#[test]
fn nobody_is_searched_for_while_a_block_comes() {
    let mut alice = asked_for(300_000);
    alice.pass_secs(1);
    let searched = |alice: &Driver| {
        let client = &alice.engine.stats().client;
        (client.broadcasts, client.lookups)
    };
    let before = searched(&alice);
    sends(&mut alice, 30, 2_500);
    assert_eq!(searched(&alice), before);
    alice.pass_secs(9);
    assert!(searched(&alice) > before, "nothing comes");
}

#[test]
fn who_alone_may_have_a_block_is_given_the_longest_time() {
    let mut alice = asked_for(300_000);
    alice.at(1).receive_block(1, &block(1, 300_000));
    alice.give(call(2, &[block(2, 300_000).0]));
    alice.receive_presence(1, block(2, 300_000).0, Have);
    alice.run_until(at(7_000));
    assert_eq!(timed_out(&alice), 0);
    alice.run_until(at(7_001));
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn a_peer_that_sends_a_byte_now_and_then_is_silent() {
    let mut alice = asked_for(300_000);
    sends(&mut alice, 7, 1);
    alice.pass_secs(1);
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn what_no_ask_is_for_excuses_a_peer_for_the_length_of_a_message() {
    let mut alice = asked_for(300_000);
    sends(&mut alice, 4, 1 << 18);
    assert_eq!(timed_out(&alice), 0);
    sends(&mut alice, 8, 1 << 18);
    assert_eq!(timed_out(&alice), 1, "4 MiB came, and no message");
}

#[test]
fn an_ask_that_its_peer_passes_over_times_out_though_others_are_served() {
    let mut alice = asked_for(100_000);
    for name in 2..40 {
        let (cid, bytes) = block(name, 100_000);
        alice.give(call(name, &[cid]));
        alice.pass_secs(1);
        assert_eq!(timed_out(&alice) > 0, name > 9, "after {} blocks", name - 2);
        if name > 9 {
            return;
        }
        alice.receive_block(1, &(cid, bytes));
    }
}

#[test]
fn what_a_paused_peer_lost_is_asked_of_it_again_once_it_sends_what_came_later() {
    let mut alice = asked_for(100_000);
    let (apple, pear) = (block(1, 100_000).0, block(2, 100_000));
    alice.pass_secs(8);
    assert_eq!(timed_out(&alice), 1);
    alice.give(call(2, &[pear.0]));
    alice.receive_presence(1, pear.0, Have);
    alice.pass_secs(1);
    let asks = |alice: &Driver| alice.engine.stats().client.block_asks;
    assert_eq!(asks(&alice), 2, "apple, that may still come, and pear");

    alice.receive_block(1, &pear);
    assert_eq!(asks(&alice), 3);
    assert!(alice.asked_for_block(1, apple));

    for name in 3..40 {
        let (cid, bytes) = block(name, 100_000);
        alice.give(call(name, &[cid]));
        alice.pass_secs(1);
        alice.receive_block(1, &(cid, bytes));
    }
    let again = asks(&alice) - 39;
    assert_eq!(again, u64::from(Limits::LOSSES), "who passes it over withholds it in the end");
}

#[test]
fn blocks_that_answer_want_haves_pass_nobody_over() {
    let mut alice = asked_for(100_000);
    for name in 2..40 {
        let held = block(name, 1_000);
        alice.give(call_in(name, name, &[held.0]));
        alice.receive_block(1, &held);
    }
    alice.pass_secs(1);
    assert_eq!(timed_out(&alice), 0);
}

#[test]
fn what_a_peer_was_not_asked_for_does_not_excuse_it() {
    let mut alice = asked_for(100_000);
    let held = block(2, 1_000);
    alice.give(call_in(2, 2, &[held.0]));
    for _ in 0..8 {
        alice.receive_block(1, &held);
        alice.pass_secs(1);
    }
    assert_eq!(timed_out(&alice), 1);
}

#[test]
fn an_answer_that_came_late_is_a_sample_too() {
    let mut alice = asked_for(300_000);
    alice.pass_secs(6);
    assert_eq!(timed_out(&alice), 1);
    alice.receive_block(1, &block(1, 300_000));
    alice.give(call(2, &[block(2, 300_000).0]));
    alice.pass_secs(6);
    assert_eq!(timed_out(&alice), 1, "six seconds are usual now");
    alice.pass_secs(1);
    assert_eq!(timed_out(&alice), 2);
}

/// For so many seconds, so many bytes come of a message in each quarter of one.
fn sends(alice: &mut Driver, seconds: u64, bytes: u64) {
    for _ in 0..4 * seconds {
        alice.run_until(alice.now.after(Limits::BYTES_TOLD));
        alice.give(Input::BytesReceived { peer: peer(1), bytes });
    }
}

/// Alice, who asked Bob for a block of so many bytes at the start.
fn asked_for(bytes: usize) -> Driver {
    let mut alice = Driver::default().with_peers(1);
    ask(&mut alice, bytes);
    alice
}

fn ask(alice: &mut Driver, bytes: usize) {
    let apple = block(1, bytes).0;
    alice.give(call(1, &[apple]));
    alice.receive_presence(1, apple, Have);
    assert!(alice.asked_for_block(1, apple));
}

fn timed_out(alice: &Driver) -> u64 {
    alice.engine.stats().client.asks_ended[AskOutcome::TimedOut as usize]
}
