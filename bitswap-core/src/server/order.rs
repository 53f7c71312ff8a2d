//! Whose turn it is: peers by rank, and the bound on how long anybody is passed over.

use std::collections::BTreeSet;

use super::{Asker, Request, Server, State, Turn};
use crate::deadlines::Deadlines;
use crate::ids::{CidKey, PeerKey};
use crate::strategy::Rank;
use crate::time::Timestamp;

/// Peers that can be served now, in order.
#[derive(Debug, Default)]
pub(super) struct Order {
    ranked: BTreeSet<([i64; 4], PeerKey)>,
    /// The same peers by how long they have been passed over.
    patient: BTreeSet<(Timestamp, PeerKey)>,
    /// Peers whose rank may have changed.
    stale: BTreeSet<PeerKey>,
    recheck: Deadlines<PeerKey>,
    turns: u64,
}

impl Order {
    /// A peer is gone, and what is known of it.
    pub(super) fn forget(&mut self, peer: PeerKey, mut asker: Asker) {
        self.stale.remove(&peer);
        self.withdraw(peer, &mut asker);
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

    fn put(&mut self, peer: PeerKey, asker: &mut Asker, rank: Rank, since: Timestamp) {
        self.withdraw(peer, asker);
        self.ranked.insert((rank.key(), peer));
        self.patient.insert((since, peer));
        asker.rank = Some((rank.key(), since));
        if rank.recheck() < Timestamp::NEVER {
            self.recheck.set(peer, rank.recheck());
        }
    }

    fn withdraw(&mut self, peer: PeerKey, asker: &mut Asker) {
        if let Some((rank, since)) = asker.rank.take() {
            self.recheck.cancel(peer);
            self.ranked.remove(&(rank, peer));
            self.patient.remove(&(since, peer));
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
        let Some(asker) = self.askers.get_mut(&peer) else {
            return;
        };
        let Some((arrival, arrived_at)) =
            asker.get(key).map(|request| (request.arrival, request.arrived_at))
        else {
            return;
        };
        asker.places.insert(key, rank.key());
        asker.tasks.insert((rank.key(), arrival), key);
        asker.queued_at.insert(arrival, arrived_at);
        asker.task_bytes += u64::from(bytes);
        asker.passed_over_since.get_or_insert(now);
        self.task_bytes += u64::from(bytes);
        self.tasks += 1;
        self.order.stale.insert(peer);
    }

    /// Takes a task out of its queue, if it is there.
    pub(super) fn unqueue(&mut self, peer: PeerKey, key: CidKey) {
        let Some(asker) = self.askers.get_mut(&peer) else {
            return;
        };
        let Some(rank) = asker.places.remove(&key) else {
            return;
        };
        let Some((arrival, bytes)) = asker.get(key).map(Request::queued) else {
            return;
        };
        asker.tasks.remove(&(rank, arrival));
        asker.queued_at.remove(&arrival);
        asker.task_bytes -= u64::from(bytes);
        self.task_bytes -= u64::from(bytes);
        self.tasks -= 1;
        self.order.stale.insert(peer);
    }

    /// Peers whose rank must be asked again; those that cannot be served now are set aside.
    pub(crate) fn take_unranked(&mut self, now: Timestamp) -> Vec<PeerKey> {
        while let Some(peer) = self.order.recheck.pop_due(now) {
            self.order.stale.insert(peer);
        }
        let mut servable = std::mem::take(&mut self.order.stale).into_iter().collect::<Vec<_>>();
        servable.retain(|peer| self.consider(now, *peer));
        servable
    }

    /// Files a peer under its rank.
    pub(crate) fn rank(&mut self, now: Timestamp, peer: PeerKey, rank: Rank) {
        if let Some(asker) = self.askers.get_mut(&peer) {
            let since = asker.passed_over_since.unwrap_or(now);
            self.order.put(peer, asker, rank, since);
        }
    }

    /// Takes blocks worth about `bytes` from the queue of the peer whose turn it is. `None` if
    /// nobody waits or too much is outstanding.
    pub(crate) fn next_turn(&mut self, now: Timestamp, bytes: u64) -> Option<(PeerKey, Vec<Turn>)> {
        if self.outstanding >= self.bounds.outstanding {
            return None;
        }
        let (since, longest) = *self.order.patient.first()?;
        let starving = since.after(self.bounds.starvation) <= now;
        let peer = if starving { longest } else { self.order.ranked.first()?.1 };
        let asker = self.askers.get_mut(&peer)?;
        self.order.withdraw(peer, asker);
        self.order.stale.insert(peer);
        self.order.turns += 1;
        let turns = asker.take(bytes);
        let taken: u64 = turns.iter().map(|turn| u64::from(turn.bytes)).sum();
        asker.last_served_at = Some(now);
        asker.turn = self.order.turns;
        asker.passed_over_since = None;
        asker.in_flight_bytes += taken;
        self.outstanding += taken;
        self.task_bytes -= taken;
        self.tasks -= turns.len() as u64;
        Some((peer, turns))
    }

    /// Bytes taken for a peer are written, or will not be.
    pub(crate) fn release(&mut self, peer: PeerKey, bytes: u64) {
        if let Some(asker) = self.askers.get_mut(&peer) {
            asker.in_flight_bytes = asker.in_flight_bytes.saturating_sub(bytes);
            self.outstanding = self.outstanding.saturating_sub(bytes);
            self.order.stale.insert(peer);
        }
    }

    /// Whether a peer can be served now.
    fn consider(&mut self, now: Timestamp, peer: PeerKey) -> bool {
        let Some(asker) = self.askers.get_mut(&peer) else {
            return false;
        };
        let (bytes, reads) = (self.bounds.outstanding_per_peer, self.bounds.reads_per_peer);
        if asker.tasks.is_empty() || asker.is_capped(bytes, reads) {
            // Being at one's own cap is not being passed over.
            asker.passed_over_since = None;
            self.order.withdraw(peer, asker);
            return false;
        }
        asker.passed_over_since.get_or_insert(now);
        true
    }
}
