//! The order is that of bytes in flight, then of queued blocks.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Ctx, PeerQueueView, TaskPrioritizer};

use super::MostPending;
use crate::catalog::{Configured, NoParams};
use crate::fixture::{at, defaults, dice, queue_view};

const ALICE: PeerKey = PeerKey(1);

#[test]
fn bytes_in_flight_count_and_then_the_longest_queue() {
    let key = |in_flight_bytes_to, pending_tasks| {
        let view = PeerQueueView { in_flight_bytes_to, pending_tasks, ..queue_view(ALICE) };
        rank(&mut MostPending::new(NoParams::default()), &view)
    };

    assert_eq!(key(0, 3), [0, -3, 0, 0]);
    assert_eq!(key(1, 1_000), [1, -1_000, 0, 0]);
}

#[test]
fn a_starving_peer_waits_that_the_default_would_serve_first() {
    let last_served_at = Some(at(19_000));
    let greedy = PeerQueueView { pending_tasks: 900, last_served_at, ..queue_view(ALICE) };
    let starving = PeerQueueView { last_served_at: Some(at(0)), ..queue_view(ALICE) };

    let mut this = MostPending::new(NoParams::default());
    let mut default = defaults::task_prioritizer();
    assert!(rank(&mut this, &greedy) < rank(&mut this, &starving));
    assert!(rank(&mut *default, &greedy) > rank(&mut *default, &starving));
}

fn rank(strategy: &mut dyn TaskPrioritizer, view: &PeerQueueView) -> [i64; 4] {
    strategy.rank_peer(&mut Ctx::new(at(20_000), &mut dice(1)), view).key()
}
