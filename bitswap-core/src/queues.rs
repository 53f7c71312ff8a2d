//! One outgoing queue for each peer: what it is to learn, and what is on its way to it.
//!
//! A message is made when its lane is idle, never before: what gathers meanwhile is merged, so a
//! slow peer costs one message. What is in no hurry waits a little for company.

mod in_flight;
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
use crate::wire::{BlockPresence, Lane, Message, PeerCapabilities, WantKind};
use queue::MessageQueue;
use wantlist::Wantlist;

pub(crate) use in_flight::{InFlightMessage, OutgoingBlock};
pub(crate) use queue::Bounds;
pub(crate) use wantlist::{Answer, Origin, WantlistEntry};

/// All queues.
#[derive(Debug)]
pub(crate) struct MessageQueues {
    bounds: Bounds,
    peers: Table<PeerKey, MessageQueue>,
    /// Peers that may have something to be told.
    dirty: BTreeSet<PeerKey>,
    /// When entries that are coalesced go, whatever else there is to be said.
    coalesced: Deadlines<PeerKey>,
    /// Want-blocks that found no room on their peer's list.
    unsent: Vec<(PeerKey, CidKey)>,
}

impl MessageQueues {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            peers: Table::default(),
            dirty: BTreeSet::new(),
            coalesced: Deadlines::default(),
            unsent: Vec::new(),
        }
    }

    /// A peer is here, or speaks otherwise than was thought; then all our wants go again.
    pub(crate) fn open(&mut self, peer: PeerKey, capabilities: PeerCapabilities) {
        match self.peers.get_mut(&peer) {
            Some(queue) => queue.change(capabilities),
            None => {
                self.peers.insert(peer, MessageQueue::new(capabilities, &self.bounds));
            }
        }
        self.dirty.insert(peer);
    }

    /// The peer may have lost our wants. It is told at once only of what it owes an answer to.
    pub(crate) fn resend(&mut self, now: Timestamp, peer: PeerKey) {
        self.with(peer, MessageQueue::resend);
        self.wait(now, peer, false);
    }

    /// How far away a peer is.
    pub(crate) fn measured(&mut self, peer: PeerKey, round_trip: Duration) {
        if let Some(queue) = self.peers.get_mut(&peer) {
            queue.measured(round_trip, &self.bounds);
        }
    }

    /// The peer is gone; what it was not sent comes back.
    pub(crate) fn close(&mut self, peer: PeerKey) {
        self.dirty.remove(&peer);
        self.coalesced.cancel(peer);
        self.peers.remove(&peer);
    }

    /// `peer` is to know that we want something. `again` says it once more.
    pub(crate) fn want(
        &mut self,
        origin: Origin,
        (peer, key, cid): (PeerKey, CidKey, &Cid),
        line: WantlistEntry,
        again: bool,
    ) {
        self.with(peer, |queue| {
            queue.wants.want(origin, (key, cid), line, again);
            queue.flush_soon();
        });
    }

    /// The same, for a question whose answer is not waited for: it may travel with something else.
    pub(crate) fn want_coalesced(
        &mut self,
        now: Timestamp,
        (peer, key, cid): (PeerKey, CidKey, &Cid),
        line: WantlistEntry,
    ) {
        self.with(peer, |queue| {
            queue.wants.want(Origin::Local, (key, cid), line, false);
            queue.wants.coalesce(key);
        });
        self.wait(now, peer, false);
    }

    /// `peer` said something of a want.
    pub(crate) fn heard(&mut self, peer: PeerKey, key: CidKey, word: Answer) {
        self.may_make_room(peer, |wants| wants.heard(key, word));
    }

    /// `peer` was silent about a want for too long.
    pub(crate) fn gave_up(&mut self, peer: PeerKey, key: CidKey) {
        self.may_make_room(peer, |wants| wants.gave_up(key));
    }

    /// Takes the want-blocks that found no room on their peer's list.
    pub(crate) fn take_unsent(&mut self) -> Vec<(PeerKey, CidKey)> {
        std::mem::take(&mut self.unsent)
    }

    /// Whether `peer` was told of a want, or of more than that, on whosever behalf.
    pub(crate) fn has_sent(&self, peer: PeerKey, key: CidKey, kind: WantKind) -> bool {
        self.peers.get(&peer).is_some_and(|queue| queue.wants.has_sent(key, kind))
    }

    /// Whether `peer` is about to be told of a want: that waits, or is on its way.
    pub(crate) fn is_being_sent(&self, peer: PeerKey, key: CidKey) -> bool {
        self.peers.get(&peer).is_some_and(|queue| queue.is_being_sent(key))
    }

    /// `peer` is to know that we no longer want something; soon, if it may be about to send it.
    pub(crate) fn cancel(
        &mut self,
        now: Timestamp,
        origin: Origin,
        (peer, key): (PeerKey, CidKey),
        soon: bool,
    ) {
        self.with(peer, |queue| queue.wants.cancel(origin, key));
        self.wait(now, peer, soon);
    }

    /// What has waited long enough goes alone.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some(peer) = self.coalesced.pop_due(now) {
            self.with(peer, MessageQueue::flush_soon);
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.coalesced.next()
    }

    /// An answer without the block; false if as many wait as may, since the peer does not read.
    pub(crate) fn queue_presence(
        &mut self,
        peer: PeerKey,
        key: CidKey,
        cid: Cid,
        presence: BlockPresence,
    ) -> bool {
        let Some(queue) = self.peers.get_mut(&peer) else {
            return true;
        };
        self.dirty.insert(peer);
        queue.queue_presence(key, (cid, presence), self.bounds.presences)
    }

    /// The most answers without a block that wait for any peer; for the engine's own checks.
    pub(crate) fn longest_presences(&self) -> usize {
        self.peers.values().map(MessageQueue::presences).max().unwrap_or(0)
    }

    /// An answer with the block.
    pub(crate) fn queue_block(&mut self, peer: PeerKey, given: OutgoingBlock) {
        self.with(peer, |queue| queue.queue_block(given));
    }

    /// The peer no longer wants an answer; bytes of a block that was waiting to go out.
    pub(crate) fn cancel_response(&mut self, peer: PeerKey, key: CidKey) -> u64 {
        self.peers.get_mut(&peer).map_or(0, |queue| queue.cancel_response(key))
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
            let queue = self.peers.get_mut(&peer);
            let taken = queue.and_then(|queue| {
                let taken = queue.take_message(&self.bounds);
                self.unsent.extend(queue.unsent.drain(..).map(|key| (peer, key)));
                taken.map(|taken| (queue, taken))
            });
            if let Some((queue, (lane, mut message))) = taken {
                let send = id();
                queue.send_started(lane, send);
                if queue.wants.pending() == 0 {
                    self.coalesced.cancel(peer);
                }
                message.pending_bytes = u32::try_from(pending_bytes(peer)).unwrap_or(u32::MAX);
                return Some((peer, lane, send, message));
            }
            self.dirty.remove(&peer);
        }
        None
    }

    /// A message was written, or could not be; what was in it.
    pub(crate) fn send_finished(
        &mut self,
        now: Timestamp,
        (peer, send): (PeerKey, SendId),
        written: bool,
    ) -> Option<InFlightMessage> {
        let queue = self.peers.get_mut(&peer)?;
        let flight = queue.send_finished(send)?;
        if !written {
            queue.failed(&flight, self.bounds.presences);
        }
        self.dirty.insert(peer);
        self.wait(now, peer, false);
        Some(flight)
    }

    /// What each peer is to know that we want; for the engine's own checks.
    pub(crate) fn desired(&self) -> impl Iterator<Item = (PeerKey, CidKey, Origin)> {
        let peers = self.peers.iter();
        peers.flat_map(|(peer, queue)| {
            queue.wants.desired().map(|(key, origin)| (*peer, key, origin))
        })
    }

    /// What `peer` was told that we want, and what of it; for the engine's own checks.
    pub(crate) fn sent_to(&self, peer: PeerKey) -> impl Iterator<Item = (Cid, WantKind)> {
        self.peers.get(&peer).into_iter().flat_map(|queue| queue.wants.told())
    }

    /// Whether there is a queue for `peer`; for the engine's own checks.
    pub(crate) fn knows(&self, peer: PeerKey) -> bool {
        let waits = self.dirty.contains(&peer) || self.coalesced.of(peer).is_some();
        waits || self.peers.contains(&peer)
    }

    /// What `peer` is to be told waits for company, but not for long.
    fn wait(&mut self, now: Timestamp, peer: PeerKey, soon: bool) {
        let Some(queue) = self.peers.get(&peer).filter(|queue| queue.can_coalesce(&self.bounds))
        else {
            return;
        };
        if queue.wants.pending() == 0 {
            return;
        }
        let until = now.after(if soon { self.bounds.coalesce[0] } else { queue.delay });
        if self.coalesced.of(peer).is_none_or(|at| at > until) {
            self.coalesced.set(peer, until);
        }
    }

    /// A want-block that waits for room may have some after this.
    fn may_make_room(&mut self, peer: PeerKey, change: impl FnOnce(&mut Wantlist)) {
        if let Some(queue) = self.peers.get_mut(&peer) {
            let before = queue.wants.pending();
            change(&mut queue.wants);
            if queue.wants.pending() > before {
                queue.flush_soon();
                self.dirty.insert(peer);
            }
        }
    }

    fn with(&mut self, peer: PeerKey, change: impl FnOnce(&mut MessageQueue)) {
        if let Some(queue) = self.peers.get_mut(&peer) {
            change(queue);
            self.dirty.insert(peer);
        }
    }
}
