//! The order of serving: peers by rank, and a bound on how long a peer waits (starvation).

use std::collections::BTreeSet;

use super::Server;
use crate::deadlines::{Deadlines, sooner};
use crate::ids::{CidKey, PeerKey};
use crate::peers::{PeerRequests, Peers, State, Task};
use crate::strategy::{Rank, Weight};
use crate::time::Timestamp;

/// Peers that can be served now, by rank.
#[derive(Debug, Default)]
pub(super) struct Order {
    ranked: BTreeSet<([i64; 4], PeerKey)>,
    /// The same peers, by how long others may have been served before them.
    by_wait: BTreeSet<(Timestamp, PeerKey)>,
    /// Peers whose rank may have changed; the same one may be there several times.
    stale: Vec<PeerKey>,
    recheck: Deadlines<PeerKey>,
    /// When tasks must be ranked again.
    recheck_task: Deadlines<(PeerKey, CidKey)>,
    pub(super) turns: u64,
    /// The start tag of the peer that was served last.
    virtual_time: u64,
}

impl Order {
    /// Removes a disconnected peer.
    pub(super) fn forget(&mut self, peer: PeerKey, mut requests: PeerRequests) {
        self.stale.retain(|other| *other != peer);
        self.withdraw(peer, &mut requests);
    }

    pub(super) fn next_recheck(&self) -> Option<Timestamp> {
        sooner(self.recheck.next(), self.recheck_task.next())
    }

    pub(super) fn recheck_of(&self, peer: PeerKey) -> Option<Timestamp> {
        self.recheck.of(peer)
    }

    /// Notes that a peer's rank, or whether it can be served, may have changed.
    pub(super) fn may_have_changed(&mut self, peer: PeerKey) {
        if self.stale.last() != Some(&peer) {
            self.stale.push(peer);
        }
    }

    /// Takes the peers whose rank may have changed, each once and in the order of their keys.
    fn take_stale(&mut self) -> Vec<PeerKey> {
        let mut stale = std::mem::take(&mut self.stale);
        stale.sort_unstable();
        stale.dedup();
        stale
    }

    /// Starts a peer that begins to wait no further back than those that are being served: what it
    /// did not take while it wanted nothing is not made up for.
    fn admit(&self, requests: &mut PeerRequests) {
        if !std::mem::replace(&mut requests.in_order, true) {
            requests.start_tag = requests.start_tag.max(self.virtual_time);
        }
    }

    fn put(&mut self, peer: PeerKey, requests: &mut PeerRequests, rank: Rank, since: Timestamp) {
        self.withdraw(peer, requests);
        self.ranked.insert((rank.key(), peer));
        self.by_wait.insert((since, peer));
        requests.rank = Some((rank.key(), since));
        if rank.recheck() < Timestamp::NEVER {
            self.recheck.set(peer, rank.recheck());
        }
    }

    fn withdraw(&mut self, peer: PeerKey, requests: &mut PeerRequests) {
        self.recheck.cancel(peer);
        if let Some((rank, since)) = requests.rank.take() {
            self.ranked.remove(&(rank, peer));
            self.by_wait.remove(&(since, peer));
        }
    }
}

impl Server {
    /// Queues a task: a request whose block is in the store, at `rank` among its peer's tasks.
    pub(crate) fn queue(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
        bytes: u32,
        rank: Rank,
    ) {
        let Some(requests) = peers.requests_mut(peer) else {
            return;
        };
        let known = requests.get(key).map(|request| (request.queued(), request.arrived_at));
        let Some((queued, arrived_at)) = known else {
            return;
        };
        if requests.is_at_rest() {
            requests.backlogged_since = Some(now);
            requests.served_since_backlogged = 0;
        }
        self.unqueue(requests, (peer, key), queued);
        self.set_state_in(requests, (peer, key), State::Queued(bytes));
        let (arrival, _) = queued;
        if rank.recheck() < Timestamp::NEVER {
            self.order.recheck_task.set((peer, key), rank.recheck());
        }
        requests.places.insert(key, rank.key());
        requests.tasks.insert((rank.key(), arrival), key);
        requests.queued_at.insert(arrival, arrived_at);
        requests.task_bytes += u64::from(bytes);
        requests.waiting_since.get_or_insert(now);
        self.task_bytes += u64::from(bytes);
        self.tasks += 1;
        self.order.may_have_changed(peer);
    }

    /// Removes a task from its queue, if it is there.
    pub(super) fn unqueue(
        &mut self,
        requests: &mut PeerRequests,
        (peer, key): (PeerKey, CidKey),
        (arrival, bytes): (u64, u32),
    ) {
        let Some(rank) = requests.places.remove(&key) else {
            return;
        };
        self.order.recheck_task.cancel((peer, key));
        requests.tasks.remove(&(rank, arrival));
        requests.queued_at.remove(&arrival);
        requests.task_bytes -= u64::from(bytes);
        self.task_bytes -= u64::from(bytes);
        self.tasks -= 1;
        self.order.may_have_changed(peer);
    }

    /// Notes that a peer must be ranked again.
    pub(crate) fn rank_again(&mut self, peer: PeerKey) {
        self.order.may_have_changed(peer);
    }

    /// Takes a task that must be ranked again.
    pub(crate) fn task_to_rank(&mut self, now: Timestamp) -> Option<(PeerKey, CidKey)> {
        self.order.recheck_task.pop_due(now)
    }

