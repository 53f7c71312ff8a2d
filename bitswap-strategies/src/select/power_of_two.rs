//! Draws two of the likely holders and asks the one that is asked for less.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, SessionView};

use crate::draw::best_class;

parameters! {
    /// The second draw is what keeps the most asked member near the others: with n of them, its
    /// asks grow with ln ln n instead of ln n.
    pub struct PowerOfTwo {
        /// How many are drawn, of which the least asked is taken.
        d: u32 = 2, within 1..=16;
    }
}

impl PeerSelector for PowerOfTwo {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        // The view is as it was before this answer; what the answer adds is counted here.
        let mut loads: Vec<u32> =
            session.peers.iter().map(|member| member.block_asks_in_flight).collect();
        for (row, want) in session.wants.iter().enumerate() {
            let Some((fits, reason)) = best_class(session, row) else {
                continue;
            };
            let members = session.peers.iter().enumerate().filter(|(_, member)| member.room > 0);
            let likely = members.filter(|(column, _)| fits(session.presence(row, *column)));
            let mut candidates: Vec<usize> = likely.map(|(column, _)| column).collect();
            // Unknown comes before any time, so that who was never waited for is tried; of equals
            // the one drawn first is asked.
            let drawn = ctx.chance().sample(&mut candidates, self.d as usize);
            let least = drawn.iter().copied().min_by_key(|column| {
                let member = session.peers.get(*column);
                (loads.get(*column), member.and_then(|member| member.answer_time))
            });
            let asked = least.and_then(|it| loads.get_mut(it).zip(session.peers.get(it)));
            if let Some((load, member)) = asked {
                *load = load.saturating_add(1);
                asks.push(Ask::block(want.want, member.peer, reason));
            }
        }
    }
}

#[cfg(test)]
mod tests;
