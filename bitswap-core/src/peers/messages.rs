//! What each peer is to be told, and when: which of the queues have something to say, and which of
//! them wait a little so that entries that are not urgent are coalesced.

use std::collections::BTreeSet;

use cid::Cid;

use super::{Peer, Peers};
use crate::deadlines::Deadlines;
use crate::ids::{CidKey, PeerKey, SendId};
use crate::queues::{
    Answer, Bounds, InFlightMessage, MessageQueue, Origin, OutgoingBlock, WantlistEntry,
};
use crate::time::Timestamp;
use crate::wire::{BlockPresence, Lane, Message, WantKind};

/// Which queues have something to say.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) bounds: Bounds,
    /// Peers that may have something to be told.
    pub(super) dirty: BTreeSet<PeerKey>,
    /// When entries that are coalesced go, whatever else there is to be said.
    coalesced: Deadlines<PeerKey>,
    /// Want-blocks that found no room on their peer's list.
    unsent: Vec<(PeerKey, CidKey)>,
}

impl Outbox {
    pub(super) fn new(bounds: Bounds) -> Self {
        let (dirty, coalesced, unsent) = (BTreeSet::new(), Deadlines::default(), Vec::new());
        Self { bounds, dirty, coalesced, unsent }
    }

    /// The peer is gone.
    pub(super) fn forget(&mut self, peer: PeerKey) {
        self.dirty.remove(&peer);
        self.coalesced.cancel(peer);
    }

    pub(super) fn knows(&self, peer: PeerKey) -> bool {
        self.dirty.contains(&peer) || self.coalesced.of(peer).is_some()
    }

    /// Entries for `peer` may be coalesced, but not for long.
    fn coalesce(&mut self, now: Timestamp, peer: PeerKey, queue: &MessageQueue, soon: bool) {
        if !queue.can_coalesce(&self.bounds) || queue.wants.pending() == 0 {
            return;
        }
        let until = now.after(if soon { self.bounds.coalesce[0] } else { queue.delay });
        if self.coalesced.of(peer).is_none_or(|at| at > until) {
            self.coalesced.set(peer, until);
        }
    }
}

impl Peers {
    /// `peer` is to know that we want something. `again` says it once more.
    pub(crate) fn queue_want(
        &mut self,
        origin: Origin,
        (peer, key, cid): (PeerKey, CidKey, &Cid),
        entry: WantlistEntry,
        again: bool,
    ) {
        self.with_queue(peer, |queue, _| {
            queue.wants.want(origin, (key, cid), entry, again);
            queue.flush_soon();
        });
    }

    /// `peer` is to know that we want something, and its answer is not waited for: the entry may
    /// travel with others.
    pub(crate) fn queue_want_coalesced(
        &mut self,
        now: Timestamp,
        (peer, key, cid): (PeerKey, CidKey, &Cid),
        entry: WantlistEntry,
    ) {
        self.with_queue(peer, |queue, outbox| {
            queue.wants.want(Origin::Local, (key, cid), entry, false);
            queue.wants.coalesce(key);
            outbox.coalesce(now, peer, queue, false);
        });
    }

    /// `peer` is to know that we no longer want something; soon, if it may be about to send it.
    pub(crate) fn queue_cancel(
        &mut self,
        now: Timestamp,
        origin: Origin,
        (peer, key): (PeerKey, CidKey),
        soon: bool,
    ) {
        self.with_queue(peer, |queue, outbox| {
            queue.wants.cancel(origin, key);
            outbox.coalesce(now, peer, queue, soon);
        });
    }

    /// `peer` answered a want.
    pub(crate) fn want_answered(&mut self, peer: PeerKey, key: CidKey, answer: Answer) {
        self.make_room(peer, |queue| queue.wants.heard(key, answer));
    }

    /// `peer` was silent about a want for too long.
    pub(crate) fn want_timed_out(&mut self, peer: PeerKey, key: CidKey) {
        self.make_room(peer, |queue| queue.wants.gave_up(key));
    }

    /// The peer may have lost our wants. It is told at once only of what it owes an answer to.
    pub(crate) fn resend_wants(&mut self, now: Timestamp, peer: PeerKey) {
        self.with_queue(peer, |queue, outbox| {
            queue.resend();
            outbox.coalesce(now, peer, queue, false);
        });
    }

    /// Takes the want-blocks that found no room on their peer's list.
    pub(crate) fn take_unsent(&mut self) -> Vec<(PeerKey, CidKey)> {
        std::mem::take(&mut self.outbox.unsent)
    }

    /// Whether `peer` was sent a want, or more than that, on whosever behalf.
    pub(crate) fn has_sent(&self, peer: PeerKey, key: CidKey, kind: WantKind) -> bool {
        self.get(peer).is_some_and(|known| known.queue.wants.has_sent(key, kind))
    }

