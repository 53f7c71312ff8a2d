//! The DONT_HAVE timeouts of one peer, and its smoothed answer time.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::config::TimeoutConfig;
use crate::ids::{CidKey, SendId};
use crate::limits::Limits;
use crate::map::Table;
use crate::smoothed::{RecentLeast, Smoothed};
use crate::time::Timestamp;
use crate::tuning::Tuning;

/// The running timeouts of one peer.
#[derive(Debug, Default)]
pub(crate) struct PeerTimeouts {
    running: Table<CidKey, Running>,
    /// Want-blocks that wait for room on the peer's wantlist.
    pub(crate) unsent: BTreeSet<CidKey>,
    /// Timeouts whose length is estimated, the oldest first, and some that ended: never the first.
    by_time: VecDeque<(Timestamp, CidKey)>,
    pub(crate) last_response_at: Timestamp,
    pub(crate) answer_time: Smoothed,
    /// Bytes of blocks that the peer sent. Answers with small blocks tell how far it is, and not
    /// how long a large one takes on a connection that has not found its rate.
    pub(crate) sent_bytes: u64,
    pub(crate) answer_time_min: RecentLeast,
    pub(crate) round_trip: Option<Duration>,
    /// The message with wantlist entries that is being sent to it.
    pub(crate) writing: Option<SendId>,
}

/// A timeout that was started and has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) since: Timestamp,
    /// Whether the peer selector chose its length.
    pub(crate) is_chosen: bool,
}

impl PeerTimeouts {
    /// A timeout that is running.
    pub(crate) fn running(&self, key: CidKey) -> Option<Running> {
        self.running.get(&key).copied()
    }

    /// The wants whose timeouts are running.
    pub(crate) fn wants(&self) -> impl Iterator<Item = CidKey> {
        self.running.keys().copied()
    }

    /// Starts a timeout that is not running, no earlier than those before.
    pub(crate) fn start(&mut self, key: CidKey, timeout: Running) {
        self.running.insert(key, timeout);
        if !timeout.is_chosen {
            self.by_time.push_back((timeout.since, key));
        }
    }

    /// Ends a timeout; returns it if it was running.
    pub(crate) fn stop(&mut self, key: CidKey) -> Option<Running> {
        let stopped = self.running.remove(&key)?;
        let Self { running, by_time, .. } = self;
        let is_running = |(since, key): &(Timestamp, CidKey)| {
            running.get(key) == Some(&Running { since: *since, is_chosen: false })
        };
        if by_time.len() > 2 * running.len() + 64 {
            by_time.retain(is_running);
        }
        while by_time.front().is_some_and(|first| !is_running(first)) {
            by_time.pop_front();
        }
        Some(stopped)
    }

    /// When the next timeout of estimated length expires, and of which want.
    pub(crate) fn next(&self, config: &TimeoutConfig) -> Option<(Timestamp, CidKey)> {
        let (since, key) = *self.by_time.front()?;
        Some((self.due(since, config), key))
    }

    /// When a timeout that was started at `since` expires. It grows with `since`, so that the
    /// oldest timeout always expires first.
    pub(crate) fn due(&self, since: Timestamp, config: &TimeoutConfig) -> Timestamp {
        let renewed = since.max(self.last_response_at).after(self.timeout(config));
        renewed.min(since.after(Limits::ANSWER_WAIT))
    }

    /// Whether an answer to what the peer was asked this long ago can be here. A sooner one answers
    /// an earlier ask: a small block for a want-have, say, that comes once the block was asked for.
    pub(crate) fn can_have_taken(&self, after: Duration) -> bool {
        let least = Tuning::LEAST_OF_ROUND_TRIP;
        self.round_trip.is_none_or(|round_trip| after >= round_trip / least)
    }

    /// After how many times its usual time an answer is late.
    const fn late_after(&self) -> u32 {
        if self.sent_bytes < Tuning::BLOCK_BYTES_GUESS {
            Tuning::LATE_AFTER_AT_FIRST
        } else {
            Tuning::LATE_AFTER
        }
    }

    fn timeout(&self, config: &TimeoutConfig) -> Duration {
        let guess = match (self.answer_time.value(), self.round_trip) {
            (Some(usual), _) => usual.saturating_mul(self.late_after()),
            (None, Some(round_trip)) => config.processing + round_trip.saturating_mul(3),
            (None, None) => config.initial,
        };
        guess.clamp(config.min, config.max)
    }
}
