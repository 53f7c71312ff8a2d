//! When silence becomes "does not have it".
//!
//! A peer that keeps answering is not silent, however long its queue: every answer gives all its
//! open asks their full time again, up to [`Limits::ANSWER_WAIT`].

use std::collections::BTreeSet;
use std::time::Duration;

use crate::config::TimeoutConfig;
use crate::deadlines::Deadlines;
use crate::ids::{CidKey, PeerKey};
use crate::limits::Limits;
use crate::map::Table;
use crate::smoothed::Smoothed;
use crate::time::Timestamp;

/// The running waits, and how long answers usually take.
#[derive(Debug)]
pub(crate) struct DontHaveTimeouts {
    config: TimeoutConfig,
    peers: Table<PeerKey, PeerTimeouts>,
    /// When the next wait of each peer runs out.
    next: Deadlines<PeerKey>,
    /// Waits whose length the selector chose.
    chosen: Deadlines<(PeerKey, CidKey)>,
    /// Asks that wait for room on their peer's list.
    unsent: Deadlines<(PeerKey, CidKey)>,
}

#[derive(Debug, Default)]
struct PeerTimeouts {
    since: Table<CidKey, Timestamp>,
    unsent: BTreeSet<CidKey>,
    by_time: BTreeSet<(Timestamp, CidKey)>,
    last_response_at: Timestamp,
    answer_time: Smoothed,
    round_trip: Option<Duration>,
}

impl DontHaveTimeouts {
    pub(crate) fn new(config: TimeoutConfig) -> Self {
        Self {
            config,
            peers: Table::default(),
            next: Deadlines::default(),
            chosen: Deadlines::default(),
            unsent: Deadlines::default(),
        }
    }

    /// An ask for a block waits until its peer has room for one want more, but not for long.
    pub(crate) fn wait_for_room(&mut self, now: Timestamp, (peer, key): (PeerKey, CidKey)) {
        let waits = self.peers.or_default(peer);
        if !waits.since.contains(&key) && waits.unsent.insert(key) {
            self.unsent.set((peer, key), now.after(Limits::ROOM_WAIT));
        }
    }

    /// An ask for a block is on its way. `timeout` replaces the estimate.
    pub(crate) fn start(
        &mut self,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
        timeout: Option<Duration>,
    ) {
        let waits = self.peers.or_default(peer);
        if waits.unsent.remove(&key) {
            self.unsent.cancel((peer, key));
        }
        if waits.since.contains(&key) {
            return;
        }
        waits.since.insert(key, now);
        if let Some(chosen) = timeout {
            let chosen = chosen.clamp(Limits::ASK_TIMEOUT_LEAST, Limits::ASK_TIMEOUT_MOST);
            self.chosen.set((peer, key), now.after(chosen));
        } else {
            waits.by_time.insert((now, key));
            self.rearm(peer);
        }
    }

    /// An answer of any kind came; how long it took, if it was waited for.
    pub(crate) fn answered(
        &mut self,
        now: Timestamp,
        peer: PeerKey,
        key: CidKey,
    ) -> Option<Duration> {
        let after = self.stop(peer, key).map(|since| now.since(since));
        if let Some(waits) = self.peers.get_mut(&peer) {
            waits.last_response_at = now;
            if let Some(after) = after {
                waits.answer_time.add(after);
            }
            self.rearm(peer);
        }
        after
    }

    /// A peer says that its answer takes longer; nothing if none is waited for.
    pub(crate) fn extend(
        &mut self,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
        more: Duration,
    ) {
        if self.stop(peer, key).is_some() {
            self.start(now, (peer, key), Some(more));
            self.rearm(peer);
        }
    }

    /// Nobody waits for this answer any more.
    pub(crate) fn cancel(&mut self, peer: PeerKey, key: CidKey) {
        self.stop(peer, key);
        self.rearm(peer);
    }

    /// The transport measured a round trip.
    pub(crate) fn measured(&mut self, peer: PeerKey, round_trip: Duration) {
        self.peers.or_default(peer).round_trip = Some(round_trip);
        self.rearm(peer);
    }

    /// The peer is gone.
    pub(crate) fn forget_peer(&mut self, peer: PeerKey) {
        self.next.cancel(peer);
        let waits = self.peers.remove(&peer).unwrap_or_default();
        for key in waits.since.keys() {
            self.chosen.cancel((peer, *key));
        }
        for key in waits.unsent {
            self.unsent.cancel((peer, key));
        }
    }

    /// Takes the waits that have run out.
    pub(crate) fn expired(&mut self, now: Timestamp) -> Vec<(PeerKey, CidKey)> {
        let mut over = Vec::new();
        while let Some((peer, key)) = self.unsent.pop_due(now) {
            self.stop(peer, key);
            over.push((peer, key));
        }
        while let Some((peer, key)) = self.chosen.pop_due(now) {
            self.stop(peer, key);
            over.push((peer, key));
        }
        while let Some(peer) = self.next.pop_due(now) {
            while let Some(key) = self.first_due(peer, now) {
                self.stop(peer, key);
                over.push((peer, key));
            }
            self.rearm(peer);
        }
        over
    }

    /// Smoothed time from an ask of this peer to its answer.
    pub(crate) fn answer_time(&self, peer: PeerKey) -> Option<Duration> {
        self.peers.get(&peer)?.answer_time.value()
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        [self.next.next(), self.chosen.next(), self.unsent.next()].into_iter().flatten().min()
    }

    /// Whether anything is waited for or known of a peer; for the engine's own checks.
    pub(crate) fn knows(&self, peer: PeerKey) -> bool {
        self.peers.contains(&peer) || self.next.of(peer).is_some()
    }

    /// Whether no answer is waited for; for the engine's own checks. Walks all peers.
    pub(crate) fn is_idle(&self) -> bool {
        self.next_deadline().is_none() && self.peers.values().all(|waits| waits.since.is_empty())
    }

    fn stop(&mut self, peer: PeerKey, key: CidKey) -> Option<Timestamp> {
        let waits = self.peers.get_mut(&peer)?;
        if waits.unsent.remove(&key) {
            self.unsent.cancel((peer, key));
        }
        let since = waits.since.remove(&key)?;
        if !waits.by_time.remove(&(since, key)) {
            self.chosen.cancel((peer, key));
        }
        Some(since)
    }

    fn first_due(&self, peer: PeerKey, now: Timestamp) -> Option<CidKey> {
        let waits = self.peers.get(&peer)?;
        let (since, key) = *waits.by_time.first()?;
        (waits.due(since, &self.config) <= now).then_some(key)
    }

    fn rearm(&mut self, peer: PeerKey) {
        let due = self.peers.get(&peer).and_then(|waits| {
            let (since, _) = *waits.by_time.first()?;
            Some(waits.due(since, &self.config))
        });
        match due {
            Some(at) => self.next.set(peer, at),
            None => {
                self.next.cancel(peer);
            }
        }
    }
}

impl PeerTimeouts {
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
