//! The formula: evenly among the best class, whatever was delivered; a few probes.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence};
use bitswap_core::wire::WantKind;
use bitswap_core::{Chance, CidKey, PeerKey};

use super::Random;
use crate::fixture::{SessionRows, at, dice};

const APPLE: CidKey = CidKey(11);

#[test]
fn who_has_it_comes_before_who_may() {
    let [alice, bob] = [PeerKey(1), PeerKey(2)];
    let rows = SessionRows::new(&[APPLE], &[alice, bob]).said(bob, APPLE, Presence::Have);
    let nobody_has = rows.clone().said(bob, APPLE, Presence::DontHave);

    assert_eq!(
        selected(&rows, 3, &mut dice(1)),
        [Ask::block(APPLE, bob, "has it"), Ask::have(APPLE, alice, "probe")]
    );
    assert_eq!(selected(&nobody_has, 3, &mut dice(1)), [Ask::block(APPLE, alice, "may have it")]);
}

#[test]
fn the_shares_are_equal_whoever_delivered() {
    let peers: Vec<_> = (0..4).map(PeerKey).collect();
    let rows = SessionRows::new(&[APPLE], &peers).delivered(PeerKey(0), 1_000);

    let mut dice = dice(1);
    let mut shares = [0_u32; 4];
    for _ in 0..8_000 {
        shares[selected(&rows, 0, &mut dice)[0].peer.0 as usize] += 1;
    }

    assert!(shares.iter().all(|share| share.abs_diff(2_000) < 150), "{shares:?}");
}

#[test]
fn so_many_others_are_probed_and_all_are_at_times() {
    let peers: Vec<_> = (0..10).map(PeerKey).collect();
    let rows = SessionRows::new(&[APPLE], &peers);

    let mut dice = dice(1);
    let mut times = [0_u32; 10];
    for _ in 0..1_000 {
        let asks = selected(&rows, 3, &mut dice);
        let probes: Vec<_> = asks.iter().filter(|ask| ask.kind == WantKind::Have).collect();
        assert_eq!((asks.len(), probes.len()), (4, 3));
        for ask in probes {
            times[ask.peer.0 as usize] += 1;
        }
    }

    assert!(times.iter().all(|times| times.abs_diff(300) < 80), "{times:?}");
}

fn selected(rows: &SessionRows, probes: u32, dice: &mut Chance) -> Vec<Ask> {
    let mut asks = Asks::default();
    let mut random = Random { probes };
    random.select(&mut Ctx::new(at(0), dice), &rows.view(), &mut asks);
    asks.drain().collect()
}