    /// Takes the peers that must be ranked again; those that cannot be served now are removed.
    pub(crate) fn peers_to_rank(&mut self, peers: &mut Peers, now: Timestamp) -> Vec<PeerKey> {
        while let Some(peer) = self.order.recheck.pop_due(now) {
            self.order.may_have_changed(peer);
        }
        while let Some(peer) = self.pacer.pop_due(now) {
            self.order.may_have_changed(peer);
        }
        let mut servable = self.order.take_stale();
        servable.retain(|peer| self.consider(peers, now, *peer));
        servable
    }

    /// Has all peers ranked again, since a strategy was replaced.
    pub(crate) fn rank_all(&mut self, peers: &Peers) {
        let waiting = peers.iter().filter(|(_, known)| known.requests.tasks() > 0);
        self.order.stale.extend(waiting.map(|(peer, _)| peer));
    }

    /// Sets the rank of a peer, given in a `generation` of strategies.
    pub(crate) fn rank(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        peer: PeerKey,
        (rank, generation): (Rank, u64),
    ) {
        let Some(requests) = peers.requests_mut(peer) else {
            return;
        };
        requests.ranked_in = generation;
        if rank.served_from() > now {
            // It is not waiting for others.
            requests.waiting_since = None;
            requests.in_order = false;
            self.order.withdraw(peer, requests);
            self.order.recheck.set(peer, rank.served_from());
            return;
        }
        let since = requests.waiting_since.unwrap_or(now);
        self.order.put(peer, requests, rank, since);
    }

    /// The peer whose turn it is. `None` if no peer waits or too much is outstanding.
    pub(crate) fn first_peer(&mut self, now: Timestamp) -> Option<PeerKey> {
        let first = self.order.ranked.first().map(|(_, peer)| *peer);
        let Some(first) = first.filter(|_| self.outstanding < self.bounds.outstanding) else {
            self.pacer.nobody_waits(now);
            return None;
        };
        let is_admitted = self.pacer.admit(now);
        is_admitted.then(|| self.starving(now).map_or(first, |(_, longest)| longest))
    }

    /// Who waits for the longest time, and since when, if that is as long as anybody may.
    pub(super) fn starving(&self, now: Timestamp) -> Option<(Timestamp, PeerKey)> {
        let first = self.order.by_wait.first().copied();
        first.filter(|(since, _)| since.after(self.bounds.starvation) <= now)
    }

    /// Takes tasks of about `bytes` from the queue of a peer whose turn it is.
    pub(crate) fn pop_tasks(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        peer: PeerKey,
        bytes: u64,
    ) -> Option<Vec<Task>> {
        let requests = peers.requests_mut(peer)?;
        let starved_at = requests.waiting_since.map(|since| since.after(self.bounds.starvation));
        let is_starving = starved_at.is_some_and(|at| at <= now);
        self.order.withdraw(peer, requests);
        self.order.may_have_changed(peer);
        self.order.turns += 1;
        let is_alone = self.requests == requests.len();
        let turns = requests.take(bytes, (!is_alone).then_some(&self.copies));
        for turn in &turns {
            if !is_alone {
                self.copies.add(turn.key);
            }
            self.order.recheck_task.cancel((peer, turn.key));
        }
        let taken: u64 = turns.iter().map(|turn| u64::from(turn.bytes)).sum();
        requests.last_served_at = Some(now);
        requests.turn = self.order.turns;
        requests.waiting_since = None;
        requests.served_since_backlogged += taken;
        if !is_starving {
            self.order.virtual_time = self.order.virtual_time.max(requests.start_tag);
        }
        requests.start_tag += requests.weight.unwrap_or(Weight::ONE).divides(taken);
        requests.in_flight_bytes += taken;
        self.outstanding += taken;
        self.pacer.take(now, requests, taken);
        self.task_bytes -= taken;
        self.tasks -= turns.len() as u64;
        Some(turns)
    }

    /// Bytes of a taken task were sent, or will not be.
    pub(crate) fn release(&mut self, peers: &mut Peers, peer: PeerKey, bytes: u64) {
        if let Some(requests) = peers.requests_mut(peer) {
            let in_flight_bytes = requests.in_flight_bytes.saturating_sub(bytes);
            if in_flight_bytes == 0 && requests.in_flight_bytes > 0 {
                // Its turn ends now. Peers that never read would otherwise be those that have
                // waited longest as soon as a send to them failed, and have every turn.
                requests.waiting_since = None;
            }
            requests.in_flight_bytes = in_flight_bytes;
            self.outstanding = self.outstanding.saturating_sub(bytes);
            self.sending.released(requests, bytes);
            self.order.may_have_changed(peer);
        }
    }

    /// Whether a peer can be served now.
    fn consider(&mut self, peers: &mut Peers, now: Timestamp, peer: PeerKey) -> bool {
        let Some(requests) = peers.requests_mut(peer) else {
            return false;
        };
        let (bytes, reads) = (self.bounds.outstanding_per_peer, self.bounds.reads_per_peer);
        let has_no_turn = requests.tasks.is_empty() || requests.is_capped(bytes, reads);
        if has_no_turn {
            self.pacer.is_free_of_its_own(now, peer, requests);
        }
        if has_no_turn || self.pacer.holds(now, peer, requests) {
            // A peer at a limit of its own is not waiting for others.
            requests.waiting_since = None;
            requests.in_order = false;
            self.order.withdraw(peer, requests);
            return false;
        }
        self.order.admit(requests);
        requests.waiting_since.get_or_insert(now);
        true
    }
}
