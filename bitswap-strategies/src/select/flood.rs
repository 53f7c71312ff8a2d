//! Asks all members for each block at once, and so brings it soonest and most often.

use std::cmp::Reverse;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence, Reason, SessionView};
use bitswap_core::{Limits, PeerKey};

use crate::catalog::{Configured, UpTo};
use crate::draw;

parameters! {
    /// What `flood` can be told.
    pub struct Params {
        /// How many members are asked for each block.
        fanout: UpTo = UpTo::UNLIMITED, within UpTo(1)..=UpTo::UNLIMITED;
    }
}

/// The least time and the most duplicates that a choice of members can come to. The engine's own
/// bound on the asks for one want still holds.
#[derive(Debug)]
pub struct Flood {
    params: Params,
}

impl Configured for Flood {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { params }
    }
}

impl PeerSelector for Flood {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let copies = self.params.fanout.most().min(session.peers.len());
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
    let presence = |column| session.presence(row, column);
    let mut columns: Vec<usize> = (0..session.peers.len()).collect();
    columns.sort_by_key(|column| Reverse(presence(*column) == Presence::Have));
    columns.sort_by_key(|column| presence(*column) == Presence::DontHave);
    let reason = |column| match presence(column) {
        Presence::Have => "has it",
        Presence::Unknown | Presence::Asked => "may have it",
        Presence::DontHave => "had it not",
    };
    let peers = columns
        .into_iter()
        .filter_map(|column| session.peers.get(column).map(|member| (member.peer, reason(column))));
    peers.collect()
}

#[cfg(test)]
mod tests;
