//! The least window: it doubles while that makes blocks come faster.
//!
//! A peer that opens a stream for each message (Helia) takes as many round trips for a message as
//! the stream's window needs to grow, and a message has what is asked for by then. Its blocks are
//! late whatever the window, and only a larger one tells whether more of them would come in that
//! time. A disk or a link that is slow takes as many as before.

use tokio::time::Instant;

use super::Asked;

/// What is asked for at once although blocks are late.
pub(super) struct Least {
    bytes: u64,
    most_bytes: u64,
    round: Round,
    /// Rounds that are not looked at: one after each change, which shows in the next.
    rounds_off: u32,
    /// The best rate before the trial that runs; the best of all if none runs.
    best: f64,
    is_trial: bool,
}

/// It ends when something comes that was asked for since it began.
struct Round {
    began: Instant,
    came: u64,
}

impl Least {
    /// Rounds between a trial in vain and the next.
    const REST: u32 = 8;
    /// So many times as much has to come in a trial.
    const GAIN: f64 = 1.25;

    /// From `bytes` to `most_bytes`.
    pub(super) fn new(bytes: u64, most_bytes: u64) -> Self {
        let (round, rounds_off) = (Round::begin(), 1);
        Self { bytes, most_bytes, round, rounds_off, best: 0.0, is_trial: false }
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Something came that was `asked` for, while so much is asked for at once.
    pub(super) fn came(&mut self, asked: &Asked, window_bytes: u64) {
        if window_bytes > self.bytes {
            self.round = Round::begin();
            return;
        }
        self.round.came += asked.wish.bytes;
        if asked.at > self.round.began && self.round.came >= self.bytes / 2 {
            let ended = std::mem::replace(&mut self.round, Round::begin());
            self.judge(ended.rate());
        }
    }

    fn judge(&mut self, rate: f64) {
        if self.rounds_off > 0 {
            self.rounds_off -= 1;
            return;
        }
        let in_vain = self.is_trial && rate < self.best * Self::GAIN;
        self.best = self.best.max(rate);
        self.is_trial = !in_vain && self.bytes < self.most_bytes;
        if in_vain {
            self.bytes /= 2;
            self.rounds_off = Self::REST;
        } else if self.is_trial {
            self.bytes = self.bytes.saturating_mul(2).min(self.most_bytes);
            self.rounds_off = 1;
        }
    }
}

impl Round {
    fn begin() -> Self {
        Self { began: Instant::now(), came: 0 }
    }

    /// Bytes a second.
    fn rate(&self) -> f64 {
        self.came as f64 / self.began.elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests;
