//! What is told is not kept.

use bitswap_core::strategy::{Ctx, EventMask, Registry, StrategyEvent};
use bitswap_core::{CidKey, PeerKey, SessionId};

use super::Forgetful;
use crate::fixture::{at, dice};

#[test]
fn a_peer_that_has_it_is_not_remembered() {
    let [peer, want] = [7, 8];
    let (peer, want) = (PeerKey(peer), CidKey(want));
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(0), &mut dice);

    let (session, after, hops) = (SessionId(1), None, 0);
    let event = StrategyEvent::HaveReceived { session, peer, want, after, hops };
    Forgetful.observe(&mut ctx, &event);

    assert_eq!(Forgetful.candidates(&mut ctx, want, 10), []);
    assert_eq!(Forgetful.events(), EventMask::NOTHING);
}
