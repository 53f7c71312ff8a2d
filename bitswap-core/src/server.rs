//! What others want of us, and in which order they get it.
//!
//! Knows requests and ranks; what a rank or an admission should be is asked of strategies by the
//! engine. Holds no blocks: those are read when their turn comes.

mod looks;
mod order;
mod reading;
mod requests;
mod room;
mod serve;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::EngineConfig;
use crate::deadlines::{DeadlineReason, Deadlines, Reasoned, earliest};
use crate::ids::{CidKey, HashKey, PeerKey, ReadId};
use crate::limits::Limits;
use crate::map::Table;
use crate::out::Out;
use crate::peers::{PeerRequests, Peers, Request, State};
use crate::strategies::Strategies;
use crate::time::Timestamp;
use order::Order;
use room::BySize;

pub(crate) use reading::Reading;

/// How many requests are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerBounds {
    pub(crate) requests_per_peer: usize,
    pub(crate) requests: usize,
    pub(crate) outstanding_per_peer: u64,
    pub(crate) outstanding: u64,
    pub(crate) starvation: Duration,
    pub(crate) reads: usize,
    pub(crate) reads_per_peer: usize,
}

impl ServerBounds {
    pub(crate) const fn of(limits: &Limits) -> Self {
        Self {
            requests_per_peer: limits.requests_per_peer,
            requests: limits.requests,
            outstanding_per_peer: limits.outstanding_bytes_per_peer,
            outstanding: limits.outstanding_bytes,
            starvation: limits.starvation,
            reads: limits.reads,
            reads_per_peer: limits.reads_per_peer,
        }
    }
}

/// What the requests of all peers come to; each peer's own are with the [peers](Peers).
#[derive(Debug)]
pub(crate) struct Server {
    bounds: ServerBounds,
    /// Requests whose block is not there, or not looked for yet.
    waiting: Table<HashKey, Vec<(PeerKey, CidKey)>>,
    order: Order,
    deferred: Deadlines<(PeerKey, CidKey)>,
    /// Peers with requests that our store is to be asked about, by the oldest of these.
    lookers: BTreeMap<u64, PeerKey>,
    /// What peers have our store read, also those of peers that are gone.
    reads: Table<ReadId, Reading>,
    /// Requesters by the number of their requests.
    by_size: BySize,
    requests: usize,
    tasks: u64,
    task_bytes: u64,
    outstanding: u64,
    arrivals: u64,
}

/// The server at work: what it remembers, and what the engine lends it.
#[derive(Debug)]
pub(crate) struct ServerRoom<'x> {
    config: &'x EngineConfig,
    now: Timestamp,
    strategies: &'x mut Strategies,
    peers: &'x mut Peers,
    out: &'x mut Out,
    server: &'x mut Server,
}

/// What became of a want that a peer sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InsertOutcome {
    /// A request that was not there before: it asks for admission.
    New,
    /// Known; nothing else follows.
    Known,
    /// Known, and known to be missing: the peer is told again if it wants to be.
    Absent,
    /// Known, and our store could not say whether the block is here: it is asked again.
    Unread,
    /// Known and queued with so many bytes, and more important than before: it ranks anew.
    Raised(u32),
    /// There is no room, and nothing less important to drop.
    NoRoom,
}

impl Server {
    pub(crate) fn new(bounds: ServerBounds) -> Self {
        Self {
            bounds,
            waiting: Table::default(),
            order: Order::default(),
            deferred: Deadlines::default(),
            lookers: BTreeMap::new(),
            reads: Table::default(),
            by_size: BySize::default(),
            requests: 0,
            tasks: 0,
            task_bytes: 0,
            outstanding: 0,
            arrivals: 0,
        }
    }

