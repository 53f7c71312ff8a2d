//! The order is that of the start tags.

use bitswap_core::strategy::{Ctx, PeerQueueView, TaskPrioritizer, TaskView};
use bitswap_core::{CidKey, PeerKey};

use super::WeightedFair;
use crate::catalog::{Configured, NoParams};
use crate::fixture::{at, defaults, dice, queue_view, task_view};

const ALICE: PeerKey = PeerKey(1);

#[test]
fn the_smallest_start_tag_comes_first_then_the_oldest_turn() {
    let key = |start_tag, turn| {
        let view = PeerQueueView { start_tag, turn, ..queue_view(ALICE) };
        rank(&mut WeightedFair::new(NoParams::default()), &view)
    };

    assert_eq!(key(0, 5), [0, 5, 0, 0]);
    assert_eq!(key(262_144, 4), [262_144, 4, 0, 0]);
}

#[test]
fn a_relayed_task_comes_after_a_peers_own() {
    let task = |relayed, priority| TaskView { relayed, priority, ..task_view(ALICE, CidKey(1)) };
    let mut strategy = WeightedFair::new(NoParams::default());
    let mut key = |task| strategy.rank_task(&mut Ctx::new(at(1), &mut dice(1)), &task).key();

    assert_eq!(key(task(false, 5)), [0, -5, 0, 0]);
    assert_eq!(key(task(true, 9)), [1, -9, 0, 0]);
}

#[test]
fn it_looks_at_shares_where_the_default_looks_at_bytes_in_flight() {
    let last_served_at = Some(at(0));
    let behind = PeerQueueView { in_flight_bytes_to: 1 << 20, last_served_at, ..queue_view(ALICE) };
    let ahead = PeerQueueView { start_tag: 1, last_served_at, ..queue_view(ALICE) };

    let mut this = WeightedFair::new(NoParams::default());
    let mut default = defaults::task_prioritizer();
    assert!(rank(&mut this, &behind) < rank(&mut this, &ahead));
    assert!(rank(&mut *default, &behind) > rank(&mut *default, &ahead));
}

fn rank(strategy: &mut dyn TaskPrioritizer, view: &PeerQueueView) -> [i64; 4] {
    strategy.rank_peer(&mut Ctx::new(at(1), &mut dice(1)), view).key()
}
