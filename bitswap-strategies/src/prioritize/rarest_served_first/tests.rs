//! What was sent counts for a time, and over the priority.

use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, PeerQueueView, Rank, StrategyEvent, TaskPrioritizer, TaskView, Weight,
};
use bitswap_core::{CidKey, PeerKey};

use super::{Params, RarestServedFirst};
use crate::catalog::Configured;
use crate::fixture::{at, defaults, dice, queue_view, task_view};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const APPLE: CidKey = CidKey(11);
const PEAR: CidKey = CidKey(12);
const MINUTES: u64 = 60_000;

#[test]
fn what_was_sent_least_comes_first_whoever_got_it_and_whatever_its_priority() {
    let mut strategy = new(Params::default());
    send(&mut strategy, 0, ALICE, APPLE);
    send(&mut strategy, 0, BOB, APPLE);
    send(&mut strategy, 0, BOB, PEAR);

    let apple = TaskView { priority: 9, ..task_view(ALICE, APPLE) };
    let pear = task_view(ALICE, PEAR);
    assert_eq!([key(&mut strategy, 1, &apple), key(&mut strategy, 1, &pear)], [[0, 2], [0, 1]]);
    let mut default = defaults::task_prioritizer();
    assert!(key(&mut *default, 1, &apple) < key(&mut *default, 1, &pear));
}

#[test]
fn what_was_sent_ten_minutes_ago_does_not_count() {
    let mut strategy = new(Params::default());
    send(&mut strategy, 0, ALICE, APPLE);

    let sent_at = [9, 10].map(|minutes| key(&mut strategy, minutes * MINUTES, &apple())[1]);
    assert_eq!(sent_at, [1, 0]);
}

#[test]
fn a_task_is_counted_again_after_two_seconds() {
    let rank = new(Params::default()).rank_task(&mut Ctx::new(at(500), &mut dice(1)), &apple());

    assert_eq!(rank, Rank::new([0; 4]).until(at(2_500)));
    let recount = Duration::from_secs(60);
    let slow = Params { recount, ..Params::default() };
    let rank = new(slow).rank_task(&mut Ctx::new(at(500), &mut dice(1)), &apple());
    assert_eq!(rank.recheck(), at(60_500));
}

#[test]
fn of_more_blocks_than_it_remembers_the_first_is_as_if_never_sent() {
    let mut strategy = new(Params { remembers: 2, ..Params::default() });
    for want in [APPLE, PEAR, CidKey(13)] {
        send(&mut strategy, 0, ALICE, want);
    }

    let counts = [APPLE, PEAR].map(|want| key(&mut strategy, 1, &task_view(BOB, want))[1]);
    assert_eq!(counts, [0, 1]);
}

#[test]
fn what_is_relayed_comes_last_of_a_peer_and_of_all() {
    let mut strategy = new(Params::default());
    send(&mut strategy, 0, ALICE, PEAR);
    let relayed = TaskView { relayed: true, ..apple() };
    assert!(key(&mut strategy, 1, &task_view(ALICE, PEAR)) < key(&mut strategy, 1, &relayed));

    let own = PeerQueueView { in_flight_bytes_to: 1 << 20, ..queue_view(ALICE) };
    let relayed = PeerQueueView { next_task_relayed: true, ..queue_view(ALICE) };
    assert!(peer_key(&mut strategy, &own) < peer_key(&mut strategy, &relayed));
}

#[test]
fn peers_are_served_by_what_is_in_flight_and_what_they_had_for_their_weight() {
    let queue = |in_flight_kib: u64, start_tag| PeerQueueView {
        in_flight_bytes_to: in_flight_kib << 10,
        start_tag,
        weight: Weight::parts(2_048),
        ..queue_view(ALICE)
    };
    let key = |queue| peer_key(&mut new(Params::default()), &queue);

    assert_eq!(key(queue(64, 1 << 16)), [0, 2, 4, 0]);
    assert_eq!(key(queue(31, (1 << 14) - 1)), [0, 0, 0, 0], "less than 16 KiB is no difference");
}

fn new(params: Params) -> RarestServedFirst {
    RarestServedFirst::new(params)
}

fn apple() -> TaskView {
    task_view(ALICE, APPLE)
}

fn send(strategy: &mut RarestServedFirst, millis: u64, peer: PeerKey, want: CidKey) {
    let sent = StrategyEvent::BlockSent { peer, want, bytes: 1_024 };
    assert!(strategy.events().contains(sent.kind()));
    strategy.observe(&mut Ctx::new(at(millis), &mut dice(1)), &sent);
}

/// The part of a task's rank that decides.
fn key(strategy: &mut dyn TaskPrioritizer, millis: u64, task: &TaskView) -> [i64; 2] {
    let [relayed, sent, ..] =
        strategy.rank_task(&mut Ctx::new(at(millis), &mut dice(1)), task).key();
    [relayed, sent]
}

fn peer_key(strategy: &mut dyn TaskPrioritizer, queue: &PeerQueueView) -> [i64; 4] {
    strategy.rank_peer(&mut Ctx::new(at(1), &mut dice(1)), queue).key()
}
