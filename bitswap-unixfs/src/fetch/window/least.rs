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
    first_bytes: u64,
    most_bytes: u64,
    round: Round,
    /// Rounds that are not looked at: one after each change, which shows in the next, and more
    /// after a trial in vain.
    rounds_off: u32,
    /// Bytes a second in the last round that was looked at, or before the trial that runs.
    rate: f64,
    /// While a trial runs, what it goes back to if it is in vain.
    trial_from: Option<u64>,
}

/// It ends when something comes that was asked for since it began, and half a window with it.
struct Round {
    began: Instant,
    came_bytes: u64,
    /// What was asked for and had not come, at most.
    open_bytes: u64,
}

impl Least {
    /// Rounds that are not looked at after a trial in vain.
    const REST: u32 = 8;
    /// So many times as much has to come in a trial.
    const GAIN: f64 = 1.25;

    /// Between `bytes` and `most_bytes`.
    pub(super) fn new(bytes: u64, most_bytes: u64) -> Self {
        Self {
            bytes,
            first_bytes: bytes,
            most_bytes,
            round: Round::begin(),
            rounds_off: 1,
            rate: 0.0,
            trial_from: None,
        }
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Something came that was `asked` for, when `open_bytes` had not come, it among them, and up
    /// to `window_bytes` were asked for at once.
    pub(super) fn came(&mut self, asked: &Asked, open_bytes: u64, window_bytes: u64) {
        if window_bytes > self.bytes {
            self.round = Round::begin();
            return;
        }
        self.round.came_bytes += asked.wish.bytes;
        self.round.open_bytes = self.round.open_bytes.max(open_bytes);
        if asked.at > self.round.began && self.round.came_bytes >= self.bytes / 2 {
            let ended = std::mem::replace(&mut self.round, Round::begin());
            self.judge(&ended);
        }
    }

    fn judge(&mut self, round: &Round) {
        // A trial is none before more is asked for than without it.
        if self.rounds_off > 0 || self.trial_from.is_some_and(|from| round.open_bytes <= from) {
            self.rounds_off = self.rounds_off.saturating_sub(1);
            return;
        }
        let rate = round.rate();
        if let Some(from) = self.trial_from.take_if(|_| rate < self.rate * Self::GAIN) {
            self.bytes = from;
            self.rounds_off = Self::REST;
            return;
        }
        if self.trial_from.is_none() && rate < self.rate / Self::GAIN {
            self.bytes = (self.bytes / 2).max(self.first_bytes);
            self.rounds_off = 1;
        } else {
            self.try_more(round.open_bytes);
        }
        self.rate = rate;
    }

    /// Few large blocks may be more bytes than the window has.
    fn try_more(&mut self, open_bytes: u64) {
        self.trial_from = (self.bytes < self.most_bytes).then_some(self.bytes.max(open_bytes));
        if let Some(from) = self.trial_from {
            self.bytes = from.saturating_mul(2).min(self.most_bytes);
            self.rounds_off = 1;
        }
    }
}

impl Round {
    fn begin() -> Self {
        Self { began: Instant::now(), came_bytes: 0, open_bytes: 0 }
    }

    /// Bytes a second.
    fn rate(&self) -> f64 {
        self.came_bytes as f64 / self.began.elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests;
