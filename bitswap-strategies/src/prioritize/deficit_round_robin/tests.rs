//! The round of a block, by hand.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Ctx, PeerQueueView, TaskPrioritizer, Weight};

use super::DeficitRoundRobin;
use crate::fixture::{at, defaults, dice, queue_view};

const ALICE: PeerKey = PeerKey(1);
const KIB: u64 = 1_024;

#[test]
fn a_block_belongs_to_the_round_in_which_it_ends() {
    let round = |start_tag, bytes: u64, parts| {
        let view = PeerQueueView {
            start_tag,
            next_task_bytes: bytes as u32,
            weight: Weight::parts(parts),
            turn: 9,
            ..queue_view(ALICE)
        };
        rank(&mut DeficitRoundRobin::default(), &view)
    };

    assert_eq!(round(0, 1, 1_024), [1, 9, 0, 0]);
    assert_eq!(round(0, 256 * KIB, 1_024), [1, 9, 0, 0]);
    assert_eq!(round(1, 256 * KIB, 1_024), [2, 9, 0, 0]);
    assert_eq!(round(512 * KIB, 100 * KIB, 1_024), [3, 9, 0, 0]);
    // Twice the weight: half the bytes count. A quarter of it: four times.
    assert_eq!(round(0, 512 * KIB, 2_048), [1, 9, 0, 0]);
    assert_eq!(round(0, 256 * KIB, 256), [4, 9, 0, 0]);
}

#[test]
fn it_looks_at_rounds_where_the_default_looks_at_bytes_in_flight() {
    let last_served_at = Some(at(0));
    let behind = PeerQueueView { in_flight_bytes_to: 1 << 20, last_served_at, ..queue_view(ALICE) };
    let ahead = PeerQueueView { start_tag: 1 << 30, last_served_at, ..queue_view(ALICE) };

    let mut this = DeficitRoundRobin::default();
    let mut default = defaults::task_prioritizer();
    assert!(rank(&mut this, &behind) < rank(&mut this, &ahead));
    assert!(rank(&mut *default, &behind) > rank(&mut *default, &ahead));
}

fn rank(strategy: &mut dyn TaskPrioritizer, view: &PeerQueueView) -> [i64; 4] {
    strategy.rank_peer(&mut Ctx::new(at(1), &mut dice(1)), view).key()
}
