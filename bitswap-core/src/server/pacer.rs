//! The upload limits, of the node and of each peer: when the next blocks may be taken from the
//! queues. It decides nothing about whose turn it is.
//!
//! What is taken is owed, and paid for out of what grows at the rate of the limit; more may be
//! taken once all is paid. So a large block waits no longer for its turn than a small one,
//! and no more than one turn is ever owed.

use std::time::Duration;

use crate::deadlines::{Deadlines, sooner};
use crate::ids::PeerKey;
use crate::limits::ByteRate;
use crate::peers::paced::Paced;
use crate::peers::rate_limits::EngineClock;
use crate::peers::{PeerRequests, Peers};
use crate::time::Timestamp;

/// Spaces out the turns of all peers together, and those of each.
#[derive(Debug, Default)]
pub(super) struct Pacer {
    clock: EngineClock,
    node: Option<Paced>,
    per_peer: ByteRate,
    /// Until when the node's limit holds back a peer whose turn it is.
    awaited: Option<Timestamp>,
    /// Peers with blocks queued that their own limit holds back.
    held: Deadlines<PeerKey>,
    waited: [Duration; 2],
}

impl Pacer {
    pub(super) fn new([node, per_peer]: [ByteRate; 2]) -> Self {
        let mut pacer = Self { per_peer, ..Self::default() };
        pacer.node = Paced::renewed(None, node, &pacer.clock);
        pacer
    }

    /// Changes the limits; what is owed stays owed. Returns the peers that were held back, since
    /// they may be free now.
    pub(super) fn limit(
        &mut self,
        now: Timestamp,
        peers: &mut Peers,
        [node, per_peer]: [ByteRate; 2],
    ) -> Vec<PeerKey> {
        self.clock.set(now);
        self.nobody_waits(now);
        self.node = Paced::renewed(self.node.take(), node, &self.clock);
        let mut held: Vec<PeerKey> = self.held.keys().copied().collect();
        held.sort_unstable();
        self.per_peer = per_peer;
        for (peer, known) in peers.iter_mut().filter(|(_, known)| known.requests.paced.is_some()) {
            self.is_free_of_its_own(now, peer, &mut known.requests);
            let before = known.requests.paced.take();
            known.requests.paced = Paced::renewed(before, per_peer, &self.clock);
        }
        held
    }

    /// The limits in force: of the node, and of each peer.
    pub(super) fn limits(&self) -> [ByteRate; 2] {
        [self.node.as_ref().map(Paced::rate), self.per_peer]
    }

    /// Whether the node may take more now; if not, somebody waits for it.
    pub(super) fn admit(&mut self, now: Timestamp) -> bool {
        self.clock.set(now);
        self.awaited = self.node.as_mut().and_then(|node| node.waits_until(now));
        if self.awaited.is_none() {
            self.nobody_waits(now);
        }
        self.awaited.is_none()
    }

    /// Nobody waits for the node's limit: nothing is queued, or something else holds it back.
    pub(super) fn nobody_waits(&mut self, now: Timestamp) {
        self.awaited = None;
        if let Some(node) = &mut self.node {
            self.waited[0] += node.waited(now);
        }
    }

    /// Whether its own limit holds back a peer that has blocks queued.
    pub(super) fn holds(
        &mut self,
        now: Timestamp,
        peer: PeerKey,
        requests: &mut PeerRequests,
    ) -> bool {
        self.clock.set(now);
        let until = requests.paced.as_mut().and_then(|paced| paced.waits_until(now));
        match until {
            Some(until) => self.held.set(peer, until),
            None => self.is_free_of_its_own(now, peer, requests),
        }
        until.is_some()
    }

    /// Its own limit does not hold a peer back: nothing is queued for it, or something else does.
    pub(super) fn is_free_of_its_own(
        &mut self,
        now: Timestamp,
        peer: PeerKey,
        requests: &mut PeerRequests,
    ) {
        self.held.cancel(peer);
        if let Some(paced) = &mut requests.paced {
            self.waited[1] += paced.waited(now);
        }
    }

    /// Takes a peer that its own limit may hold back no longer.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<PeerKey> {
        self.held.pop_due(now)
    }

    /// Bytes were taken for a peer.
    pub(super) fn take(&mut self, now: Timestamp, requests: &mut PeerRequests, bytes: u64) {
        if let Some(node) = &mut self.node {
            node.take(bytes);
        }
        if self.per_peer.is_some() && requests.paced.is_none() {
            self.clock.set(now);
            requests.paced = Paced::renewed(None, self.per_peer, &self.clock);
        }
        if let Some(paced) = &mut requests.paced {
            paced.take(bytes);
        }
    }

    /// Forgets a disconnected peer.
    pub(super) fn forget(&mut self, peer: PeerKey) {
        self.held.cancel(peer);
    }

    /// When somebody who is held back may be served.
    pub(super) fn next(&self) -> Option<Timestamp> {
        sooner(self.awaited, self.held.next())
    }

    /// When the limits let a peer be served that is held back; whether that is the node's limit,
    /// for which everybody waits.
    pub(super) fn holds_until(&self, peer: PeerKey) -> Option<(Timestamp, bool)> {
        let own = self.held.of(peer).map(|until| (until, false));
        own.or_else(|| self.awaited.map(|until| (until, true)))
    }

    /// Whether the node's limit holds somebody back.
    pub(super) const fn is_awaited(&self) -> bool {
        self.awaited.is_some()
    }

    /// The peers that their own limit holds back.
    pub(super) fn held(&self) -> impl Iterator<Item = PeerKey> {
        self.held.keys().copied()
    }

    /// How long somebody was held back by the node's limit, and peers, added up, by their own: as
    /// far as that has ended.
    pub(super) const fn waited(&self) -> [Duration; 2] {
        self.waited
    }
}
