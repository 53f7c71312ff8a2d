//! The server half: requests of remote peers, and the order in which they are served.
//!
//! Strategies decide about ranks and admission. Blocks are not held here: each is read from the
//! store when its task is taken.

mod looks;
mod order;
mod pacer;
mod reading;
mod requests;
mod room;
mod sending;
mod serve;
#[cfg(test)]
mod tests;
mod waiting;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::EngineConfig;
use crate::deadlines::{DeadlineReason, Deadlines, Reasoned, earliest};
use crate::ids::{CidKey, HashKey, PeerKey, ReadId};
use crate::limits::{ByteRate, Limits};
use crate::map::Table;
use crate::out::Out;
use crate::peers::{Copies, PeerRequests, Peers, Request, State};
use crate::short_cid::ShortCid;
use crate::stats::UploadStats;
use crate::strategies::Strategies;
use crate::time::Timestamp;
use order::Order;
use pacer::Pacer;
use room::BySize;
use sending::Sending;
use waiting::Waiting;

pub(crate) use reading::Reading;

/// Limits of the requests that are kept.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServerBounds {
    pub(crate) requests_per_peer: usize,
    pub(crate) requests: usize,
    pub(crate) outstanding_per_peer: u64,
    pub(crate) outstanding: u64,
    pub(crate) upload: [ByteRate; 2],
    pub(crate) starvation: Duration,
    pub(crate) reads: usize,
    pub(crate) reads_per_peer: usize,
}

impl ServerBounds {
    pub(crate) fn of(limits: &Limits) -> Self {
        Self {
            requests_per_peer: limits.requests_per_peer,
            requests: limits.requests,
            outstanding_per_peer: limits.outstanding_bytes_per_peer,
            outstanding: limits.outstanding_bytes,
            upload: limits.upload(),
            starvation: limits.starvation,
            reads: limits.reads,
            reads_per_peer: limits.reads_per_peer,
        }
    }
}

/// State over all requests; the requests of each peer are with the [peers](Peers).
#[derive(Debug, Default)]
pub(crate) struct Server {
    bounds: ServerBounds,
    /// Requests whose block is missing, or was not looked for yet, by multihash.
    waiting: Waiting,
    order: Order,
    pacer: Pacer,
    sending: Sending,
    copies: Copies,
    deferred: Deadlines<(PeerKey, CidKey)>,
    /// Peers with requests that the store must be read for, by their oldest such request.
    lookers: BTreeMap<u64, PeerKey>,
    /// Reads in flight on behalf of peers, also of disconnected ones.
    reads: Table<ReadId, Reading>,
    /// Peers by the number of their requests.
    by_size: BySize,
    requests: usize,
    tasks: u64,
    task_bytes: u64,
    outstanding: u64,
    arrivals: u64,
}

/// The server half at work: its state, and what the engine lends it.
#[derive(Debug)]
pub(crate) struct ServerRoom<'x> {
    config: &'x EngineConfig,
    now: Timestamp,
    strategies: &'x mut Strategies,
    peers: &'x mut Peers,
    out: &'x mut Out,
    server: &'x mut Server,
}

/// The result of adding a want that a peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InsertOutcome {
    /// A new request of this arrival, which needs admission.
    New(u64),
    /// The request is known; nothing follows.
    Known,
    /// The request is known and its block missing: DONT_HAVE is sent again if the peer asked for
    /// it.
    Absent,
    /// The request is known and the store failed to read: it is read again.
    Unread,
    /// The request is known, is queued with this many bytes, and has a higher priority now: it is
    /// ranked again.
    Raised(u32),
    /// The request is known and its peer asks whether the block is here, which is in the store and
    /// queued.
    Here(ShortCid),
    /// There is no room, and nothing less important to evict.
    NoRoom,
}

impl Server {
    pub(crate) fn new(bounds: ServerBounds) -> Self {
        Self { pacer: Pacer::new(bounds.upload), bounds, ..Self::default() }
    }

