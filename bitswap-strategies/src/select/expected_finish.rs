//! Asks who would finish first; of the last blocks, some two members.

use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, EventMask, InFlight, PeerSelector, PeerView, Presence, SessionView,
    StrategyEvent,
};
use bitswap_core::wire::WantKind;

use crate::budget::Budget;
use crate::catalog::{Configured, UpTo};
use crate::draw::{self, Probes};
use crate::finish::{self, Prior};

parameters! {
    /// What `expected-finish` can be told.
    pub struct Params {
        /// The answer time of a member that has not answered yet.
        prior: Duration = Duration::from_millis(100),
            within Duration::from_millis(1)..=Duration::from_secs(60);
        /// The rate of a member that has not sent a block yet, in KiB per second.
        prior_kib_per_s: u32 = 4_096, within 1..=1_048_576;
        /// Second copies that are asked for, of 100 blocks.
        copies_percent: u32 = 5, within 0..=100;
        /// How many other members are asked, for each want, whether they have it.
        have_peers_max: UpTo = UpTo::UNLIMITED, within UpTo(0)..=UpTo::UNLIMITED;
    }
}

/// The member is asked that would finish first, after `least recent answer time + (in flight + 1) /
/// rate`. Once nothing is left to ask for, a block is asked of a second member that would
/// send it in less than half the time.
#[derive(Debug)]
pub struct ExpectedFinish {
    params: Params,
    copies: Budget,
}

impl Configured for ExpectedFinish {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { copies: Budget::new(params.copies_percent), params }
    }
}

/// The members with what they are asked for: in flight, and by this answer.
struct Load {
    prior: Prior,
    block: u64,
    asks: Vec<u32>,
}

impl Load {
    fn of(&self, column: usize) -> u32 {
        self.asks.get(column).copied().unwrap_or_default()
    }

    fn add(&mut self, column: usize) {
        if let Some(asks) = self.asks.get_mut(column) {
            *asks = asks.saturating_add(1);
        }
    }

    /// Time until a member has sent one more block.
    fn time(&self, column: usize, member: &PeerView) -> Duration {
        let queued = self.block.saturating_mul(self.of(column).into());
        finish::time(member, queued, self.block, self.prior)
    }
}

impl ExpectedFinish {
    /// Asks second members for the oldest wants in flight that are shown.
    fn copy(&mut self, session: &SessionView<'_>, load: &mut Load, asks: &mut Asks) {
        for (row, want) in session.asked_rows().take(Self::COPIED_AT_ONCE) {
            let mut open = session.in_flight_for(want.want);
            let (Some(first), None) = (open.next(), open.next()) else {
                continue;
            };
            let slow = session.peers.iter().enumerate().find(|(_, row)| row.peer == first.peer);
            let Some((slow, member)) = slow else {
                continue;
            };
            // The blocks that it was asked for before come first.
            let earlier = |open: &&InFlight| open.peer == first.peer && open.since < first.since;
            let earlier = session.in_flight.iter().filter(earlier).count() as u64;
            let queued = load.block.saturating_mul(earlier);
            let left = finish::time(member, queued, load.block, load.prior);
            let is_known = |column: usize, other: &PeerView, presence| {
                let has_it = presence == Presence::Have && other.delivery_rate.is_some();
                has_it && column != slow
            };
            let time = |column, other: &PeerView| load.time(column, other);
            let soonest = finish::soonest(session, row, is_known, time);
            if let Some((column, other, _)) = soonest
                && load.time(column, other).saturating_mul(2) < left
                && self.copies.take()
            {
                asks.push(Ask::block(want.want, other.peer, "much sooner").hedged());
                load.add(column);
            }
        }
    }
}

impl PeerSelector for ExpectedFinish {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let bytes_per_s = u64::from(self.params.prior_kib_per_s) * 1_024;
        let prior = Prior { answer_time: self.params.prior, bytes_per_s };
        let block = finish::block_bytes(session);
        let in_flight = session.peers.iter().map(|row| row.block_asks_in_flight);
        let mut load = Load { prior, block, asks: in_flight.collect() };
        let mut asked = Vec::with_capacity(session.wants.len());
        for (row, want) in session.wants.iter().enumerate() {
            let time = |column, row: &PeerView| load.time(column, row);
            if let Some((column, row_of, _)) = finish::soonest(session, row, |_, _, _| true, time) {
                asks.push(Ask::block(want.want, row_of.peer, "finishes first"));
                asked.push((row, want.want, row_of.peer));
                load.add(column);
            }
        }
        let is_last = asked.len() == session.pending_wants as usize;
        if is_last && self.params.copies_percent > 0 {
            self.copy(session, &mut load, asks);
            let soon = session.peers.iter().filter_map(|row| row.answer_time_min).min();
            let pause = soon.unwrap_or(prior.answer_time).max(Self::PAUSE);
            asks.wake_at(ctx.now().after(pause));
        }
        let probes = Probes::Useful(self.params.have_peers_max.most());
        draw::probe(ctx.chance(), session, asks, &asked, probes);
    }

    fn observe(&mut self, _: &mut Ctx<'_>, event: &StrategyEvent) {
        if let StrategyEvent::AskMade { kind: WantKind::Block, .. } = event {
            self.copies.earn();
        }
    }

    fn events(&self) -> EventMask {
        EventMask::ASK_MADE
    }
}

impl ExpectedFinish {
    /// The shortest time after which it looks again whether a copy is worth it.
    const PAUSE: Duration = Duration::from_millis(20);
    /// Wants in flight for which a second member is looked for at once.
    const COPIED_AT_ONCE: usize = 32;
}

#[cfg(test)]
mod tests;
