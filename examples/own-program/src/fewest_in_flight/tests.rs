//! The rule: the fewest first, and nobody beyond the window.

use bitswap_core::strategy::{Asks, Ctx, PeerSelector};
use bitswap_core::{CidKey, PeerKey};
use bitswap_strategies::fixture::{SessionRows, at, dice};

use super::FewestInFlight;

#[test]
fn blocks_are_shared_out_and_nobody_owes_more_than_the_window() {
    let (alice, bob) = (PeerKey(1), PeerKey(2));
    let wants: Vec<_> = (1..=5).map(CidKey).collect();
    let rows =
        SessionRows::new(&wants, &[alice, bob]).known(alice, |peer| peer.block_asks_in_flight = 2);
    let (mut asks, mut dice) = (Asks::default(), dice(1));

    FewestInFlight { window: 3 }.select(&mut Ctx::new(at(0), &mut dice), &rows.view(), &mut asks);

    let asked: Vec<_> = asks.as_slice().iter().map(|ask| ask.peer).collect();
    assert_eq!(asked, [bob, bob, alice, bob]);
}