    /// Opens the room, with what is lent to it.
    pub(crate) const fn room<'x>(
        &'x mut self,
        (config, now): (&'x EngineConfig, Timestamp),
        strategies: &'x mut Strategies,
        peers: &'x mut Peers,
        out: &'x mut Out,
    ) -> ServerRoom<'x> {
        ServerRoom { config, now, strategies, peers, out, server: self }
    }

    /// A peer is gone, and all it wanted.
    pub(crate) fn forget_peer(&mut self, peer: PeerKey, mut requests: PeerRequests) {
        self.orphan_reads(&requests);
        self.outstanding = self.outstanding.saturating_sub(requests.in_flight_bytes);
        let keys: Vec<CidKey> = requests.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.remove_from(&mut requests, peer, key);
        }
        self.order.forget(peer, requests);
    }

    /// Takes note of a want. Another request may have been evicted for it, perhaps another peer's;
    /// that one comes back with it.
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
            self.by_size.changed(peer, requests.len() - 1, requests.len());
            self.requests += 1;
            self.waiting.or_default(hash).push((peer, key));
        }
        (InsertOutcome::New, evicted)
    }

    /// The request is over: served, refused or cancelled.
    pub(crate) fn remove(
        &mut self,
        peers: &mut Peers,
        peer: PeerKey,
        key: CidKey,
    ) -> Option<Request> {
        self.remove_from(peers.requests_mut(peer)?, peer, key)
    }

    /// The same, of the requests of a peer that may be gone already.
    fn remove_from(
        &mut self,
        requests: &mut PeerRequests,
        peer: PeerKey,
        key: CidKey,
    ) -> Option<Request> {
        self.unqueue(requests, peer, key);
        self.deferred.cancel((peer, key));
        let request = requests.remove(key)?;
        self.by_size.changed(peer, requests.len() + 1, requests.len());
        self.requests -= 1;
        if self.requests < self.bounds.requests / 2 {
            self.by_size = BySize::default();
        }
        self.stop_looking(peer, requests, request.arrival);
        if request.state.waits_for_block() {
            self.stop_waiting(request.hash, peer, key);
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
            self.stop_waiting(hash, peer, key);
        } else if waits && !waited {
            self.waiting.or_default(hash).push((peer, key));
        }
        true
    }

    /// Puts a request off.
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

    /// Takes a request that was put off for long enough.
    pub(crate) fn pop_deferred(&mut self, now: Timestamp) -> Option<(PeerKey, CidKey)> {
        self.deferred.pop_due(now)
    }

    /// Requests that wait for a block with this multihash.
    pub(crate) fn waiting_for(&self, hash: HashKey) -> Vec<(PeerKey, CidKey)> {
        self.waiting.get(&hash).cloned().unwrap_or_default()
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        earliest(&self.deadlines())
    }

    pub(crate) fn deadlines(&self) -> [Reasoned; 2] {
        [
            (self.deferred.next(), DeadlineReason::DeferredRequest),
            (self.order.next_recheck(), DeadlineReason::RankRecheck),
        ]
    }

    /// Requests, tasks, bytes of tasks, bytes outstanding.
    pub(crate) const fn sizes(&self) -> (usize, u64, u64, u64) {
        (self.requests, self.tasks, self.task_bytes, self.outstanding)
    }

    /// Turns given so far.
    pub(crate) const fn turns(&self) -> u64 {
        self.order.turns()
    }

    /// Whether nothing is remembered of any request; for the engine's own checks.
    pub(crate) fn is_idle(&self) -> bool {
        let sizes = (self.requests, self.tasks, self.task_bytes, self.outstanding);
        let looks = self.lookers.len() + self.reads.len();
        let waits = self.next_deadline().is_some() || !self.waiting.is_empty() || looks > 0;
        sizes == (0, 0, 0, 0) && !waits
    }

    fn stop_waiting(&mut self, hash: HashKey, peer: PeerKey, key: CidKey) {
        if let Some(waiting) = self.waiting.get_mut(&hash) {
            waiting.retain(|entry| *entry != (peer, key));
            if waiting.is_empty() {
                self.waiting.remove(&hash);
            }
        }
    }
}

impl Request {
    /// The same want came again: it can only ask for more.
    fn merge(&mut self, later: &Self) -> InsertOutcome {
        let raised = later.priority > self.priority;
        self.priority = self.priority.max(later.priority);
        self.send_dont_have |= later.send_dont_have;
        self.kind = self.kind.max(later.kind);
        self.relay = later.relay.or(self.relay);
        match self.state {
            State::Absent => InsertOutcome::Absent,
            State::Unread => InsertOutcome::Unread,
            State::Queued(bytes) if raised => InsertOutcome::Raised(bytes),
            State::Queued(_) | State::Looking | State::Deferred | State::Leaving => {
                InsertOutcome::Known
            }
        }
    }
}
