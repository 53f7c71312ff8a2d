//! The DONT_HAVE timeouts of one peer, and its smoothed answer time.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::config::TimeoutConfig;
use crate::ids::{CidKey, SendId};
use crate::limits::{Limits, MAX_FRAME_BYTES};
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
    /// When a block last came that the peer was asked for, or up to when what came of its messages
    /// since then was [`Limits::LEAST_RATE`] or more.
    pub(crate) heard_at: Timestamp,
    /// When a block last came that it was asked for.
    block_at: Timestamp,
    /// Since when it has been asked for blocks without a pause: before, it had nothing to send.
    asked_since: Timestamp,
    /// Asks that timed out, and since when they had run. It may have lost them: see
    /// [`Self::skipped`].
    expired: BTreeSet<(Timestamp, CidKey)>,
    /// Bytes of messages that count in `heard_at` before they are whole.
    unfinished_bytes: u64,
    /// Whether nobody else is known who could have what it was asked for: then its asks wait
    /// longer, until its next block.
    pub(crate) is_alone: bool,
    pub(crate) answer_time: Smoothed,
    /// Whether that is of blocks: how soon it says no tells nothing of them.
    has_sent: bool,
    /// Bytes of blocks that the peer sent. Answers with small blocks tell how far it is, and not
    /// how long a large one takes on a connection that has not found its rate.
    pub(crate) sent_bytes: u64,
    /// Whether it fetches what this node fetches: others ask it, too, so it may take long at times.
    pub(crate) leeches: bool,
    /// Blocks that it sent whose timeouts were running.
    awaited_blocks: u64,
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
    /// Once the peer has sent so many blocks, it serves others and not this one.
    passed_over_at: u64,
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
    pub(crate) fn start(&mut self, key: CidKey, since: Timestamp, is_chosen: bool) {
        if self.running.is_empty() {
            (self.asked_since, self.is_alone) = (since, false);
        }
        let before = self.running.len() as u64;
        let passed_over_at = self.awaited_blocks + 2 * before + Limits::PASSED_OVER_BLOCKS;
        self.running.insert(key, Running { since, is_chosen, passed_over_at });
        if !is_chosen {
            self.by_time.push_back((since, key));
        }
    }

    /// A block came that the peer was asked for; one whose timeout runs passes over others. What
    /// answers want-haves comes besides.
    pub(crate) fn block_received(&mut self, now: Timestamp, bytes: u64, is_awaited: bool) {
        self.awaited_blocks += u64::from(is_awaited);
        (self.block_at, self.heard_at, self.is_alone) = (now, now, false);
        self.unfinished_bytes = self.unfinished_bytes.saturating_sub(bytes);
    }

    /// Bytes came of a message that is not whole yet. Each block that the peer is asked for excuses
    /// the bytes of one message, so that one who sends what nobody asked for is found out.
    pub(crate) fn bytes_received(&mut self, now: Timestamp, bytes: u64, asks: usize) {
        if asks == 0 {
            self.unfinished_bytes = 0;
            return;
        }
        let most = asks.saturating_mul(MAX_FRAME_BYTES) as u64;
        let bytes = bytes.min(most.saturating_sub(self.unfinished_bytes));
        self.unfinished_bytes += bytes;
        let covered = Duration::from_micros(bytes * 1_000_000 / Limits::LEAST_RATE);
        self.heard_at = self.heard_at.max(self.asked_since).after(covered).min(now);
    }

    /// Notes that a timeout that is running expired.
    pub(crate) fn timed_out(&mut self, key: CidKey) {
        self.expired.extend(self.running(key).map(|timeout| (timeout.since, key)));
        if self.expired.len() > Limits::VIEW_IN_FLIGHT {
            self.expired.pop_first();
        }
    }

    /// Whether any ask timed out that it may have lost.
    pub(crate) fn has_expired(&self) -> bool {
        !self.expired.is_empty()
    }

    /// A block came that the peer was asked for at this time: takes what had timed out of
    /// what it was asked before. It sends, and that is not what comes next.
    pub(crate) fn skipped(&mut self, asked_at: Timestamp) -> BTreeSet<(Timestamp, CidKey)> {
        let rest = self.expired.split_off(&(asked_at, CidKey(0)));
        std::mem::replace(&mut self.expired, rest)
    }

    /// Ends a timeout; returns it if it was running.
    pub(crate) fn stop(&mut self, key: CidKey) -> Option<Running> {
        let stopped = self.running.remove(&key)?;
        let Self { running, by_time, .. } = self;
        let is_running = |(since, key): &(Timestamp, CidKey)| {
            running.get(key).is_some_and(|it| it.since == *since && !it.is_chosen)
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
        let (_, key) = *self.by_time.front()?;
        Some((self.due(&self.running(key)?, config), key))
    }

    /// When a timeout expires: of those that are not passed over, the oldest is always the first.
    pub(crate) fn due(&self, timeout: &Running, config: &TimeoutConfig) -> Timestamp {
        if self.awaited_blocks >= timeout.passed_over_at {
            // Peers answer what they were asked at nearly the same time in any order.
            return timeout.since.after(Tuning::LATE_AT_FIRST_LEAST);
        }
        let (since, usual) = (timeout.since, self.timeout(config));
        // Answers without blocks excuse others only so long.
        let answered = since.max(self.last_response_at).after(usual);
        let answered = answered.min(since.after(Limits::ANSWER_WAIT));
        since.max(self.heard_at).after(usual).max(answered)
    }

    /// Up to when the peer is taken to send, where what has begun to come may show nothing for
    /// `longest`: a connection is encrypted in pieces of up to 64 KiB.
    pub(crate) fn sends_until(&self, longest: Duration) -> Timestamp {
        let has_begun = self.heard_at > self.asked_since;
        if has_begun { self.heard_at.after(longest) } else { self.heard_at }
    }

    /// Since when the peer has been asked for blocks and has sent none that is whole; `None` if it
    /// is asked for none.
    pub(crate) fn at_it_since(&self) -> Option<Timestamp> {
        (!self.running.is_empty()).then(|| self.block_at.max(self.asked_since))
    }

    /// The want that was asked for first, of those whose timeouts are estimated.
    pub(crate) fn oldest(&self) -> Option<CidKey> {
        self.by_time.front().map(|(_, key)| *key)
    }

    /// Whether an answer to what the peer was asked this long ago can be here. A sooner one answers
    /// an earlier ask: a small block for a want-have, say, that comes once the block was asked for.
    pub(crate) fn can_have_taken(&self, after: Duration) -> bool {
        let least = Tuning::LEAST_OF_ROUND_TRIP;
        self.round_trip.is_none_or(|round_trip| after >= round_trip / least)
    }

    /// The peer answered after this time, with a block or without.
    pub(crate) fn add_sample(&mut self, now: Timestamp, after: Duration, is_block: bool) {
        self.answer_time_min.add(now, after);
        if is_block && !std::mem::replace(&mut self.has_sent, true) {
            self.answer_time = Smoothed::default();
        }
        if is_block == self.has_sent {
            self.answer_time.add(after);
        }
    }

    /// After how long an answer is late, by those that came.
    fn late_after(&self) -> Option<Duration> {
        let usual = self.answer_time.value()?;
        if self.has_sent && !self.leeches && self.sent_bytes >= Tuning::BLOCK_BYTES_GUESS {
            return Some(usual.saturating_mul(Tuning::LATE_AFTER));
        }
        let late = usual.saturating_mul(Tuning::LATE_AFTER_AT_FIRST);
        Some(late.max(Tuning::LATE_AT_FIRST_LEAST))
    }

    /// How long an answer of a peer may take of which no answer is known.
    pub(crate) fn untried(&self, config: &TimeoutConfig) -> Duration {
        let known = self.round_trip.map(|time| config.processing + time.saturating_mul(3));
        known.unwrap_or(config.initial)
    }

    /// How long an answer of the peer may take.
    pub(crate) fn timeout(&self, config: &TimeoutConfig) -> Duration {
        let usual = self.late_after();
        let is_there = usual.is_some() || self.unfinished_bytes > 0;
        let guess = match usual {
            // Its next bytes may be on their way: a connection shows them in pieces of 64 KiB.
            _ if self.is_alone && is_there => config.max,
            Some(usual) => usual,
            None => self.untried(config),
        };
        guess.clamp(config.min, config.max)
    }
}
