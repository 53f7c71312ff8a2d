//! Asks all members for each block at once, and so brings it soonest and most often.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence, Reason, SessionView};
use bitswap_core::{Limits, PeerKey};

use crate::catalog::UpTo;
use crate::draw;

parameters! {
    /// The least time and the most duplicates that a choice of members can come to. The engine's
    /// own bound on the asks for one want still holds.
    pub struct Flood {
        /// How many members are asked for each block.
        fanout: UpTo = UpTo::UNLIMITED, within UpTo(1)..=UpTo::UNLIMITED;
    }
}

impl PeerSelector for Flood {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let copies = self.fanout.most().min(session.peers.len());
        let mut room = Limits::default().asks_per_answer;
        let ranked: Vec<_> = (0..session.wants.len()).map(|row| ranked(session, row)).collect();
        // One for each want before a second for any, so that no copy takes a want's place.
        for copy in 0..copies {
            for (want, members) in session.wants.iter().zip(&ranked) {
                let Some((peer, reason)) = members.get(copy).filter(|_| room > 0) else {
                    continue;
                };
                let ask = Ask::block(want.want, *peer, reason);
                asks.push(if copy == 0 { ask } else { ask.hedged() });
                room -= 1;
            }
        }
    }
}

/// Everybody, likely holders first; nobody if all said that they do not have it, so that it is
/// searched for.
fn ranked(session: &SessionView<'_>, row: usize) -> Vec<(PeerKey, Reason)> {
    if draw::best_class(session, row).is_none() {
        return Vec::new();
    }
    let class = |column| match session.presence(row, column) {
        Presence::Have => (0, "has it"),
        Presence::Provider => (1, "provides it"),
        Presence::Unknown | Presence::Asked => (2, "may have it"),
        Presence::Reachable => (3, "would relay it"),
        Presence::DontHave => (4, "had it not"),
    };
    let members = session.peers.iter().enumerate();
    let mut ranked: Vec<_> = members.map(|(column, peer)| (class(column), peer.peer)).collect();
    ranked.sort_by_key(|((rank, _), _)| *rank);
    ranked.into_iter().map(|((_, reason), peer)| (peer, reason)).collect()
}

#[cfg(test)]
mod tests;
