//! The formula: starving, then bytes in flight and bytes served, in 16 KiB, then most queued up to
//! a cap.

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, Reason, TaskPrioritizer, TaskView, Weight};
use bitswap_core::{CidKey, PeerKey, Timestamp};

use super::LeastQueuedPeer;
use crate::fixture::{at, dice, queue_view, task_view};

const ALICE: PeerKey = PeerKey(1);
const KIB: u64 = 1_024;

#[test]
fn rank_of_a_peer() {
    let queue = |last_served_at, in_flight_bytes_to, pending_tasks| PeerQueueView {
        last_served_at,
        in_flight_bytes_to,
        pending_tasks,
        ..queue_view(ALICE)
    };
    let now = at(20_000);
    let cases = [
        (queue(None, 0, 1), Rank::new([0, 0, 0, -1]), "never served"),
        (queue(None, 16 * KIB, 1), Rank::new([0, 1, 0, -1]), "never served"),
        (queue(Some(at(9_000)), 0, 2), Rank::new([0, 0, 0, -2]), "starving"),
        (queue(Some(at(10_000)), 0, 2), Rank::new([0, 0, 0, -2]), "starving"),
        (
            queue(Some(at(10_001)), 0, 2),
            Rank::new([1, 0, 0, -2]).until(at(20_001)),
            "least in flight",
        ),
        (
            queue(Some(now), 16 * KIB - 1, 15),
            Rank::new([1, 0, 0, -15]).until(at(30_000)),
            "least in flight",
        ),
        (
            queue(Some(now), 64 * KIB, 16),
            Rank::new([1, 4, 0, -16]).until(at(30_000)),
            "least in flight",
        ),
        (
            queue(Some(now), 64 * KIB, 1_000),
            Rank::new([1, 4, 0, -16]).until(at(30_000)),
            "least in flight",
        ),
    ];
    for (view, rank, reason) in cases {
        assert_eq!(rank_peer(now, &view), (rank, reason), "{view:?}");
    }
}

#[test]
fn tasks_go_by_priority() {
    let task = |priority, arrival| TaskView { priority, arrival, ..task_view(ALICE, CidKey(1)) };
    let mut tasks = [task(1, 3), task(i32::MAX, 4), task(i32::MIN, 2), task(1, 1)];

    tasks.sort_by_key(rank_task);

    assert_eq!(tasks.map(|task| task.arrival), [4, 3, 1, 2], "equals stay as they were");
}

#[test]
fn a_peer_of_more_weight_counts_as_having_less_in_flight() {
    let queue = |weight| PeerQueueView {
        last_served_at: Some(at(0)),
        in_flight_bytes_to: 96 * KIB,
        weight: Weight::parts(weight),
        ..queue_view(ALICE)
    };
    let in_flight = |weight| rank_peer(at(1), &queue(weight)).0.key()[1];

    assert_eq!([512, 768, 1_024, 2_048].map(in_flight), [12, 8, 6, 3]);
}

#[test]
fn who_was_served_least_for_its_weight_comes_first_among_those_with_as_much_in_flight() {
    let queue =
        |start_tag| PeerQueueView { last_served_at: Some(at(0)), start_tag, ..queue_view(ALICE) };
    let key = |start_tag| rank_peer(at(1), &queue(start_tag)).0.key();

    assert_eq!(key(16 * KIB - 1), [1, 0, 0, -1]);
    assert_eq!(key(256 * KIB), [1, 0, 16, -1]);
}

#[test]
fn what_is_relayed_comes_after_all_others() {
    let own = PeerQueueView {
        last_served_at: Some(at(0)),
        in_flight_bytes_to: 1 << 20,
        ..queue_view(ALICE)
    };
    let relayed = PeerQueueView { next_task_relayed: true, ..queue_view(ALICE) };

    assert_eq!(rank_peer(at(1), &relayed), (Rank::new([2, 0, 0, -1]), "relayed"));
    assert!(rank_peer(at(1), &own).0.key() < rank_peer(at(1), &relayed).0.key());
    let [own, relayed] = [false, true].map(|relayed| TaskView {
        relayed,
        priority: 1,
        ..task_view(ALICE, CidKey(1))
    });
    assert!(rank_task(&own) < rank_task(&TaskView { priority: 9, ..relayed }));
}

fn rank_peer(now: Timestamp, view: &PeerQueueView) -> (Rank, Reason) {
    let mut dice = dice(1);
    let mut ctx = Ctx::new(now, &mut dice);
    let rank = LeastQueuedPeer::default().rank_peer(&mut ctx, view);
    (rank, ctx.reason())
}

fn rank_task(view: &TaskView) -> [i64; 4] {
    let mut strategy = LeastQueuedPeer::default();
    strategy.rank_task(&mut Ctx::new(at(0), &mut dice(1)), view).key()
}
