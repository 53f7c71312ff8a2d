//! What the deliveries of one peer tell of its link and of its word.

use std::time::Duration;

use super::{Peer, Peers};
use crate::ids::PeerKey;
use crate::smoothed::SmoothedBytes;
use crate::strategy::{AskOutcome, PeerView};
use crate::time::Timestamp;
use crate::tuning::Tuning;

/// Counts of what a peer did since it connected.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    pub(crate) rate: DeliveryRate,
    pub(crate) block_bytes: SmoothedBytes,
    pub(crate) broken_haves: u32,
    pub(crate) timeouts_in_a_row: u32,
    resets: u32,
    last_reset_at: Timestamp,
}

impl Deliveries {
    /// Bytes came; returns the rate if one was measured.
    fn received(&mut self, now: Timestamp, bytes: u64) -> Option<Rate> {
        let measured = self.rate.received(now, bytes)?;
        Some(Rate { measured, best: self.rate.value()? })
    }

    /// An ask of the peer ended; true if that changed anything here.
    pub(crate) const fn ask_ended(&mut self, outcome: AskOutcome) -> bool {
        let before = self.timeouts_in_a_row;
        match outcome {
            AskOutcome::TimedOut => {
                self.timeouts_in_a_row = self.timeouts_in_a_row.saturating_add(1);
            }
            AskOutcome::Block | AskOutcome::DontHave | AskOutcome::Have => {
                self.timeouts_in_a_row = 0;
            }
            AskOutcome::Cancelled | AskOutcome::Disconnected => {}
        }
        self.timeouts_in_a_row != before
    }

    /// Messages to the peer were lost.
    pub(crate) fn reset(&mut self, now: Timestamp) {
        self.resets = self.recent_resets(now).saturating_add(1);
        self.last_reset_at = now;
    }

    /// Resets, as long as there was no minute without one.
    fn recent_resets(&self, now: Timestamp) -> u32 {
        let is_recent = now.since(self.last_reset_at) < Tuning::RESET_MEMORY;
        if is_recent { self.resets } else { 0 }
    }
}

/// Bytes per second: just now, and in the best of the last windows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) measured: u64,
    pub(super) best: u64,
}

/// The rate at which a peer delivers while it is asked for blocks, parts of blocks included.
///
/// Time is cut into windows. One ends with the first delivery after [`Tuning::RATE_WINDOW`], or
/// when nothing is asked of the peer any more, and the next one begins there. The rate is that of
/// the best window of the last few, since a window may hold little because little was asked for.
#[derive(Debug, Default)]
pub(crate) struct DeliveryRate {
    /// When the current window began; `None` while nothing is asked of the peer.
    since: Option<Timestamp>,
    bytes: u64,
    /// Bytes that counted before their blocks were whole.
    unfinished: u64,
    /// Bytes per second of the last windows; 0 = no window yet.
    windows: [u64; Tuning::RATE_WINDOWS],
    next: usize,
}

impl DeliveryRate {
    /// The peer is asked for a block.
    pub(crate) const fn asked(&mut self, now: Timestamp) {
        if self.since.is_none() {
            self.since = Some(now);
            (self.bytes, self.unfinished) = (0, 0);
        }
    }

    /// A block is whole; returns how many of its bytes did not count yet.
    fn finished(&mut self, bytes: u64) -> u64 {
        let counted = bytes.min(self.unfinished);
        self.unfinished -= counted;
        bytes - counted
    }

    /// Bytes came; returns the rate of the window if that ended it.
    fn received(&mut self, now: Timestamp, bytes: u64) -> Option<u64> {
        let length = now.since(self.since?);
        self.bytes = self.bytes.saturating_add(bytes);
        if length < Tuning::RATE_WINDOW {
            return None;
        }
        self.since = Some(now);
        Some(self.end_window(length))
    }

    /// Nothing is asked of the peer any more.
    pub(crate) fn idle(&mut self, now: Timestamp) {
        if let Some(since) = self.since.take()
            && self.bytes > 0
        {
            self.end_window(now.since(since));
        }
    }

    fn end_window(&mut self, length: Duration) -> u64 {
        let micros = length.max(Tuning::RATE_WINDOW_LEAST).as_micros();
        let rate = u128::from(self.bytes) * 1_000_000 / micros;
        let rate = u64::try_from(rate).unwrap_or(u64::MAX).max(1);
        if let Some(window) = self.windows.get_mut(self.next) {
            *window = rate;
        }
        self.next = (self.next + 1) % Tuning::RATE_WINDOWS;
        self.bytes = 0;
        rate
    }

    /// Bytes per second in the best of the last windows; `None` before the first.
    fn value(&self) -> Option<u64> {
        self.windows.iter().max().copied().filter(|rate| *rate > 0)
    }
}

impl Peer {
    /// A block was received from the peer.
    pub(crate) fn block_received(&mut self, now: Timestamp, bytes: u64) {
        self.deliveries.block_bytes.add(bytes);
        self.deliveries.timeouts_in_a_row = 0;
        let rest = self.deliveries.rate.finished(bytes);
        self.received(now, rest);
        self.timeouts.sent_bytes = self.timeouts.sent_bytes.saturating_add(bytes);
    }

    /// Bytes were received of a message that is not whole yet.
    pub(crate) fn bytes_received(&mut self, now: Timestamp, bytes: u64) {
        let unfinished = &mut self.deliveries.rate.unfinished;
        *unfinished = unfinished.saturating_add(bytes);
        self.received(now, bytes);
    }

    fn received(&mut self, now: Timestamp, bytes: u64) {
        let rate = self.deliveries.received(now, bytes);
        self.window.received(now, bytes, rate, self.answer_time_min());
    }

    /// Writes what is known of the peer into its row in the view of a session.
    pub(crate) fn describe(&self, now: Timestamp, row: &mut PeerView) {
        let known = &self.deliveries;
        (row.class, row.is_local) = (self.class, self.is_local);
        row.timeouts_in_a_row = known.timeouts_in_a_row;
        row.broken_haves = known.broken_haves;
        row.resets = known.recent_resets(now);
        row.block_asks_in_flight = self.window.asks;
        row.bytes_in_flight = self.window.bytes;
        row.delivery_rate = known.rate.value();
        row.answer_time = self.timeouts.answer_time.value();
        row.answer_time_min = self.answer_time_min();
        row.round_trip = self.round_trip;
    }

    /// Bytes a second, while it is asked for blocks.
    pub(crate) fn delivery_rate(&self) -> Option<u64> {
        self.deliveries.rate.value()
    }

    /// How long a block of it probably is.
    pub(crate) fn block_bytes(&self) -> u64 {
        self.deliveries.block_bytes.value().unwrap_or(Tuning::BLOCK_BYTES_GUESS)
    }

    /// Whether it has room for a block as long as its own, by what sessions take those for.
    pub(crate) fn has_room(&self) -> bool {
        self.window.room(self.block_bytes()) > 0
    }

    /// The shortest time from an ask to its answer, of late.
    pub(crate) fn answer_time_min(&self) -> Option<Duration> {
        self.timeouts.answer_time_min.value()
    }
}

impl Peers {
    /// A peer as a session would see it as a new member; `None` if it is not connected.
    pub(crate) fn view_of(&self, now: Timestamp, peer: PeerKey) -> Option<PeerView> {
        let known = self.get(peer)?;
        let mut row = PeerView::new(peer, known.connected_since);
        known.describe(now, &mut row);
        Some(row)
    }
}

#[cfg(test)]
mod tests;
