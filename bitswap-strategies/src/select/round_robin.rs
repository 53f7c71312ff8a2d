//! Asks the likely holders in turn, so that each is asked equally often.

use bitswap_core::SessionId;
use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, SessionView};

use crate::catalog::{Configured, NoParams};
use crate::draw;

/// Even by count, whatever the blocks weigh and however fast the members are: a control.
#[derive(Debug)]
pub struct RoundRobin {
    /// Whose turn it is, by session. More sessions than places share them, which stays even.
    turns: [usize; Self::PLACES],
}

impl RoundRobin {
    const PLACES: usize = 256;

    const fn turn(&mut self, session: SessionId) -> &mut usize {
        &mut self.turns[session.0 as usize % Self::PLACES]
    }
}

impl Configured for RoundRobin {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self { turns: [0; Self::PLACES] }
    }
}

impl PeerSelector for RoundRobin {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let turn = self.turn(session.session);
        for (row, want) in session.wants.iter().enumerate() {
            let Some((fits, reason)) = draw::best_class(session, row) else {
                continue;
            };
            let members = session.peers.iter().enumerate();
            // Twice around, from the one whose turn it is.
            let mut round = members.clone().skip(*turn % session.peers.len()).chain(members);
            let next = round
                .find(|(column, member)| member.room > 0 && fits(session.presence(row, *column)));
            if let Some((column, peer)) = next {
                asks.push(Ask::block(want.want, peer.peer, reason));
                *turn = column + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
