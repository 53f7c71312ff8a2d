//! DONT_HAVE timeouts: when silence of a peer counts as DONT_HAVE.
//!
//! A peer that keeps sending is not silent, however long its queue: every block, and what comes of
//! one, restarts the timeouts of all its open asks. An ask that was passed over times out. Answers
//! without blocks restart them up to [`Limits::ANSWER_WAIT`]. One that does not even take the
//! message with an ask is silent after the longest timeout.

use std::collections::VecDeque;
use std::time::Duration;

use super::wants::SentWant;
use crate::config::TimeoutConfig;
use crate::deadlines::{DeadlineReason, Deadlines, Reasoned, sooner};
use crate::ids::{CidKey, PeerKey, SendId};
use crate::limits::Limits;
use crate::peers::{PeerTimeouts, Peers};
use crate::time::Timestamp;

/// The running timeouts of all peers.
#[derive(Debug)]
pub(crate) struct DontHaveTimeouts {
    config: TimeoutConfig,
    /// When the next timeout of each peer expires.
    next: Deadlines<PeerKey>,
    /// Timeouts whose length the peer selector chose.
    chosen: Deadlines<(PeerKey, CidKey)>,
    /// Want-blocks that wait for room on their peer's wantlist, and when they time out.
    unsent: Deadlines<(PeerKey, CidKey)>,
    /// Messages with wantlist entries, and when their wants time out, and those behind them; the
    /// first one is being sent, and some of the others were written.
    unwritten: VecDeque<(Timestamp, PeerKey, SendId)>,
}

impl DontHaveTimeouts {
    pub(crate) fn new(config: TimeoutConfig) -> Self {
        let (next, chosen, unsent, unwritten) = Default::default();
        Self { config, next, chosen, unsent, unwritten }
    }

    /// Starts the timeout of a want-block that waits for room on its peer's wantlist.
    pub(crate) fn wait_for_room(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
    ) {
        if let Some(known) = peers.get_mut(peer)
            && known.timeouts.running(key).is_none()
            && known.timeouts.unsent.insert(key)
        {
            self.unsent.set((peer, key), now.after(Limits::ROOM_WAIT));
        }
    }

    /// A message with wantlist entries is handed to the driver.
    pub(crate) fn write_began(
        &mut self,
        now: Timestamp,
        waits: &mut PeerTimeouts,
        (peer, send): (PeerKey, SendId),
    ) {
        waits.writing = Some(send);
        self.unwritten.push_back((now.after(self.config.max), peer, send));
    }

    /// A message with wantlist entries was written, or failed.
    pub(crate) fn write_ended(&mut self, peers: &Peers, send: SendId) {
        if self.unwritten.front().is_some_and(|(.., first)| *first == send) {
            self.unwritten.pop_front();
            self.forget_written(peers);
        }
    }

    /// A peer that has taken no message for as long as an answer may take.
    pub(crate) fn pop_unwritten(&mut self, peers: &Peers, now: Timestamp) -> Option<PeerKey> {
        let (_, peer, send) = *self.unwritten.front().filter(|(at, ..)| *at <= now)?;
        self.unwritten.pop_front();
        self.unwritten.push_back((now.after(self.config.max), peer, send));
        self.forget_written(peers);
        Some(peer)
    }

    fn forget_written(&mut self, peers: &Peers) {
        while let Some((_, peer, send)) = self.unwritten.front()
            && peers.get(*peer).is_none_or(|known| known.timeouts.writing != Some(*send))
        {
            self.unwritten.pop_front();
        }
    }

    /// Starts the timeout of a want-block that was sent. `timeout` replaces the estimate.
    pub(crate) fn start(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
        timeout: Option<Duration>,
    ) {
        if let Some(known) = peers.get_mut(peer) {
            self.start_wait(&mut known.timeouts, now, (peer, key), timeout);
        }
    }

    fn start_wait(
        &mut self,
        waits: &mut PeerTimeouts,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
        timeout: Option<Duration>,
    ) {
        if waits.unsent.remove(&key) {
            self.unsent.cancel((peer, key));
        }
        if waits.running(key).is_some() {
            return;
        }
        waits.start(key, now, timeout.is_some());
        if let Some(chosen) = timeout {
            let chosen = chosen.clamp(Limits::ASK_TIMEOUT_LEAST, Limits::ASK_TIMEOUT_MOST);
            self.chosen.set((peer, key), now.after(chosen));
        } else {
            self.rearm(now, peer, waits);
        }
    }

    /// When an ask times out; `None` if it is not running, since its message was not sent.
    pub(crate) fn due(
        &self,
        waits: &PeerTimeouts,
        (peer, key): (PeerKey, CidKey),
    ) -> Option<Timestamp> {
        let chosen = self.chosen.of((peer, key)).or_else(|| self.unsent.of((peer, key)));
        chosen.or_else(|| Some(waits.due(&waits.running(key)?, &self.config)))
    }

    /// A peer answered: ends the timeout; returns how long the answer took, if it was awaited or
    /// late and is no answer to what the peer was asked earlier. Without late ones, the estimate of
    /// a peer that became slower would be of its fast answers only. `sent` is what it was asked,
    /// and the length of the block that came of it.
    pub(crate) fn answered(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
        sent: Option<(SentWant, u64)>,
    ) -> Option<Duration> {
        let waits = &mut peers.get_mut(peer)?.timeouts;
        if let Some((asked, bytes)) = sent {
            waits.block_received(now, bytes, asked.open);
        }
        let late = sent.filter(|(asked, _)| asked.is_silent()).map(|(asked, _)| asked.at);
        let since = self.stop(waits, (peer, key)).or(late);
        let after = since.map(|since| now.since(since)).filter(|it| waits.can_have_taken(*it));
        waits.last_response_at = now;
        if let Some(after) = after {
            waits.add_sample(now, after, sent.is_some());
        }
        self.rearm(now, peer, waits);
        after
    }

