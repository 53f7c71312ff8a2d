//! The answers that one peer is waited for, and how long its answers take.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::config::TimeoutConfig;
use crate::ids::CidKey;
use crate::limits::Limits;
use crate::map::Table;
use crate::smoothed::Smoothed;
use crate::time::Timestamp;

/// The running waits for the answers of one peer.
#[derive(Debug, Default)]
pub(crate) struct PeerTimeouts {
    /// When each wait began.
    pub(crate) since: Table<CidKey, Timestamp>,
    /// Asks that wait for room on the peer's list.
    pub(crate) unsent: BTreeSet<CidKey>,
    /// The waits whose length follows from what is known of the peer, the oldest first.
    pub(crate) by_time: BTreeSet<(Timestamp, CidKey)>,
    pub(crate) last_response_at: Timestamp,
    pub(crate) answer_time: Smoothed,
    pub(crate) round_trip: Option<Duration>,
}

impl PeerTimeouts {
    /// When the next of [`by_time`](Self::by_time) runs out, and which.
    pub(crate) fn next(&self, config: &TimeoutConfig) -> Option<(Timestamp, CidKey)> {
        let (since, key) = *self.by_time.first()?;
        Some((self.due(since, config), key))
    }

    /// When a wait that began at `since` runs out. It grows with `since`, so the oldest wait is
    /// always the first to run out.
    fn due(&self, since: Timestamp, config: &TimeoutConfig) -> Timestamp {
        let renewed = since.max(self.last_response_at).after(self.timeout(config));
        renewed.min(since.after(Limits::ANSWER_WAIT))
    }

    fn timeout(&self, config: &TimeoutConfig) -> Duration {
        let guess = match (self.answer_time.value(), self.round_trip) {
            (Some(usual), _) => usual.saturating_mul(2),
            (None, Some(round_trip)) => config.processing + round_trip.saturating_mul(3),
            (None, None) => config.initial,
        };
        guess.clamp(config.min, config.max)
    }
}
