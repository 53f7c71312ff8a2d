//! Sizes, and the moment from which they do not count.

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};
use bitswap_core::{CidKey, PeerKey};

use super::SmallestFirst;
use crate::fixture::{at, defaults, dice, queue_view, task_view};

const ALICE: PeerKey = PeerKey(1);

#[test]
fn less_comes_first_until_it_is_old() {
    let mut strategy = SmallestFirst::default();
    let queue = |pending_bytes| PeerQueueView {
        pending_bytes,
        oldest_task_at: at(1_000),
        ..queue_view(ALICE)
    };
    let mut rank = |now, view| strategy.rank_peer(&mut Ctx::new(at(now), &mut dice(1)), &view);

    assert_eq!(rank(1_000, queue(500)), Rank::new([1, 500, 0, 0]).until(at(3_000)));
    assert_eq!(rank(2_999, queue(900)), Rank::new([1, 900, 0, 0]).until(at(3_000)));
    assert_eq!(rank(3_000, queue(900)), Rank::new([0, 1_000_000_000, 0, 0]));
}

#[test]
fn small_tasks_come_first_whatever_their_priority() {
    let mut strategy = SmallestFirst::default();
    let task = |bytes, priority| TaskView { bytes, priority, ..task_view(ALICE, CidKey(1)) };
    let mut key = |task| strategy.rank_task(&mut Ctx::new(at(1), &mut dice(1)), &task).key();

    assert!(key(task(100, 1)) < key(task(200, 9)));
}

#[test]
fn the_default_prefers_who_wants_most() {
    let last_served_at = Some(at(0));
    let much = PeerQueueView {
        pending_tasks: 9,
        pending_bytes: 9_000,
        last_served_at,
        ..queue_view(ALICE)
    };
    let little = PeerQueueView { last_served_at, ..queue_view(ALICE) };

    let mut this = SmallestFirst::default();
    let mut default = defaults::task_prioritizer();
    assert!(key(&mut this, &little) < key(&mut this, &much));
    assert!(key(&mut *default, &little) > key(&mut *default, &much));
}

fn key(strategy: &mut dyn TaskPrioritizer, view: &PeerQueueView) -> [i64; 4] {
    strategy.rank_peer(&mut Ctx::new(at(1), &mut dice(1)), view).key()
}
