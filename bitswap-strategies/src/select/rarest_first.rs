//! Asks first for what the fewest members have, each time of the holder that is asked for least.
//!
//! It decides in which order room is given away, so it matters where the holders of some wants have
//! less room than there are wants. Which wants are shown at all is the engine's: among leechers
//! those that the fewest have, else the oldest. Holders are known by their HAVEs; it asks for none.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, SessionView};

use crate::draw::best_class;

parameters! {
    /// How `BitTorrent` chooses pieces (Legout et al., IMC 2006): no block stays with few for long.
    /// Good where many fetch the same at once and give it to each other. Of no use with one holder,
    /// and bad for who reads in order: blocks come in any.
    pub struct RarestFirst {
        /// Until a session has so many blocks, wants are taken in any order, so that it soon has
        /// something to give.
        random_first: u32 = 4, within 0..=1_024;
    }
}

impl PeerSelector for RarestFirst {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let mut wants: Vec<_> = session.wants.iter().enumerate().collect();
        ctx.chance().sample(&mut wants, usize::MAX);
        if session.blocks_received >= u64::from(self.random_first) {
            wants.sort_by_key(|(_, want)| (want.holders == 0, want.holders));
        }
        // Members with what they are asked for, by this answer too; of equals, any.
        let rows = session.peers.iter().enumerate();
        let asked = rows.map(|(column, member)| (column, member, member.block_asks_in_flight));
        let mut members: Vec<_> = asked.collect();
        ctx.chance().sample(&mut members, usize::MAX);
        for (row, want) in wants {
            let Some((fits, reason)) = best_class(session, row) else {
                continue;
            };
            let likely = members.iter_mut().filter(|(column, member, asked)| {
                let most = member.block_asks_in_flight.saturating_add(member.room);
                *asked < most && fits(session.presence(row, *column))
            });
            if let Some((_, member, asked)) = likely.min_by_key(|(_, _, asked)| *asked) {
                *asked += 1;
                asks.push(Ask::block(want.want, member.peer, reason));
            }
        }
    }
}

#[cfg(test)]
mod tests;