    /// Bytes came of a peer's message that is not whole yet.
    pub(crate) fn bytes_received(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        peer: PeerKey,
        bytes: u64,
    ) {
        if let Some(known) = peers.get_mut(peer) {
            // What timed out may still come.
            let is_asked = !(known.asked.is_empty() && known.relay.asked.is_empty());
            let late = usize::from(is_asked);
            let asks = late.max(known.window.asks as usize);
            known.timeouts.bytes_received(now, bytes, asks);
            self.rearm(now, peer, &known.timeouts);
        }
    }

    /// Extends a running timeout, since the peer searches for the block.
    pub(crate) fn extend(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
        more: Duration,
    ) {
        if let Some(known) = peers.get_mut(peer)
            && self.stop(&mut known.timeouts, (peer, key)).is_some()
        {
            self.start_wait(&mut known.timeouts, now, (peer, key), Some(more));
            self.rearm(now, peer, &known.timeouts);
        }
    }

    /// Cancels the timeout of an ask, if it is still running.
    pub(crate) fn cancel(
        &mut self,
        waits: &mut PeerTimeouts,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
    ) {
        if self.stop(waits, (peer, key)).is_some() {
            self.rearm(now, peer, waits);
        }
    }

    /// Updates the round-trip time of a peer.
    pub(crate) fn measured(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        (peer, round_trip): (PeerKey, Duration),
    ) {
        if let Some(known) = peers.get_mut(peer) {
            known.timeouts.round_trip = Some(round_trip);
            self.rearm(now, peer, &known.timeouts);
        }
    }

    /// Removes the timeouts of a disconnected peer.
    pub(crate) fn forget_peer(&mut self, peers: &Peers, peer: PeerKey, waits: PeerTimeouts) {
        self.next.cancel(peer);
        self.forget_written(peers);
        for key in waits.wants() {
            self.chosen.cancel((peer, key));
        }
        for key in waits.unsent {
            self.unsent.cancel((peer, key));
        }
    }

    /// Takes the asks whose timeout expired. Where nobody else `could` have what a peer was asked
    /// for, that is given more time.
    pub(crate) fn expired(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        could: impl Fn(PeerKey, CidKey) -> bool,
    ) -> Vec<(PeerKey, CidKey)> {
        let mut over = Vec::new();
        while let Some(wait) = self.unsent.pop_due(now) {
            let heard_at = peers.get(wait.0).map_or(Timestamp::ZERO, |it| it.timeouts.heard_at);
            let again_at = heard_at.after(Limits::ROOM_WAIT);
            if again_at > now {
                self.unsent.set(wait, again_at);
            } else {
                over.push(wait);
            }
        }
        while let Some(wait) = self.chosen.pop_due(now) {
            over.push(wait);
        }
        for (peer, key) in &over {
            if let Some(known) = peers.get_mut(*peer) {
                self.stop(&mut known.timeouts, (*peer, *key));
            }
        }
        while let Some(peer) = self.next.pop_due(now) {
            let Some(known) = peers.get_mut(peer) else {
                continue;
            };
            let waits = &mut known.timeouts;
            while let Some((_, key)) = waits.next(&self.config).filter(|(due, _)| *due <= now) {
                if !waits.is_alone && !could(peer, key) {
                    waits.is_alone = true;
                    continue;
                }
                waits.timed_out(key);
                self.stop(waits, (peer, key));
                over.push((peer, key));
            }
            self.rearm(now, peer, waits);
        }
        over
    }

    /// Another peer has what these were asked for.
    pub(crate) fn are_not_alone(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        asked: impl Iterator<Item = PeerKey>,
    ) {
        for peer in asked {
            if let Some(known) = peers.get_mut(peer).filter(|known| known.timeouts.is_alone) {
                known.timeouts.is_alone = false;
                self.rearm(now, peer, &known.timeouts);
            }
        }
    }

    /// Whether no answer is waited for.
    pub(crate) fn is_idle(&self) -> bool {
        let ask = self.chosen.next().or_else(|| self.unsent.next());
        ask.is_none() && self.next.next().is_none()
    }

    pub(crate) fn deadlines(&self) -> [Reasoned; 3] {
        let unwritten = self.unwritten.front().map(|(at, ..)| *at);
        [
            (self.next.next(), DeadlineReason::DontHaveTimeout),
            (sooner(self.chosen.next(), unwritten), DeadlineReason::DontHaveTimeout),
            (self.unsent.next(), DeadlineReason::NoRoomTimeout),
        ]
    }

    /// Whether any timeout of a peer is running; for the engine's own checks.
    pub(crate) fn knows(&self, peer: PeerKey) -> bool {
        let mut each = self.chosen.keys().chain(self.unsent.keys());
        self.next.of(peer).is_some() || each.any(|(other, _)| *other == peer)
    }

    fn stop(
        &mut self,
        waits: &mut PeerTimeouts,
        (peer, key): (PeerKey, CidKey),
    ) -> Option<Timestamp> {
        if waits.unsent.remove(&key) {
            self.unsent.cancel((peer, key));
        }
        let stopped = waits.stop(key)?;
        if stopped.is_chosen {
            self.chosen.cancel((peer, key));
        }
        Some(stopped.since)
    }

    fn rearm(&mut self, now: Timestamp, peer: PeerKey, waits: &PeerTimeouts) {
        match waits.next(&self.config) {
            // What is due already, since its peer passed it over, is so as soon as there is time.
            Some((at, _)) => self.next.set(peer, at.max(now.after(Duration::from_nanos(1)))),
            None => {
                self.next.cancel(peer);
            }
        }
    }
}
