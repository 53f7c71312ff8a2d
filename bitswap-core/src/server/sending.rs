//! Messages with blocks that are being sent: how much may be in flight for a peer, and how much for
//! all together that take theirs slowly or not at all. It gives nobody a turn.
//!
//! The blocks of slow messages are given back, and only what is written next stays with the driver.
//! Once the peer took that, they are read again. So peers that do not read stop nobody.

use std::collections::{BTreeSet, VecDeque};

use super::{Reading, Server, ServerRoom};
use crate::action::{Action, ReadItem};
use crate::block::Block;
use crate::ids::{PeerKey, SendId};
use crate::limits::Limits;
use crate::peers::{PeerRequests, PeerSend, Peers};
use crate::queues::{InFlightMessage, LeavingBlock};
use crate::time::Timestamp;

/// The messages of all peers.
#[derive(Debug, Default)]
pub(super) struct Sending {
    /// Messages that are not known to be slow, the oldest first.
    since: BTreeSet<(Timestamp, PeerKey)>,
    /// Slow ones, and what their peers hold.
    slow: BTreeSet<(Timestamp, PeerKey)>,
    slow_bytes: u64,
    /// Peers that took what was left of a suspended message, and when.
    resumable: VecDeque<(Timestamp, PeerKey)>,
    /// Messages whose blocks, or those behind them, were given back.
    pub(super) suspended: u64,
}

impl Sending {
    pub(super) fn is_empty(&self) -> bool {
        self.since.is_empty() && self.slow.is_empty() && self.suspended == 0
    }

    /// Bytes were released that a peer held.
    pub(super) const fn released(&mut self, requests: &PeerRequests, bytes: u64) {
        if let PeerSend::Slow(_) = requests.send {
            self.slow_bytes = self.slow_bytes.saturating_sub(bytes);
        }
    }

    /// Removes a peer that disconnected, or whose message has ended or is suspended.
    pub(super) fn forget(&mut self, peer: PeerKey, requests: &PeerRequests) {
        match requests.send {
            PeerSend::None | PeerSend::Resuming(_) => {}
            PeerSend::Since(since) => drop(self.since.remove(&(since, peer))),
            PeerSend::Slow(since) => {
                self.slow.remove(&(since, peer));
                self.slow_bytes = self.slow_bytes.saturating_sub(requests.in_flight_bytes);
            }
            PeerSend::Suspended { .. } | PeerSend::Behind => {
                self.suspended -= 1;
                self.resumable.retain(|(_, other)| *other != peer);
            }
        }
    }
}

impl Server {
    /// A message with blocks is handed to the driver.
    pub(crate) fn send_began(&mut self, now: Timestamp, peer: PeerKey, known: &mut PeerRequests) {
        self.sending.forget(peer, known);
        self.sending.since.insert((now, peer));
        known.send = PeerSend::Since(now);
    }

    /// Blocks wait for a peer to take a message that has none.
    pub(crate) fn send_is_awaited(&mut self, peers: &mut Peers, now: Timestamp, peer: PeerKey) {
        if let Some(known) = peers.requests_mut(peer).filter(|it| it.send == PeerSend::None) {
            self.send_began(now, peer, known);
        }
    }

    /// A peer took what was left of a suspended message; false if there is none.
    pub(crate) fn send_waits(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        (peer, send): (PeerKey, SendId),
    ) -> bool {
        let suspended = PeerSend::Suspended { send, is_taken: false };
        let requests = peers.requests_mut(peer).filter(|it| it.send == suspended);
        let Some(requests) = requests else { return false };
        requests.send = PeerSend::Suspended { send, is_taken: true };
        self.sending.resumable.push_back((now, peer));
        true
    }

    /// When the next message counts as slow, if so much is held that it matters.
    pub(super) fn next_slow_send(&self) -> Option<Timestamp> {
        let (since, _) = self.sending.since.first()?;
        self.is_crowded().then(|| since.after(Limits::SLOW_SEND))
    }

    /// Whether slow messages may hold more than their share.
    const fn is_crowded(&self) -> bool {
        self.outstanding > self.slow_share()
    }

    const fn slow_share(&self) -> u64 {
        self.bounds.outstanding / Limits::SLOW_PARTS
    }

    /// Takes the peer whose message is the oldest, if slow ones hold more than their share.
    fn next_to_suspend(&mut self, peers: &mut Peers, now: Timestamp) -> Option<PeerKey> {
        if !self.is_crowded() {
            return None;
        }
        let is_due = |(since, _): &(Timestamp, PeerKey)| since.after(Limits::SLOW_SEND) <= now;
        while let Some((since, peer)) = self.sending.since.first().copied().filter(is_due) {
            self.sending.since.pop_first();
            if let Some(requests) = peers.requests_mut(peer) {
                requests.send = PeerSend::Slow(since);
                self.sending.slow.insert((since, peer));
                self.sending.slow_bytes += requests.in_flight_bytes;
                self.order.may_have_changed(peer);
            }
        }
        let is_over = self.sending.slow_bytes > self.slow_share();
        if is_over { self.sending.slow.pop_first().map(|(_, peer)| peer) } else { None }
    }

