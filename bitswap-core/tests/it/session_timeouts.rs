//! Sessions that time out: after how long, what puts it off, and what time counts.

use std::time::Duration;

use bitswap_core::testing::{Driver, block, call, call_in, peer};
use bitswap_core::wire::BlockPresence::Have;
use bitswap_core::{
    Action, CallId, Failure, Input, SessionId, SessionOptions, Timestamp, WantOutcome,
};
use cid::Cid;

#[test]
fn all_that_is_wanted_through_it_fails_and_others_still_wait() {
    let mut alice = timing_out(20);
    let [apple, pear] = [1, 2].map(|number| block(number, 300_000).0);
    alice.give(call(1, &[apple, pear]));
    alice.give(call_in(2, 2, &[pear]));
    alice.pass_secs(19);
    assert_eq!(timed_out(&alice), []);

    alice.pass_secs(1);

    assert_eq!(timed_out(&alice), [(CallId(1), apple), (CallId(1), pear)]);
    let stats = alice.engine.stats();
    let outcomes = stats.client.wants_ended;
    let [timed_out, cancelled] = [WantOutcome::TimedOut, WantOutcome::Cancelled];
    assert_eq!((outcomes[timed_out as usize], outcomes[cancelled as usize]), (1, 0));
    assert_eq!((stats.gauges.wants, stats.gauges.sessions), (1, 2));
}

#[test]
fn a_part_of_a_block_that_was_asked_for_puts_it_off() {
    let mut alice = timing_out(20);
    alice.give(call(1, &[apple()]));
    alice.receive_presence(1, apple(), Have);
    for _ in 0..8 {
        alice.pass_secs(10);
        alice.give(Input::BytesReceived { peer: peer(1), bytes: 30_000 });
    }
    alice.pass_secs(19);
    assert_eq!(timed_out(&alice), []);
    alice.pass_secs(8);
    assert_eq!(timed_out(&alice).len(), 1, "what has begun may show nothing for 7 s");
}

#[test]
fn what_comes_for_others_does_not() {
    let mut alice = timing_out(20);
    let pear = block(2, 9_000);
    alice.give(call(1, &[apple()]));
    alice.give(call_in(2, 2, &[pear.0]));
    alice.receive_presence(1, pear.0, Have);
    alice.pass_secs(15);
    alice.give(Input::BytesReceived { peer: peer(1), bytes: 4_000 });
    alice.receive_block(1, &pear);
    alice.pass_secs(5);
    assert_eq!(timed_out(&alice).len(), 1);
}

#[test]
fn it_begins_anew_when_something_is_wanted_again() {
    let mut alice = timing_out(20);
    let pear = block(2, 9_000);
    alice.want(1, &[pear.0]);
    alice.receive_block(1, &pear);
    alice.pass_secs(19);
    alice.give(call(2, &[apple()]));
    alice.pass_secs(19);
    assert_eq!(timed_out(&alice), []);
    alice.pass_secs(1);
    assert_eq!(timed_out(&alice).len(), 1);
}

#[test]
fn the_time_in_which_the_program_was_stopped_does_not_count() {
    for stopped in [21, 62, 75] {
        let mut alice = timing_out(20);
        alice.give(call(1, &[apple()]));
        alice.receive_presence(1, apple(), Have);
        alice.pass_secs(1);

        alice.now = Timestamp::from_nanos(alice.now.as_nanos() + stopped * 1_000_000_000);
        alice.give(Input::DeadlineReached);

        assert_eq!(timed_out(&alice), [], "{stopped} s");
        alice.pass_secs(16);
        assert_eq!(timed_out(&alice), [], "{stopped} s");
        alice.pass_secs(4);
        assert_eq!(timed_out(&alice).len(), 1, "{stopped} s");
    }
}

/// Session 1 of its times out, and a peer is connected.
fn timing_out(seconds: u64) -> Driver {
    let mut alice = Driver::default().with_peers(1);
    let timeout = Some(Duration::from_secs(seconds));
    let options = SessionOptions { timeout, ..SessionOptions::default() };
    alice.give(Input::SessionOpened { session: SessionId(1), options, has_router: true });
    alice
}

fn apple() -> Cid {
    block(1, 300_000).0
}

/// What failed, in the order of the calls.
fn timed_out(alice: &Driver) -> Vec<(CallId, Cid)> {
    let timed_out = |action: &Action| match action {
        Action::Fail { call, cid, why: Failure::TimedOut } => Some((*call, *cid)),
        _ => None,
    };
    alice.log.iter().filter_map(timed_out).collect()
}
