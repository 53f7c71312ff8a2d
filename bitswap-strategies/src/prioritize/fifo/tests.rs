//! The formula: arrival, of the oldest task and of each.

use bitswap_core::strategy::{Ctx, PeerQueueView, TaskPrioritizer, TaskView};
use bitswap_core::{CidKey, PeerKey};

use super::Fifo;
use crate::fixture::{at, dice, queue_view, task_view};

const ALICE: PeerKey = PeerKey(1);

#[test]
fn the_peer_whose_oldest_task_came_first_is_first() {
    let first = PeerQueueView { oldest_task_at: at(5), ..queue_view(ALICE) };
    let later = PeerQueueView { oldest_task_at: at(6), ..queue_view(ALICE) };
    let busy = PeerQueueView { in_flight_bytes_to: 1 << 20, ..later };

    assert!(rank_peer(&first) < rank_peer(&later));
    assert_eq!(rank_peer(&busy), rank_peer(&later));
}

#[test]
fn tasks_are_ranked_by_arrival_whatever_their_priority() {
    let task = |arrival, priority| TaskView { arrival, priority, ..task_view(ALICE, CidKey(1)) };

    assert!(rank_task(&task(1, 0)) < rank_task(&task(2, 100)));
    assert!(rank_task(&task(u64::MAX - 1, 0)) > rank_task(&task(1, 0)));
}

fn rank_peer(view: &PeerQueueView) -> [i64; 4] {
    Fifo.rank_peer(&mut Ctx::new(at(10), &mut dice(1)), view).key()
}

fn rank_task(view: &TaskView) -> [i64; 4] {
    Fifo.rank_task(&mut Ctx::new(at(10), &mut dice(1)), view).key()
}