    /// Whether a want is about to be sent to `peer`: it waits, or is on its way.
    pub(crate) fn is_being_sent(&self, peer: PeerKey, key: CidKey) -> bool {
        self.get(peer).is_some_and(|known| known.queue.is_being_sent(key))
    }

    /// Entries that were coalesced for long enough go, if need be alone.
    pub(crate) fn flush_coalesced(&mut self, now: Timestamp) {
        while let Some(peer) = self.outbox.coalesced.pop_due(now) {
            self.with_queue(peer, |queue, _| queue.flush_soon());
        }
    }

    /// When coalesced entries go at the latest.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.outbox.coalesced.next()
    }

    /// An answer without the block; false if as many wait as may, since the peer does not read.
    pub(crate) fn queue_presence(
        &mut self,
        peer: PeerKey,
        key: CidKey,
        cid: Cid,
        presence: BlockPresence,
    ) -> bool {
        let mut has_room = true;
        self.with_queue(peer, |queue, outbox| {
            has_room = queue.queue_presence(key, (cid, presence), outbox.bounds.presences);
        });
        has_room
    }

    /// An answer with the block.
    pub(crate) fn queue_block(&mut self, peer: PeerKey, block: OutgoingBlock) {
        self.with_queue(peer, |queue, _| queue.queue_block(block));
    }

    /// The peer no longer wants an answer; bytes of a block that was waiting to go out.
    pub(crate) fn cancel_response(&mut self, peer: PeerKey, key: CidKey) -> u64 {
        self.get_mut(peer).map_or(0, |known| known.queue.cancel_response(key))
    }

    /// The peer no longer wants to hear of anything but what `wanted` says yes to.
    pub(crate) fn keep_presences(&mut self, peer: PeerKey, wanted: impl Fn(CidKey) -> bool) {
        self.with_queue(peer, |queue, _| queue.keep_presences(wanted));
    }

    /// The next message to anybody, if a lane is idle and there is something to say on it.
    pub(crate) fn next_message(
        &mut self,
        mut id: impl FnMut() -> SendId,
    ) -> Option<(&Peer, Lane, SendId, Message)> {
        let Self { connected, outbox, .. } = self;
        while let Some(&peer) = outbox.dirty.first() {
            let known = connected.get_mut(&peer);
            let taken = known.and_then(|known| {
                let taken = known.queue.take_message(&outbox.bounds);
                outbox.unsent.extend(known.queue.unsent.drain(..).map(|key| (peer, key)));
                taken.map(|taken| (&mut known.queue, taken))
            });
            if let Some((queue, (lane, mut message))) = taken {
                let send = id();
                queue.send_started(lane, send);
                if queue.wants.pending() == 0 {
                    outbox.coalesced.cancel(peer);
                }
                let known = connected.get(&peer)?;
                message.pending_bytes =
                    u32::try_from(known.requests.task_bytes).unwrap_or(u32::MAX);
                return Some((known, lane, send, message));
            }
            outbox.dirty.remove(&peer);
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
        let Self { connected, outbox, .. } = self;
        let queue = &mut connected.get_mut(&peer)?.queue;
        let message = queue.send_finished(send)?;
        if !written {
            queue.failed(&message, outbox.bounds.presences);
        }
        outbox.dirty.insert(peer);
        outbox.coalesce(now, peer, queue, false);
        Some(message)
    }

    /// The most answers without a block that wait for any peer; for the engine's own checks.
    pub(crate) fn longest_presences(&self) -> usize {
        self.iter().map(|(_, known)| known.queue.presences()).max().unwrap_or(0)
    }

    /// What each peer is to know that we want; for the engine's own checks.
    pub(crate) fn desired(&self) -> impl Iterator<Item = (PeerKey, CidKey, Origin)> {
        self.iter().flat_map(|(peer, known)| {
            known.queue.wants.desired().map(move |(key, origin)| (peer, key, origin))
        })
    }

    /// What `peer` was sent of our wants; for the engine's own checks.
    pub(crate) fn sent_to(&self, peer: PeerKey) -> impl Iterator<Item = (Cid, WantKind)> {
        self.get(peer).into_iter().flat_map(|known| known.queue.wants.told())
    }

    /// After `change`, a want-block that waits for room may have some.
    fn make_room(&mut self, peer: PeerKey, change: impl FnOnce(&mut MessageQueue)) {
        if let Some(known) = self.connected.get_mut(&peer) {
            let before = known.queue.wants.pending();
            change(&mut known.queue);
            if known.queue.wants.pending() > before {
                known.queue.flush_soon();
                self.outbox.dirty.insert(peer);
            }
        }
    }

    fn with_queue(&mut self, peer: PeerKey, change: impl FnOnce(&mut MessageQueue, &mut Outbox)) {
        if let Some(known) = self.connected.get_mut(&peer) {
            change(&mut known.queue, &mut self.outbox);
            self.outbox.dirty.insert(peer);
        }
    }
}
