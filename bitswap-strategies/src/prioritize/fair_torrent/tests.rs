//! The order is that of the deficits.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Ctx, PeerQueueView, TaskPrioritizer};

use super::FairTorrent;
use crate::catalog::{Configured, NoParams};
use crate::fixture::{at, defaults, dice, queue_view};

const ALICE: PeerKey = PeerKey(1);

#[test]
fn a_deficit_is_what_was_sent_and_is_in_flight_less_what_came() {
    let key = |sent_to, in_flight_bytes_to, received_from| {
        let view =
            PeerQueueView { sent_to, in_flight_bytes_to, received_from, ..queue_view(ALICE) };
        rank(&mut FairTorrent::new(NoParams::default()), &view)[0]
    };

    assert_eq!([key(0, 0, 0), key(900, 100, 400), key(100, 0, 400)], [0, 600, -300]);
    assert_eq!([key(u64::MAX, 1, 0), key(0, 0, u64::MAX)], [i64::MAX, -i64::MAX]);
}

#[test]
fn who_gave_comes_first_where_the_default_sees_more_in_flight() {
    let last_served_at = Some(at(0));
    let giver = PeerQueueView {
        received_from: 1 << 22,
        in_flight_bytes_to: 1 << 20,
        last_served_at,
        ..queue_view(ALICE)
    };
    let taker = PeerQueueView { sent_to: 1 << 20, last_served_at, ..queue_view(ALICE) };

    let mut this = FairTorrent::new(NoParams::default());
    let mut default = defaults::task_prioritizer();
    assert!(rank(&mut this, &giver) < rank(&mut this, &taker));
    assert!(rank(&mut *default, &giver) > rank(&mut *default, &taker));
}

fn rank(strategy: &mut dyn TaskPrioritizer, view: &PeerQueueView) -> [i64; 4] {
    strategy.rank_peer(&mut Ctx::new(at(1), &mut dice(1)), view).key()
}