    /// Joins the state with what the engine lends.
    pub(crate) const fn room<'x>(
        &'x mut self,
        (config, now): (&'x EngineConfig, Timestamp),
        strategies: &'x mut Strategies,
        peers: &'x mut Peers,
        out: &'x mut Out,
    ) -> ServerRoom<'x> {
        ServerRoom { config, now, strategies, peers, out, server: self }
    }

    /// Removes a disconnected peer and its requests.
    pub(crate) fn forget_peer(&mut self, peer: PeerKey, mut requests: PeerRequests) {
        self.orphan_reads(&requests);
        self.outstanding = self.outstanding.saturating_sub(requests.in_flight_bytes);
        let keys: Vec<CidKey> = requests.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.remove_from(&mut requests, peer, key);
        }
        self.sending.forget(peer, &requests);
        self.order.forget(peer, requests);
        self.pacer.forget(peer);
    }

    /// Adds a want of a peer. Another request may be evicted for it, perhaps of another peer; that
    /// one is returned, too.
    pub(crate) fn insert(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        peer: PeerKey,
        key: CidKey,
        mut request: Request,
    ) -> (InsertOutcome, Option<(PeerKey, CidKey)>) {
        let Some(requests) = peers.requests_mut(peer) else {
            return (InsertOutcome::Known, None);
        };
        if let Some(known) = requests.get(key) {
            if known.cid != request.cid {
                return (InsertOutcome::NoRoom, None);
            }
            let noted = requests.change(key, |known| known.merge(&request));
            return (noted.unwrap_or(InsertOutcome::Known), None);
        }
        let own = requests.len();
        let Ok(evicted) = self.make_room(peers, (peer, own), request.priority) else {
            return (InsertOutcome::NoRoom, None);
        };
        self.arrivals += 1;
        request.arrival = self.arrivals;
        request.arrived_at = now;
        let hash = request.hash;
        if let Some(requests) = peers.requests_mut(peer) {
            requests.insert(key, request);
            self.by_size.grew(peer, requests);
            self.requests += 1;
            self.waiting.push(hash, (peer, key));
        }
        (InsertOutcome::New(self.arrivals), evicted)
    }

    /// Removes a request that was served, refused or cancelled.
    pub(crate) fn remove(
        &mut self,
        peers: &mut Peers,
        peer: PeerKey,
        key: CidKey,
    ) -> Option<Request> {
        self.remove_from(peers.requests_mut(peer)?, peer, key)
    }

    /// Removes a request from those of a peer, which may be disconnected already.
    fn remove_from(
        &mut self,
        requests: &mut PeerRequests,
        peer: PeerKey,
        key: CidKey,
    ) -> Option<Request> {
        let request = requests.remove(key)?;
        self.requests -= 1;
        if self.requests < self.bounds.requests / 2 {
            self.by_size = BySize::default();
        }
        match request.state {
            State::Looking => self.stop_looking(peer, requests, request.arrival),
            State::Deferred => drop(self.deferred.cancel((peer, key))),
            State::Queued(_) => self.unqueue(requests, (peer, key), request.queued()),
            State::Absent | State::Unread | State::Leaving => {}
        }
        if request.state.waits_for_block() {
            self.waiting.remove(request.hash, (peer, key));
        }
        Some(request)
    }

    /// Moves a request to another state; false if it is gone.
    pub(crate) fn set_state(
        &mut self,
        peers: &mut Peers,
        peer: PeerKey,
        key: CidKey,
        state: State,
    ) -> bool {
        let requests = peers.requests_mut(peer);
        requests.is_some_and(|requests| self.set_state_in(requests, (peer, key), state))
    }

    fn set_state_in(
        &mut self,
        requests: &mut PeerRequests,
        (peer, key): (PeerKey, CidKey),
        state: State,
    ) -> bool {
        let changed = requests.change(key, |request| {
            let before = std::mem::replace(&mut request.state, state);
            (request.hash, request.arrival, before)
        });
        let Some((hash, arrival, before)) = changed else {
            return false;
        };
        if state != State::Looking {
            self.stop_looking(peer, requests, arrival);
        }
        let (waited, waits) = (before.waits_for_block(), state.waits_for_block());
        if waited && !waits {
            self.waiting.remove(hash, (peer, key));
        } else if waits && !waited {
            self.waiting.push(hash, (peer, key));
        }
        true
    }

    /// Defers a request.
    pub(crate) fn defer(
        &mut self,
        peers: &mut Peers,
        peer: PeerKey,
        key: CidKey,
        until: Timestamp,
    ) {
        if self.set_state(peers, peer, key, State::Deferred) {
            self.deferred.set((peer, key), until);
        }
    }

    /// Ends all deferrals now, and ranks all peers again, since the ledger policy was replaced: the
    /// weight of a peer may count in its rank.
    pub(crate) fn policy_replaced(&mut self, now: Timestamp, peers: &Peers) {
        let deferred: Vec<_> = self.deferred.keys().copied().collect();
        for request in deferred {
            self.deferred.set(request, now);
        }
        self.rank_all(peers);
    }

    /// When a deferral of a request ends.
    pub(crate) fn deferred_until(&self, peer: PeerKey, key: CidKey) -> Option<Timestamp> {
        self.deferred.of((peer, key))
    }

    /// When a peer is ranked again at the latest.
    pub(crate) fn ranked_again_at(&self, peer: PeerKey) -> Option<Timestamp> {
        self.order.recheck_of(peer)
    }

    /// When the upload limits let a peer be served, if they hold it back, and whether that is the
    /// node's limit, for which everybody waits.
    pub(crate) fn upload_free_at(&self, peer: PeerKey) -> Option<(Timestamp, bool)> {
        self.pacer.holds_until(peer)
    }

    /// Requests that wait for a block with this multihash.
    pub(crate) fn waiting_for(&self, hash: HashKey) -> Vec<(PeerKey, CidKey)> {
        self.waiting.of(hash)
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        earliest(self.deadlines())
    }

    pub(crate) fn deadlines(&self) -> [Reasoned; 4] {
        [
            (self.deferred.next(), DeadlineReason::DeferredRequest),
            (self.order.next_recheck(), DeadlineReason::RankRecheck),
            (self.pacer.next(), DeadlineReason::UploadLimit),
            (self.next_slow_send(), DeadlineReason::SlowSend),
        ]
    }

    /// Number of messages that are suspended.
    pub(crate) const fn suspended(&self) -> u64 {
        self.sending.suspended
    }

    /// Numbers of requests and tasks, bytes of tasks, and outstanding bytes.
    pub(crate) const fn sizes(&self) -> (usize, u64, u64, u64) {
        (self.requests, self.tasks, self.task_bytes, self.outstanding)
    }

    /// The upload limits, and what they hold back.
    pub(crate) fn upload_stats(&self, peers: &Peers) -> UploadStats {
        let queued = |peer| peers.requests(peer).map_or(0, |requests| requests.task_bytes);
        let by_node = if self.pacer.is_awaited() { self.task_bytes } else { 0 };
        UploadStats {
            limits: self.pacer.limits(),
            held_bytes: [by_node, self.pacer.held().map(queued).sum()],
            waited: self.pacer.waited(),
        }
    }

    /// Number of turns so far: how often tasks were taken for a peer.
    pub(crate) const fn turns(&self) -> u64 {
        self.order.turns
    }

    /// Whether nothing is remembered of any request; for the engine's own checks.
    pub(crate) fn is_idle(&self) -> bool {
        let sizes = (self.requests, self.tasks, self.task_bytes, self.outstanding);
        let looks = self.lookers.len() + self.reads.len();
        let sends = self.next_deadline().is_some() || !self.sending.is_empty();
        let waits = sends || !self.waiting.is_empty() || looks > 0;
        sizes == (0, 0, 0, 0) && !waits
    }
}

impl Request {
    /// Merges a want that came again: it can only ask for more.
    fn merge(&mut self, later: &Self) -> InsertOutcome {
        let raised = later.priority > self.priority;
        let asks = later.kind < self.kind && !self.is_relayed;
        self.priority = self.priority.max(later.priority);
        self.send_dont_have |= later.send_dont_have;
        self.kind = self.kind.max(later.kind);
        self.set_relay(later.rare().relay.or_else(|| self.rare().relay));
        match self.state {
            State::Absent => InsertOutcome::Absent,
            State::Unread => InsertOutcome::Unread,
            State::Queued(bytes) if raised => InsertOutcome::Raised(bytes),
            State::Queued(_) if asks => InsertOutcome::Here(self.cid.clone()),
            State::Queued(_) | State::Looking | State::Deferred | State::Leaving => {
                InsertOutcome::Known
            }
        }
    }
}
