//! Keeps the pipe of each member full and no fuller, and holds back what has no room in any.

use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, PeerView, SessionView};

use crate::catalog::UpTo;
use crate::draw::{self, Probes};
use crate::finish::{self, Prior};

parameters! {
    /// With `B` the measured rate of a member and `R` its least recent answer time, as BBR has
    /// them, a member has room for `gain · B · R` bytes, at least one block. Of those with room the
    /// one is asked that would finish first: `R + (in flight + block) / B`.
    pub struct BandwidthDelay {
        /// How much of a member's pipe is filled, in hundredths. Above 100 the rate is found by
        /// itself: a member that can do more is measured to do more.
        gain_percent: u32 = 125, within 100..=400;
        /// The least that a member is asked for at once, in KiB.
        min_window_kib: u32 = 512, within 1..=16_384;
        /// The most that a member is asked for at once, in KiB.
        max_window_kib: u32 = 16_384, within 1..=1_048_576;
        /// The answer time of a member that has not answered yet.
        prior: Duration = Duration::from_millis(100),
            within Duration::from_millis(1)..=Duration::from_secs(60);
        /// The rate of a member that has not sent a block yet, in KiB per second.
        prior_kib_per_s: u32 = 4_096, within 1..=1_048_576;
        /// How many other members are asked, for each want, whether they have it.
        have_peers_max: UpTo = UpTo::UNLIMITED, within UpTo(0)..=UpTo::UNLIMITED;
    }
}

impl BandwidthDelay {
    fn window(&self, member: &PeerView) -> u64 {
        let Self { min_window_kib, max_window_kib, gain_percent, .. } = *self;
        let pipe = finish::pipe(member, gain_percent).unwrap_or_default();
        pipe.max(u64::from(min_window_kib) * 1_024).min(u64::from(max_window_kib) * 1_024)
    }
}

impl PeerSelector for BandwidthDelay {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let prior =
            Prior { answer_time: self.prior, bytes_per_s: u64::from(self.prior_kib_per_s) * 1_024 };
        let block = finish::block_bytes(session);
        // What is in flight, and what this answer adds.
        let mut queued: Vec<u64> = session.peers.iter().map(|row| row.bytes_in_flight).collect();
        let windows: Vec<u64> = session.peers.iter().map(|row| self.window(row)).collect();
        let mut asked = Vec::with_capacity(session.wants.len());
        for (row, want) in session.wants.iter().enumerate() {
            let of = |column: usize| queued.get(column).copied().unwrap_or_default();
            let has_room = |column: usize, _: &PeerView, _| {
                let is_idle = of(column) == 0;
                is_idle || windows.get(column).is_some_and(|most| of(column) < *most)
            };
            let time = |column, member: &PeerView| finish::time(member, of(column), block, prior);
            let Some((column, member, _)) = finish::soonest(session, row, has_room, time) else {
                continue;
            };
            asks.push(Ask::block(want.want, member.peer, "finishes first"));
            asked.push((row, want.want, member.peer));
            if let Some(bytes) = queued.get_mut(column) {
                *bytes = bytes.saturating_add(block);
            }
        }
        let probes = Probes::Useful(self.have_peers_max.most());
        draw::probe(ctx.chance(), session, asks, &asked, probes);
    }
}

#[cfg(test)]
mod tests;
