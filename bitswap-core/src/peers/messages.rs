//! The message queues of all peers: which of them have something to send, and which wait a little
//! so that non-urgent entries are coalesced.

use cid::Cid;

use super::{Peer, PeerSend, Peers};
use crate::deadlines::Deadlines;
use crate::ids::{CidKey, PeerKey, SendId};
use crate::queues::{
    Answer, Bounds, InFlightMessage, LeavingBlock, MessageQueue, Origin, OutgoingBlock,
    WantlistEntry,
};
use crate::short_cid::ShortCid;
use crate::time::Timestamp;
use crate::wire::{BlockPresence, Lane, Message, WantKind};

/// A connected peer whose message queue is changed.
#[derive(Debug)]
pub(crate) struct Outgoing<'x> {
    key: PeerKey,
    pub(crate) known: &'x mut Peer,
    outbox: &'x mut Outbox,
}

impl Outgoing<'_> {
    /// Queues a want. `again` sends it even if it was sent before.
    pub(crate) fn want(
        &mut self,
        origin: Origin,
        (key, cid): (CidKey, &Cid),
        entry: WantlistEntry,
        again: bool,
    ) {
        self.known.queue.wants.want(origin, (key, cid), entry, again);
        self.known.queue.flush_soon();
        self.outbox.mark(self.key, self.known);
    }

    /// Queues a want whose answer nothing waits for: the entry may be coalesced with others.
    pub(crate) fn want_coalesced(
        &mut self,
        now: Timestamp,
        (key, cid): (CidKey, &Cid),
        entry: WantlistEntry,
    ) {
        self.known.queue.wants.want_unawaited((key, cid), entry);
        self.outbox.coalesce_or_mark(now, self.key, self.known, false);
    }

    /// Queues a cancel; `soon` if the peer may be about to send the block.
    pub(crate) fn cancel(&mut self, now: Timestamp, origin: Origin, key: CidKey, soon: bool) {
        self.known.queue.wants.cancel(origin, key);
        self.outbox.coalesce_or_mark(now, self.key, self.known, soon);
    }
}

/// The message queues that have something to send.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) bounds: Bounds,
    /// Peers that may have something queued, each once; sorted before messages are taken.
    dirty: Vec<PeerKey>,
    is_sorted: bool,
    /// When coalesced entries are sent, even if nothing else is.
    coalesced: Deadlines<PeerKey>,
    /// Want-blocks that found no room on their peer's wantlist.
    unsent: Vec<(PeerKey, CidKey)>,
}

impl Outbox {
    pub(super) fn new(bounds: Bounds) -> Self {
        let (dirty, is_sorted, unsent) = (Vec::new(), true, Vec::new());
        Self { bounds, dirty, is_sorted, coalesced: Deadlines::default(), unsent }
    }

    /// Notes that a peer may have something queued.
    pub(super) fn mark(&mut self, peer: PeerKey, known: &mut Peer) {
        if !std::mem::replace(&mut known.is_marked, true) {
            self.dirty.push(peer);
            self.is_sorted = false;
        }
    }

    /// Takes the peer with the smallest key of those that may have something queued.
    fn next_marked(&mut self) -> Option<PeerKey> {
        if !std::mem::replace(&mut self.is_sorted, true) {
            self.dirty.sort_unstable_by(|one, other| other.cmp(one));
        }
        self.dirty.pop()
    }

    /// Removes a disconnected peer.
    pub(super) fn forget(&mut self, peer: PeerKey) {
        self.dirty.retain(|other| *other != peer);
        self.coalesced.cancel(peer);
    }

    pub(super) fn knows(&self, peer: PeerKey) -> bool {
        self.dirty.contains(&peer) || self.coalesced.of(peer).is_some()
    }

    /// After a change of its wants: coalesces the entries for `peer` if they are non-urgent, so
    /// that there is no message for them now, or else notes that there may be one.
    fn coalesce_or_mark(&mut self, now: Timestamp, peer: PeerKey, known: &mut Peer, soon: bool) {
        if !self.coalesce(now, peer, &known.queue, soon) {
            self.mark(peer, known);
        }
    }

    /// Starts coalescing the entries for `peer`; false if they are urgent or too many.
    fn coalesce(
        &mut self,
        now: Timestamp,
        peer: PeerKey,
        queue: &MessageQueue,
        soon: bool,
    ) -> bool {
        if !queue.can_coalesce(&self.bounds) {
            return false;
        }
        if queue.wants.pending() == 0 {
            return true;
        }
        let until = now.after(if soon { self.bounds.coalesce[0] } else { queue.delay });
        if self.coalesced.of(peer).is_none_or(|at| at > until) {
            self.coalesced.set(peer, until);
        }
        true
    }
}

