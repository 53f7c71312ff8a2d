//! One outgoing queue for each peer: what it is to learn, and what is on its way to it.
//!
//! A message is made when its lane is idle, never before: what gathers meanwhile is merged, so a
//! slow peer costs one message. Cancels by themselves wait a little for company.

mod flight;
mod queue;
#[cfg(test)]
mod tests;
mod wantlist;

use std::collections::BTreeSet;
use std::time::Duration;

use cid::Cid;

use crate::deadlines::Deadlines;
use crate::ids::{CidKey, PeerKey, SendId};
use crate::map::Table;
use crate::time::Timestamp;
use crate::wire::{BlockPresence, Lane, Message, Speaks, WantKind};
use queue::Queue;

pub(crate) use flight::{Flight, Given};
pub(crate) use queue::Bounds;
pub(crate) use wantlist::{Behalf, Line};

/// All queues.
#[derive(Debug)]
pub(crate) struct Queues {
    bounds: Bounds,
    peers: Table<PeerKey, Queue>,
    /// Peers that may have something to be told.
    dirty: BTreeSet<PeerKey>,
    /// When cancels have waited long enough.
    company: Deadlines<PeerKey>,
}

impl Queues {
    /// How long cancels wait for something to travel with; the reference's pause between messages.
    const COMPANY: Duration = Duration::from_millis(20);

    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            peers: Table::default(),
            dirty: BTreeSet::new(),
            company: Deadlines::default(),
        }
    }

    /// A peer is here, or speaks otherwise than was thought; then all our wants go again.
    pub(crate) fn open(&mut self, peer: PeerKey, speaks: Speaks) {
        match self.peers.get_mut(&peer) {
            Some(queue) => queue.change(speaks),
            None => {
                self.peers.insert(peer, Queue::new(speaks));
            }
        }
        self.dirty.insert(peer);
    }

    /// The peer may have lost our wants.
    pub(crate) fn repeat(&mut self, peer: PeerKey) {
        self.with(peer, Queue::repeat);
    }

    /// The peer is gone; what it was not sent comes back.
    pub(crate) fn close(&mut self, peer: PeerKey) {
        self.dirty.remove(&peer);
        self.company.cancel(peer);
        self.peers.remove(&peer);
    }

    /// `peer` is to know that we want something. `again` says it once more.
    pub(crate) fn want(
        &mut self,
        behalf: Behalf,
        (peer, key): (PeerKey, CidKey),
        line: Line,
        again: bool,
    ) {
        self.with(peer, |queue| {
            queue.wants.want(behalf, key, line, again);
            queue.hurry();
        });
    }

    /// Whether `peer` is still to be told of a want, or of more of it.
    pub(crate) fn is_to_tell(&self, peer: PeerKey, key: CidKey) -> bool {
        self.peers.get(&peer).is_some_and(|queue| queue.wants.is_to_tell(key))
    }

    /// Whether `peer` was told of a want, or of more than that, on whosever behalf.
    pub(crate) fn has_told(&self, peer: PeerKey, key: CidKey, kind: WantKind) -> bool {
        self.peers.get(&peer).is_some_and(|queue| queue.wants.has_told(key, kind))
    }

    /// `peer` is to know that we no longer want something.
    pub(crate) fn cancel(&mut self, now: Timestamp, behalf: Behalf, peer: PeerKey, key: CidKey) {
        self.with(peer, |queue| queue.wants.cancel(behalf, key));
        #[cfg(bitswap_bugs)]
        if bug!(B02) && self.peers.get(&peer).is_some_and(|queue| queue.is_asking(key)) {
            self.hush(peer, key);
        }
        if self.company.of(peer).is_none() && self.peers.get(&peer).is_some_and(Queue::may_wait) {
            self.company.set(peer, now.after(Self::COMPANY));
        }
    }

    /// The peer is not told that a want is over, although it knows of it.
    #[cfg(bitswap_bugs)]
    pub(crate) fn hush(&mut self, peer: PeerKey, key: CidKey) {
        self.with(peer, |queue| queue.wants.hush(key));
    }

    /// Cancels that have waited long enough go alone.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some(peer) = self.company.pop_due(now) {
            self.with(peer, Queue::hurry);
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.company.next()
    }

    /// An answer without the block.
    pub(crate) fn tell(&mut self, peer: PeerKey, key: CidKey, cid: Cid, presence: BlockPresence) {
        self.with(peer, |queue| queue.tell(key, cid, presence));
    }

    /// An answer with the block.
    pub(crate) fn give(&mut self, peer: PeerKey, given: Given) {
        self.with(peer, |queue| queue.give(given));
    }

    /// The peer no longer wants an answer; bytes of a block that was waiting to go out.
    pub(crate) fn take_back(&mut self, peer: PeerKey, key: CidKey) -> u64 {
        self.peers.get_mut(&peer).map_or(0, |queue| queue.take_back(key))
    }

    /// The peer no longer wants to hear of anything but what `wanted` says yes to.
    pub(crate) fn keep_presences(&mut self, peer: PeerKey, wanted: impl Fn(CidKey) -> bool) {
        self.with(peer, |queue| queue.keep_presences(wanted));
    }

    /// The next message to anybody, if a lane is idle and there is something to say on it.
    pub(crate) fn next_message(
        &mut self,
        mut id: impl FnMut() -> SendId,
        pending_bytes: impl Fn(PeerKey) -> u64,
    ) -> Option<(PeerKey, Lane, SendId, Message)> {
        while let Some(&peer) = self.dirty.first() {
            if let Some(queue) = self.peers.get_mut(&peer)
                && let Some((lane, mut message)) = queue.take_message(&self.bounds)
            {
                let send = id();
                queue.departed(lane, send);
                if queue.wants.pending() == 0 {
                    self.company.cancel(peer);
                }
                message.pending_bytes = u32::try_from(pending_bytes(peer)).unwrap_or(u32::MAX);
                return Some((peer, lane, send, message));
            }
            self.dirty.remove(&peer);
        }
        None
    }

    /// A message was written, or could not be; what was in it.
    pub(crate) fn landed(&mut self, peer: PeerKey, send: SendId, written: bool) -> Option<Flight> {
        let queue = self.peers.get_mut(&peer)?;
        let flight = queue.landed(send)?;
        if !written {
            queue.failed(&flight);
        }
        self.dirty.insert(peer);
        Some(flight)
    }

    /// What each peer is to know that we want; for the engine's own checks.
    pub(crate) fn desired(&self) -> impl Iterator<Item = (PeerKey, CidKey, Behalf)> {
        let peers = self.peers.iter();
        peers.flat_map(|(peer, queue)| {
            queue.wants.desired().map(|(key, behalf)| (*peer, key, behalf))
        })
    }

    /// What `peer` was told that we want, and what of it; for the engine's own checks.
    pub(crate) fn told_to(&self, peer: PeerKey) -> impl Iterator<Item = (Cid, WantKind)> {
        self.peers.get(&peer).into_iter().flat_map(|queue| queue.wants.told())
    }

    /// Whether there is a queue for `peer`; for the engine's own checks.
    pub(crate) fn knows(&self, peer: PeerKey) -> bool {
        let waits = self.dirty.contains(&peer) || self.company.of(peer).is_some();
        waits || self.peers.contains(&peer)
    }

    fn with(&mut self, peer: PeerKey, change: impl FnOnce(&mut Queue)) {
        if let Some(queue) = self.peers.get_mut(&peer) {
            change(queue);
            self.dirty.insert(peer);
        }
    }
}
