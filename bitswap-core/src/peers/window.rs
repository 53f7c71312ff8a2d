//! The window of a peer: for how many bytes of blocks it is asked at once, over all sessions. The
//! one place that decides it; what a window does not hold is asked of nobody, see
//! `client::room`.
//!
//! A window holds what the connection carries in the time in which the peer answers, half as much
//! again, and a short queue. At the start, and now and then, it grows by all that comes for as long
//! as that brings more a second: by what fits into the window now nobody can tell what a larger one
//! would bring. Only what was measured while the window was full tells anything of that.

use std::mem;
use std::time::Duration;

use super::delivery::Rate;
use crate::limits::Limits;
use crate::time::Timestamp;
use crate::tuning::Tuning;

/// What a peer is asked for, and how much that may be.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// Want-blocks in flight to the peer.
    pub(crate) asks: u32,
    /// The bytes that they will probably bring.
    pub(crate) bytes: u64,
    /// When an ask was taken back last, if nothing came that was asked for since: what the peer had
    /// sent off by then comes first.
    pub(crate) taken_back: Option<Timestamp>,
    /// It was full since the last rate was measured.
    was_full: bool,
    /// What its rate and its answers allow.
    steady: u64,
    /// What comes within [`Limits::WINDOW_LONGEST`], by how long it took what was in flight.
    most: Option<u64>,
    trial: Trial,
    /// When a larger window may be tried, if this one is full.
    next_trial: Timestamp,
    /// The shortest time in which it ever answered.
    shortest: Option<Duration>,
}

/// Whether more brings more.
#[derive(Debug)]
enum Trial {
    /// The window has so many bytes, and the best rate so far was this; since then so many rates
    /// were measured that are not much better.
    Runs {
        bytes: u64,
        rate: u64,
        flat: u32,
    },
    Over,
}

impl Default for Trial {
    fn default() -> Self {
        Self::Runs { bytes: Limits::WINDOW_LEAST, rate: 0, flat: 0 }
    }
}

impl Window {
    /// The peer is asked for a block that has probably so many bytes.
    pub(crate) fn asked(&mut self, bytes: u32) {
        self.asks += 1;
        self.bytes = self.bytes.saturating_add(bytes.into());
        self.was_full |= self.room(bytes.into()) == 0;
    }

    /// Such an ask ended, with a block after so long if that came.
    pub(crate) fn ended(&mut self, bytes: u32, came_after: Option<Duration>) {
        if let Some(after) = came_after
            && self.bytes >= self.size().min(Limits::WINDOW_LEAST) / 2
        {
            let [most, after] = [Limits::WINDOW_LONGEST, after].map(|time| time.as_millis() as u64);
            self.most = (after >= most / 8).then(|| self.bytes.saturating_mul(most) / after);
        }
        self.asks = self.asks.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes.into());
    }

    /// How many bytes the peer may be asked for at once.
    pub(crate) fn size(&self) -> u64 {
        let tried = if let Trial::Runs { bytes, .. } = self.trial { bytes } else { 0 };
        let fits = self.steady.max(tried).max(Limits::WINDOW_LEAST);
        self.most.map_or(fits, |most| fits.min(most))
    }

    /// How many blocks more of this size it may be asked for: up to two whatever their size, so
    /// that the next one is on its way when one comes.
    pub(crate) fn room(&self, block_bytes: u64) -> u32 {
        let least = Limits::WINDOW_BLOCKS_LEAST.saturating_sub(self.asks);
        let fit = self.size().saturating_sub(self.bytes) / block_bytes.max(1);
        u32::try_from(fit).unwrap_or(u32::MAX).max(least)
    }

    /// Bytes of blocks came, and a rate if a new one was measured; `answers` is the shortest time
    /// in which the peer answered of late.
    pub(super) fn received(
        &mut self,
        now: Timestamp,
        came: u64,
        rate: Option<Rate>,
        answers: Option<Duration>,
    ) {
        if let Trial::Runs { bytes, .. } = &mut self.trial
            && self.was_full
        {
            *bytes = bytes.saturating_add(came);
        }
        let Some(rate) = rate else {
            return;
        };
        self.shortest = self.shortest.into_iter().chain(answers).min();
        let of_late = answers.unwrap_or_default();
        // What the peer has queued for us is in its answers, too: so these alone would let a window
        // grow for ever.
        let answers = of_late.min(self.shortest.unwrap_or_default().saturating_mul(2));
        self.steady = bytes_in(answers + answers / 2, rate.best) + queue(rate.best);
        if mem::take(&mut self.was_full) {
            self.go_on_trying(now, rate);
        }
    }

    fn go_on_trying(&mut self, now: Timestamp, Rate { measured, best }: Rate) {
        match &mut self.trial {
            Trial::Runs { rate, flat, .. } => {
                if measured >= rate.saturating_add(*rate / Tuning::TRIAL_PARTS) {
                    (*rate, *flat) = (measured, 0);
                } else {
                    *flat += 1;
                }
                if *flat >= Tuning::TRIAL_RATES {
                    self.trial = Trial::Over;
                    self.next_trial = now.after(Tuning::TRIAL_PAUSE);
                }
            }
            Trial::Over if now >= self.next_trial => {
                self.trial = Trial::Runs { bytes: self.size(), rate: best, flat: 0 };
            }
            Trial::Over => {}
        }
    }
}

/// How many bytes wait at a peer besides, so that it is busy while the next asks are on their way.
fn queue(rate: u64) -> u64 {
    let many = bytes_in(Limits::WINDOW_QUEUE_MOST, rate).min(Limits::WINDOW_QUEUE_BYTES);
    bytes_in(Limits::WINDOW_QUEUE, rate).max(many)
}

fn bytes_in(time: Duration, rate: u64) -> u64 {
    u64::try_from(u128::from(rate) * time.as_micros() / 1_000_000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
