//! The message queues of all peers: which of them have something to send, and which wait a little
//! so that non-urgent entries are coalesced.

use std::collections::BTreeSet;

use cid::Cid;

use super::{Peer, Peers};
use crate::deadlines::Deadlines;
use crate::ids::{CidKey, PeerKey, SendId};
use crate::queues::{
    Answer, Bounds, InFlightMessage, MessageQueue, Origin, OutgoingBlock, WantlistEntry,
};
use crate::short_cid::ShortCid;
use crate::time::Timestamp;
use crate::wire::{BlockPresence, Lane, Message, WantKind};

/// The message queues that have something to send.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) bounds: Bounds,
    /// Peers that may have something queued.
    pub(super) dirty: BTreeSet<PeerKey>,
    /// When coalesced entries are sent, even if nothing else is.
    coalesced: Deadlines<PeerKey>,
    /// Want-blocks that found no room on their peer's wantlist.
    unsent: Vec<(PeerKey, CidKey)>,
}

impl Outbox {
    pub(super) fn new(bounds: Bounds) -> Self {
        let (dirty, coalesced, unsent) = (BTreeSet::new(), Deadlines::default(), Vec::new());
        Self { bounds, dirty, coalesced, unsent }
    }

    /// Removes a disconnected peer.
    pub(super) fn forget(&mut self, peer: PeerKey) {
        self.dirty.remove(&peer);
        self.coalesced.cancel(peer);
    }

    pub(super) fn knows(&self, peer: PeerKey) -> bool {
        self.dirty.contains(&peer) || self.coalesced.of(peer).is_some()
    }

    /// Starts coalescing the entries for `peer`, if they are non-urgent.
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
    /// Queues a want for `peer`. `again` sends it even if it was sent before.
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

    /// Queues a want for `peer` whose answer is not urgent: the entry may be coalesced with others.
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

    /// Queues a cancel for `peer`; `soon` if the peer may be about to send the block.
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

    /// Notes that `peer` answered a want.
    pub(crate) fn want_answered(&mut self, peer: PeerKey, key: CidKey, answer: Answer) {
        self.make_room(peer, |queue| queue.wants.heard(key, answer));
    }

    /// Notes that the answer of `peer` to a want timed out.
    pub(crate) fn want_timed_out(&mut self, peer: PeerKey, key: CidKey) {
        self.make_room(peer, |queue| queue.wants.gave_up(key));
    }

    /// Sends the whole wantlist to a peer again; without delay only if an answer is awaited.
    pub(crate) fn resend_wants(&mut self, now: Timestamp, peer: PeerKey) {
        self.with_queue(peer, |queue, outbox| {
            queue.resend();
            outbox.coalesce(now, peer, queue, false);
        });
    }

    /// Takes the want-blocks that found no room on their peer's wantlist.
    pub(crate) fn take_unsent(&mut self) -> Vec<(PeerKey, CidKey)> {
        std::mem::take(&mut self.outbox.unsent)
    }

    /// Whether `peer` was sent a want of this kind or a stronger one, of either origin.
    pub(crate) fn has_sent(&self, peer: PeerKey, key: CidKey, kind: WantKind) -> bool {
        self.get(peer).is_some_and(|known| known.queue.wants.has_sent(key, kind))
    }

    /// Whether a want is queued for `peer`, or in flight.
    pub(crate) fn is_being_sent(&self, peer: PeerKey, key: CidKey) -> bool {
        self.get(peer).is_some_and(|known| known.queue.is_being_sent(key))
    }

    /// Sends entries that were coalesced for long enough, even if nothing else is sent.
    pub(crate) fn flush_coalesced(&mut self, now: Timestamp) {
        while let Some(peer) = self.outbox.coalesced.pop_due(now) {
            self.with_queue(peer, |queue, _| queue.flush_soon());
        }
    }

    /// When the next coalesced entries must be sent.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.outbox.coalesced.next()
    }

    /// Queues a presence; false if too many are queued already, since the peer does not read.
    pub(crate) fn queue_presence(
        &mut self,
        peer: PeerKey,
        key: CidKey,
        cid: ShortCid,
        presence: BlockPresence,
    ) -> bool {
        let mut has_room = true;
        self.with_queue(peer, |queue, outbox| {
            has_room = queue.queue_presence(key, (cid, presence), outbox.bounds.presences);
        });
        has_room
    }

    /// Queues a block.
    pub(crate) fn queue_block(&mut self, peer: PeerKey, block: OutgoingBlock) {
        self.with_queue(peer, |queue, _| queue.queue_block(block));
    }

    /// Drops the queued answer to a request; returns the bytes of a block that was queued.
    pub(crate) fn cancel_response(&mut self, peer: PeerKey, key: CidKey) -> u64 {
        self.get_mut(peer).map_or(0, |known| known.queue.cancel_response(key))
    }

    /// Drops all queued presences except those for which `wanted` returns true.
    pub(crate) fn keep_presences(&mut self, peer: PeerKey, wanted: impl Fn(CidKey) -> bool) {
        self.with_queue(peer, |queue, _| queue.keep_presences(wanted));
    }

    /// The next message to any peer: one whose lane is idle and that has something queued.
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

    /// A message was sent, or failed; returns its contents.
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

    /// The longest queue of presences of any peer; for the engine's own checks.
    pub(crate) fn longest_presences(&self) -> usize {
        self.iter().map(|(_, known)| known.queue.presences()).max().unwrap_or(0)
    }

    /// The wants that each peer is to have; for the engine's own checks.
    pub(crate) fn desired(&self) -> impl Iterator<Item = (PeerKey, CidKey, Origin)> {
        self.iter().flat_map(|(peer, known)| {
            known.queue.wants.desired().map(move |(key, origin)| (peer, key, origin))
        })
    }

    /// The wants that `peer` was sent; for the engine's own checks.
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