    /// Gives the blocks back of the message to a peer; `None` if it has none.
    fn suspend(&mut self, peers: &mut Peers, peer: PeerKey) -> Option<SendId> {
        let message = peers.blocks_in_flight(peer).map(|(send, blocks)| (send, bytes_of(blocks)));
        let requests = peers.requests_mut(peer)?;
        self.sending.forget(peer, requests);
        self.sending.suspended += 1;
        requests.send = PeerSend::Behind;
        let (send, bytes) = message?;
        requests.send = PeerSend::Suspended { send, is_taken: false };
        self.release(peers, peer, bytes);
        Some(send)
    }

    /// The next peer whose blocks are to be read again, and its message; who starves and waits for
    /// longer has the next turn.
    fn next_to_resume(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
    ) -> Option<(PeerKey, SendId, Vec<ReadItem>)> {
        let (since, peer) = *self.sending.resumable.front()?;
        let is_longer = self.starving(now).is_some_and(|(waits, _)| waits < since);
        if is_longer || self.outstanding >= self.bounds.outstanding {
            return None;
        }
        self.sending.resumable.pop_front();
        let (send, blocks) = peers.blocks_in_flight(peer)?;
        let item = |given: &LeavingBlock| ReadItem { cid: given.cid, size_only: false };
        let items = blocks.iter().map(item).collect();
        let bytes = bytes_of(blocks);
        let requests = peers.requests_mut(peer)?;
        requests.send = PeerSend::Resuming(send);
        self.sending.suspended -= 1;
        requests.in_flight_bytes += bytes;
        self.outstanding += bytes;
        Some((peer, send, items))
    }
}

impl ServerRoom<'_> {
    /// A message that has blocks, or that some waited for, was written, or failed. True if its own
    /// were held until now.
    ///
    /// What may be in flight for its peer from now on is what that takes in
    /// [`Limits::SLOW_SEND`], at the rate at which it took this message, but at most twice what
    /// might be: a message that fits into a socket is taken at once, however slow the line.
    pub(crate) fn send_ended(
        &mut self,
        peer: PeerKey,
        flight: &InFlightMessage,
        written: bool,
    ) -> bool {
        let Some(requests) = self.peers.requests_mut(peer) else { return false };
        self.server.sending.forget(peer, requests);
        self.server.order.may_have_changed(peer);
        if written && !flight.blocks.is_empty() {
            let took = self.now.since(flight.started_at).as_nanos().max(1);
            let bytes = bytes_of(&flight.blocks);
            let ahead = u128::from(bytes) * Limits::SLOW_SEND.as_nanos() / took;
            let most = requests.ahead.max(bytes).saturating_mul(2).max(Limits::AHEAD_LEAST);
            requests.ahead = u64::try_from(ahead).unwrap_or(most).clamp(Limits::AHEAD_LEAST, most);
        }
        !matches!(std::mem::take(&mut requests.send), PeerSend::Suspended { .. })
    }

    /// Takes blocks back from peers that take their messages slowly, the oldest message first,
    /// while these hold more than their share. True if any were, so that there is room for others.
    pub(crate) fn suspend_slow_sends(&mut self) -> bool {
        let mut is_any = false;
        while let Some(peer) = self.server.next_to_suspend(self.peers, self.now) {
            let send = self.server.suspend(self.peers, peer);
            is_any = true;
            for given in self.peers.take_unsent_blocks(peer) {
                self.server.release(self.peers, peer, u64::from(given.bytes));
                if self.is_leaving(peer, given.key, given.arrival) {
                    self.queue_block(peer, given.key, given.bytes);
                }
            }
            self.out.stats.server.suspended += 1;
            if let (Some(send), Some(known)) = (send, self.peers.get(peer)) {
                self.out.act(Action::SuspendSend { peer: known.id, send });
            }
        }
        is_any
    }

    /// Reads the blocks of suspended messages again whose peers took what was left of them.
    pub(crate) fn resume_sends(&mut self) {
        while let Some((peer, send, items)) = self.server.next_to_resume(self.peers, self.now) {
            self.read(peer, items, Reading::Resumed(peer, send));
        }
    }

    /// The blocks of a suspended message are here again, or are gone.
    pub(crate) fn resume(&mut self, peer: PeerKey, send: SendId, blocks: Option<Vec<Block>>) {
        if let Some(known) = self.peers.get_mut(peer)
            && known.requests.send == PeerSend::Resuming(send)
        {
            self.server.send_began(self.now, peer, &mut known.requests);
            self.out.act(Action::ResumeSend { peer: known.id, send, blocks });
        }
    }
}

fn bytes_of(blocks: &[LeavingBlock]) -> u64 {
    blocks.iter().map(|given| u64::from(given.bytes)).sum()
}
