//! Whose turn it is: peers by rank, and the bound on how long anybody is passed over.

use std::collections::BTreeSet;

use super::{PeerRequests, Request, Server, State, Task};
use crate::deadlines::Deadlines;
use crate::ids::{CidKey, PeerKey};
use crate::strategy::Rank;
use crate::time::Timestamp;

/// Peers that can be served now, in order.
#[derive(Debug, Default)]
pub(super) struct Order {
    ranked: BTreeSet<([i64; 4], PeerKey)>,
    /// The same peers by how long they have been passed over.
    by_wait: BTreeSet<(Timestamp, PeerKey)>,
    /// Peers whose rank may have changed.
    stale: BTreeSet<PeerKey>,
    recheck: Deadlines<PeerKey>,
    turns: u64,
}

impl Order {
    /// A peer is gone, and what is known of it.
    pub(super) fn forget(&mut self, peer: PeerKey, mut requester: PeerRequests) {
        self.stale.remove(&peer);
        self.withdraw(peer, &mut requester);
    }

    pub(super) fn next_recheck(&self) -> Option<Timestamp> {
        self.recheck.next()
    }

    pub(super) const fn turns(&self) -> u64 {
        self.turns
    }

    /// The rank of a peer, or whether it can be served, may have changed.
    pub(super) fn may_have_changed(&mut self, peer: PeerKey) {
        self.stale.insert(peer);
    }

    fn put(&mut self, peer: PeerKey, requester: &mut PeerRequests, rank: Rank, since: Timestamp) {
        self.withdraw(peer, requester);
        self.ranked.insert((rank.key(), peer));
        self.by_wait.insert((since, peer));
        requester.rank = Some((rank.key(), since));
        if rank.recheck() < Timestamp::NEVER {
            self.recheck.set(peer, rank.recheck());
        }
    }

    fn withdraw(&mut self, peer: PeerKey, requester: &mut PeerRequests) {
        if let Some((rank, since)) = requester.rank.take() {
            self.recheck.cancel(peer);
            self.ranked.remove(&(rank, peer));
            self.by_wait.remove(&(since, peer));
        }
    }
}

impl Server {
    /// A request whose block is there waits for its turn, at `rank` among its peer's.
    pub(crate) fn queue(
        &mut self,
        now: Timestamp,
        (peer, key): (PeerKey, CidKey),
        bytes: u32,
        rank: Rank,
    ) {
        self.unqueue(peer, key);
        if !self.set_state(peer, key, State::Queued(bytes)) {
            return;
        }
        let Some(requester) = self.requesters.get_mut(&peer) else {
            return;
        };
        let Some((arrival, arrived_at)) =
            requester.get(key).map(|request| (request.arrival, request.arrived_at))
        else {
            return;
        };
        requester.places.insert(key, rank.key());
        requester.tasks.insert((rank.key(), arrival), key);
        requester.queued_at.insert(arrival, arrived_at);
        requester.task_bytes += u64::from(bytes);
        requester.waiting_since.get_or_insert(now);
        self.task_bytes += u64::from(bytes);
        self.tasks += 1;
        self.order.stale.insert(peer);
    }

    /// Takes a task out of its queue, if it is there.
    pub(super) fn unqueue(&mut self, peer: PeerKey, key: CidKey) {
        let Some(requester) = self.requesters.get_mut(&peer) else {
            return;
        };
        let Some(rank) = requester.places.remove(&key) else {
            return;
        };
        let Some((arrival, bytes)) = requester.get(key).map(Request::queued) else {
            return;
        };
        requester.tasks.remove(&(rank, arrival));
        requester.queued_at.remove(&arrival);
        requester.task_bytes -= u64::from(bytes);
        self.task_bytes -= u64::from(bytes);
        self.tasks -= 1;
        self.order.stale.insert(peer);
    }

    /// Peers whose rank must be asked again; those that cannot be served now are set aside.
    pub(crate) fn peers_to_rank(&mut self, now: Timestamp) -> Vec<PeerKey> {
        while let Some(peer) = self.order.recheck.pop_due(now) {
            self.order.stale.insert(peer);
        }
        let mut servable = std::mem::take(&mut self.order.stale).into_iter().collect::<Vec<_>>();
        servable.retain(|peer| self.consider(now, *peer));
        servable
    }

    /// Files a peer under its rank.
    pub(crate) fn rank(&mut self, now: Timestamp, peer: PeerKey, rank: Rank) {
        if let Some(requester) = self.requesters.get_mut(&peer) {
            let since = requester.waiting_since.unwrap_or(now);
            self.order.put(peer, requester, rank, since);
        }
    }

    /// Takes blocks worth about `bytes` from the queue of the peer whose turn it is. `None` if
    /// nobody waits or too much is outstanding.
    pub(crate) fn pop_tasks(&mut self, now: Timestamp, bytes: u64) -> Option<(PeerKey, Vec<Task>)> {
        if self.outstanding >= self.bounds.outstanding {
            return None;
        }
        let (since, longest) = *self.order.by_wait.first()?;
        let starving = since.after(self.bounds.starvation) <= now;
        let peer = if starving { longest } else { self.order.ranked.first()?.1 };
        let requester = self.requesters.get_mut(&peer)?;
        self.order.withdraw(peer, requester);
        self.order.stale.insert(peer);
        self.order.turns += 1;
        let turns = requester.take(bytes);
        let taken: u64 = turns.iter().map(|turn| u64::from(turn.bytes)).sum();
        requester.last_served_at = Some(now);
        requester.turn = self.order.turns;
        requester.waiting_since = None;
        requester.in_flight_bytes += taken;
        self.outstanding += taken;
        self.task_bytes -= taken;
        self.tasks -= turns.len() as u64;
        Some((peer, turns))
    }

    /// Bytes taken for a peer are written, or will not be.
    pub(crate) fn release(&mut self, peer: PeerKey, bytes: u64) {
        if let Some(requester) = self.requesters.get_mut(&peer) {
            requester.in_flight_bytes = requester.in_flight_bytes.saturating_sub(bytes);
            self.outstanding = self.outstanding.saturating_sub(bytes);
            self.order.stale.insert(peer);
        }
    }

    /// Whether a peer can be served now.
    fn consider(&mut self, now: Timestamp, peer: PeerKey) -> bool {
        let Some(requester) = self.requesters.get_mut(&peer) else {
            return false;
        };
        let (bytes, reads) = (self.bounds.outstanding_per_peer, self.bounds.reads_per_peer);
        if requester.tasks.is_empty() || requester.is_capped(bytes, reads) {
            // Being at one's own cap is not being passed over.
            requester.waiting_since = None;
            self.order.withdraw(peer, requester);
            return false;
        }
        requester.waiting_since.get_or_insert(now);
        true
    }
}