impl Peers {
    /// The message queue of a connected peer, to change.
    pub(crate) fn outgoing(&mut self, peer: PeerKey) -> Option<Outgoing<'_>> {
        let Self { connected, outbox, .. } = self;
        Some(Outgoing { key: peer, known: connected.get_mut(&peer)?, outbox })
    }

    /// Notes that `peer` answered a want.
    pub(crate) fn want_answered(&mut self, peer: PeerKey, key: CidKey, answer: Answer) {
        self.make_room(peer, |queue| queue.wants.heard(key, answer));
    }

    /// Notes that `peer` sent the block of a want, and remembers the want no more.
    pub(crate) fn want_served(&mut self, peer: PeerKey, key: CidKey) {
        self.make_room(peer, |queue| queue.wants.served(key));
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

    /// Takes the blocks that are in no message to a peer yet.
    pub(crate) fn take_unsent_blocks(&mut self, peer: PeerKey) -> Vec<LeavingBlock> {
        let known = self.get_mut(peer).into_iter();
        known.flat_map(|known| known.queue.take_blocks()).map(|given| given.leaving).collect()
    }

    /// The message with blocks that is being sent to a peer, and these.
    pub(crate) fn blocks_in_flight(&self, peer: PeerKey) -> Option<(SendId, &[LeavingBlock])> {
        self.get(peer)?.queue.blocks_in_flight()
    }

    /// Drops the queued answer to a request; returns the bytes of a block that was queued. There
    /// may be a block only if the request `was_open`.
    pub(crate) fn cancel_response(&mut self, peer: PeerKey, key: CidKey, was_open: bool) -> u64 {
        self.get_mut(peer).map_or(0, |known| known.queue.cancel_response(key, was_open))
    }

    /// Drops all queued presences except those for which `wanted` returns true.
    pub(crate) fn keep_presences(&mut self, peer: PeerKey, wanted: impl Fn(CidKey) -> bool) {
        self.with_queue(peer, |queue, _| queue.keep_presences(wanted));
    }

    /// A peer says how many wants of ours it remembers.
    pub(crate) fn wants_remembered(&mut self, peer: PeerKey, wants: usize) {
        self.make_room(peer, |queue| queue.wants.resize(wants));
    }

    /// Builds a message for each idle lane of each peer that has something queued, and passes it to
    /// `send`, which numbers it. A peer that can read it is told how many of its wants have `room`.
    pub(crate) fn flush(
        &mut self,
        now: Timestamp,
        room: u32,
        mut send: impl FnMut(PeerKey, &mut Peer, Lane, Message) -> SendId,
    ) -> Vec<PeerKey> {
        let mut waiting = Vec::new();
        let Self { connected, outbox, .. } = self;
        while let Some(peer) = outbox.next_marked() {
            let Some(known) = connected.get_mut(&peer) else {
                continue;
            };
            known.is_marked = false;
            while let Some((lane, mut message)) = known.queue.take_message(&outbox.bounds) {
                if known.queue.wants.pending() == 0 {
                    outbox.coalesced.cancel(peer);
                }
                let pending = known.requests.task_bytes;
                message.pending_bytes = u32::try_from(pending).unwrap_or(u32::MAX);
                if known.capabilities.protocol.has_relay() && known.told_room != room {
                    (known.told_room, message.wants_remembered) = (room, room);
                }
                let number = send(peer, known, lane, message);
                known.queue.send_started(now, lane, number);
            }
            outbox.unsent.extend(known.queue.unsent.drain(..).map(|key| (peer, key)));
            if known.queue.has_blocks() && known.queue.blocks_in_flight().is_none() {
                waiting.push(peer);
            }
        }
        waiting
    }

    /// A message was sent, or failed; returns its contents.
    pub(crate) fn send_finished(
        &mut self,
        now: Timestamp,
        (peer, send): (PeerKey, SendId),
        written: bool,
    ) -> Option<InFlightMessage> {
        let Self { connected, outbox, .. } = self;
        let known = connected.get_mut(&peer)?;
        let mut message = known.queue.send_finished(send)?;
        message.is_awaited = known.requests.send != PeerSend::None
            && (!message.blocks.is_empty() || known.queue.blocks_in_flight().is_none());
        known.timeouts.writing.take_if(|writing| *writing == send);
        if written {
            known.queue.written(now, &message);
        } else {
            known.told_room = 0;
            known.queue.failed(&message, outbox.bounds.presences);
        }
        if known.queue.has_blocks() {
            outbox.mark(peer, known);
        }
        outbox.coalesce_or_mark(now, peer, known, false);
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
                self.outbox.mark(peer, known);
            }
        }
    }

    fn with_queue(&mut self, peer: PeerKey, change: impl FnOnce(&mut MessageQueue, &mut Outbox)) {
        if let Some(known) = self.connected.get_mut(&peer) {
            change(&mut known.queue, &mut self.outbox);
            self.outbox.mark(peer, known);
        }
    }
}
