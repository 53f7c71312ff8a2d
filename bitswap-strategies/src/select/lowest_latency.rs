//! Asks the likely holder that answers soonest, and now and then another one.

use std::time::Duration;

use bitswap_core::Limits;
use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, PeerView, Presence, SessionView};

use crate::draw::best_class;

parameters! {
    /// A member's score is its smoothed answer time (sessions of go-bitswap 0.1 ordered their peers
    /// so). Good for small blocks; blind to bandwidth, and everybody herds to the nearest.
    pub struct LowestLatency {
        /// What counts for a member that has not answered yet.
        prior: Duration = Duration::from_millis(200),
            within Duration::from_millis(1)..=Duration::from_secs(60);
        /// For how many of 100 blocks another member is asked, drawn evenly.
        explore_percent: u32 = 5, within 0..=100;
        /// How many other members are asked, for each want, whether they have it: the soonest.
        probes: u32 = 3, within 0..=256;
    }
}

impl PeerSelector for LowestLatency {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let score = |view: &PeerView| (view.answer_time.unwrap_or(self.prior), view.peer);
        let mut members: Vec<_> = session.peers.iter().enumerate().collect();
        members.sort_by_key(|(_, view)| score(view));
        let mut asked = Vec::with_capacity(session.wants.len());
        for (row, want) in session.wants.iter().enumerate() {
            let Some((fits, _)) = best_class(session, row) else {
                continue;
            };
            let mut likely =
                members.iter().filter(|(column, _)| fits(session.presence(row, *column)));
            let others = likely.clone().count().saturating_sub(1) as u64;
            let explores = others > 0 && ctx.chance().one_in(self.explore_percent.into(), 100);
            let place = if explores { 1 + ctx.chance().below(others) } else { 0 };
            if let Some((_, view)) = likely.nth(place as usize) {
                let reason = if explores { "explored" } else { "answers soonest" };
                asks.push(Ask::block(want.want, view.peer, reason));
                asked.push((row, want.want, view.peer));
            }
        }
        let mut room = Limits::default().asks_per_answer.saturating_sub(asked.len());
        for (row, want, holder) in asked {
            let others = members.iter().filter(|(column, view)| {
                let presence = session.presence(row, *column);
                view.peer != holder && matches!(presence, Presence::Unknown | Presence::Provider)
            });
            for (_, view) in others.take(room.min(self.probes as usize)) {
                asks.push(Ask::have(want, view.peer, "probe"));
                room -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
