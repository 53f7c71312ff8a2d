//! Whether wants that were written to a stream may be lost with it.

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::Instant;

/// What stood written for so long on a stream that lives was read, by any peer that is not stuck:
/// js-libp2p resets a stream that was idle for ten seconds, and has read it before.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// When wants were last written, and when the peer last said anything.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    /// `None` = no wants were written since the last stream died.
    asked_at: Option<Instant>,
    heard_at: Option<Instant>,
    /// Whether a late loss was told since the peer last said anything.
    told_in_silence: bool,
}

impl Delivery {
    /// Wants were flushed into the muxer.
    pub(super) fn asked(&mut self) {
        self.asked_at = Some(Instant::now());
    }

    /// The peer said something, on any stream.
    pub(super) fn heard(&mut self) {
        self.heard_at = Some(Instant::now());
        self.told_in_silence = false;
    }

    /// Everything was read: the stream was idle, and is closed in good order.
    pub(super) const fn read(&mut self) {
        self.asked_at = None;
    }

    /// The stream died. True if wants may have been lost with it; never twice for the same ones.
    ///
    /// A peer that is silent and resets its streams whenever they are idle is told all our wants
    /// again once, and not each time: it has most likely nothing to say.
    pub(super) fn lost(&mut self) -> bool {
        let Some(asked_at) = self.asked_at.take() else { return false };
        let answered = self.heard_at.is_some_and(|heard_at| heard_at >= asked_at);
        asked_at.elapsed() < READ_WITHIN
            || (!answered && !std::mem::replace(&mut self.told_in_silence, true))
    }
}
