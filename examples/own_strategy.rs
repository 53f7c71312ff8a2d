//! A peer selector of one's own: always the member that answers fastest, probing nobody.
//!
//! `cargo run --release -p bitswap-examples --example own_strategy`

use std::error::Error;
use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, Named, PeerSelector, Presence, SessionView};
use bitswap_core::{CidKey, PeerKey, Timestamp};
use bitswap_strategies::catalog::StrategyChoice;
use bitswap_strategies::fixture::{SessionRows, dice};

/// Members of unknown speed come first, so that they become known.
struct FastestFirst;

impl PeerSelector for FastestFirst {
    fn select(&mut self, _ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for (row, want) in session.wants.iter().enumerate() {
            let may_have = |column: &usize| session.presence(row, *column) != Presence::DontHave;
            let fastest = (0..session.peers.len())
                .filter(may_have)
                .min_by_key(|column| session.peers.get(*column).map(|peer| peer.answer_time));
            if let Some(peer) = fastest.and_then(|column| session.peers.get(column)) {
                asks.push(Ask::block(want.want, peer.peer, "fastest"));
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // What an engine is made with: our selector, and the defaults for the other roles.
    let mut strategies = StrategyChoice::default().build()?;
    strategies.peer_selector = Named::new("fastest-first", Box::new(FastestFirst));

    // A strategy sees plain data, so it can be tried without a network.
    let (slow, fast) = (PeerKey(1), PeerKey(2));
    let mut rows = SessionRows::new(&[CidKey(7)], &[slow, fast]);
    for (peer, millis) in rows.peers.iter_mut().zip([300, 20]) {
        peer.answer_time = Some(Duration::from_millis(millis));
    }
    let mut asks = Asks::default();
    let mut chance = dice(1);
    let mut ctx = Ctx::new(Timestamp::ZERO, &mut chance);
    strategies.peer_selector.strategy.select(&mut ctx, &rows.view(), &mut asks);

    assert_eq!(asks.as_slice(), [Ask::block(CidKey(7), fast, "fastest")]);
    Ok(())
}
