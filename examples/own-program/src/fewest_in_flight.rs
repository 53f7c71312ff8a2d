//! Asks the likely holder that owes us the fewest blocks.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, SessionView};

bitswap_strategies::parameters! {
    /// Of the members that most likely have a block, the one with the fewest want-blocks in flight.
    pub struct FewestInFlight {
        /// A peer that owes so many blocks is asked for no more.
        window: u32 = 64, within 1..=1_024;
    }
}

impl PeerSelector for FewestInFlight {
    fn select(&mut self, _ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let mut owed: Vec<_> = session.peers.iter().map(|peer| peer.block_asks_in_flight).collect();
        for (row, want) in session.wants.iter().enumerate() {
            let candidates = session.candidates(row).enumerate();
            let free = candidates.filter(|(_, (column, ..))| owed[*column] < self.window);
            // Candidates come likeliest first, which decides between those that owe as many.
            let best = free.min_by_key(|(place, (column, ..))| (owed[*column], *place));
            if let Some((_, (column, peer, _))) = best {
                owed[column] += 1;
                asks.push(Ask::block(want.want, peer.peer, "owes the fewest"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
