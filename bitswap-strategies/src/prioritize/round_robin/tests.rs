//! The order is that of the last turns.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Ctx, PeerQueueView, TaskPrioritizer};

use super::RoundRobin;
use crate::catalog::{Configured, NoParams};
use crate::fixture::{at, defaults, dice, queue_view};

const ALICE: PeerKey = PeerKey(1);

#[test]
fn the_peer_whose_turn_is_longest_ago_is_served_first() {
    let key = |turn| rank(&mut RoundRobin::new(NoParams::default()), &served_at_turn(turn));

    assert_eq!([0, 7, u64::MAX].map(key), [[0; 4], [7, 0, 0, 0], [i64::MAX, 0, 0, 0]]);
}

#[test]
fn it_looks_at_turns_where_the_default_looks_at_bytes_in_flight() {
    let earlier = PeerQueueView { in_flight_bytes_to: 1 << 20, ..served_at_turn(1) };
    let later = served_at_turn(2);

    let mut this = RoundRobin::new(NoParams::default());
    let mut default = defaults::task_prioritizer();
    assert!(rank(&mut this, &earlier) < rank(&mut this, &later));
    assert!(rank(&mut *default, &earlier) > rank(&mut *default, &later));
}

fn served_at_turn(turn: u64) -> PeerQueueView {
    PeerQueueView { turn, last_served_at: Some(at(0)), ..queue_view(ALICE) }
}

fn rank(strategy: &mut dyn TaskPrioritizer, view: &PeerQueueView) -> [i64; 4] {
    strategy.rank_peer(&mut Ctx::new(at(1), &mut dice(1)), view).key()
}
