//! Asks: what each peer was asked for each want.

use std::time::Duration;

use super::{Want, Wants};
use crate::event::OwnAsk;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::map::Table;
use crate::peers::{Peer, Peers};
use crate::strategy::Reason;
use crate::time::Timestamp;
use crate::wire::WantKind;

/// What one peer was asked for one want. It stays on the peer's wantlist until the want is closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentWant {
    pub(crate) kind: WantKind,
    pub(crate) at: Timestamp,
    /// How many bytes the block has probably.
    pub(crate) bytes: u32,
    /// Whether the answer is still awaited.
    pub(crate) open: bool,
    /// The session that asked.
    pub(crate) session: SessionId,
    /// The timeout, if the peer selector chose it.
    pub(crate) timeout: Option<Duration>,
    /// Why the engine asked itself, if it did.
    pub(crate) own: Option<OwnAsk>,
    /// The largest TTL that the want had there, in hops.
    pub(crate) ttl: u8,
    /// How often the peer had been asked the same before.
    pub(crate) retries: u32,
    /// Whether the peer was asked for the block, and did not send it.
    pub(crate) block_not_delivered: bool,
    /// How often it was asked again before its time, since it had lacked or may have lost it.
    pub(crate) losses: u8,
    /// Whether the peer answered HAVE; `None` = no answer since it was asked.
    pub(crate) has: Option<bool>,
    /// Who says what `has` says.
    pub(crate) said_by: SaidBy,
    /// How far from the peer the block is, in hops, if it answered HAVE; 0 = the peer has it.
    pub(crate) hops: u8,
}

/// Where it is known from whether a peer has a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SaidBy {
    /// The peer answered, or has said nothing yet.
    Peer,
    /// The peer did not answer in time, and counts as one without the block.
    Timeout,
}

/// An ask that is scheduled for later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScheduledWant {
    pub(crate) kind: WantKind,
    pub(crate) session: SessionId,
    pub(crate) timeout: Option<Duration>,
    pub(crate) hedge: bool,
    pub(crate) reason: Reason,
}

impl SentWant {
    pub(crate) fn awaits_block(&self) -> bool {
        self.open && self.kind == WantKind::Block
    }

    /// Whether the peer need not answer any more: it was not asked in vain.
    pub(crate) fn is_taken_back(&self) -> bool {
        !self.open && self.has.is_none() && !self.is_silent()
    }

    /// Whether the peer was sent a want-block, and did not send the block.
    pub(crate) fn is_undelivered(&self) -> bool {
        self.kind == WantKind::Block && self.block_not_delivered
    }

    /// Whether the peer was asked for the block, and lacked it.
    pub(crate) fn is_refused(&self) -> bool {
        self.is_undelivered() && !self.is_silent()
    }

    /// Whether the peer did not answer in time, and has not since.
    pub(crate) fn is_silent(&self) -> bool {
        self.said_by == SaidBy::Timeout
    }
}

impl Want {
    /// The peers to which a want-block is in flight.
    pub(crate) fn block_asks_open(&self) -> &[PeerKey] {
        &self.block_asks_open
    }

    /// Whether a want-block is in flight or scheduled.
    pub(crate) fn is_asked(&self) -> bool {
        !self.block_asks_open.is_empty()
            || self.planned.values().any(|planned| planned.kind == WantKind::Block)
    }

    /// Whether an ask is in flight or scheduled that is no search's, and not of a leecher.
    pub(crate) fn awaits_answers(&self) -> bool {
        let counts = |why: OwnAsk| !why.is_broadcast() && why != OwnAsk::Leecher;
        let waits = |asked: &SentWant| asked.open && asked.own.is_none_or(counts);
        !self.planned.is_empty() || self.asked.values().any(waits)
    }

    /// What `peer` was asked.
    pub(crate) fn asked(&self, peer: PeerKey) -> Option<&SentWant> {
        self.asked.get(&peer)
    }

    /// Whether no peer was asked yet.
    pub(crate) fn was_asked_of_nobody(&self) -> bool {
        self.asked.is_empty()
    }

    /// All asks, with the peers that were asked.
    pub(crate) fn asked_of(&self) -> impl Iterator<Item = (PeerKey, SentWant)> {
        self.asked.iter().map(|(peer, asked)| (*peer, *asked))
    }

    /// Whether `peer` answered HAVE.
    pub(crate) fn is_held_by(&self, peer: PeerKey) -> bool {
        self.asked(peer).is_some_and(|asked| asked.has == Some(true))
    }

    /// Whether `peer` was asked for the block and may still send it.
    pub(crate) fn is_asked_for_block(&self, peer: PeerKey) -> bool {
        let may_send = |asked: &SentWant| asked.open || asked.is_silent();
        self.asked(peer).is_some_and(|asked| asked.kind == WantKind::Block && may_send(asked))
    }

    /// Notes that a peer is asked now.
    pub(crate) fn ask(
        &mut self,
        (key, peer): (CidKey, PeerKey),
        known: &mut Peer,
        asked: SentWant,
    ) {
        known.asked.insert(key, ());
        if self.asked.insert(peer, asked).is_some_and(|before| before.awaits_block()) {
            self.no_block_comes(peer);
        }
        if asked.awaits_block() {
            self.block_asks_open.push(peer);
        }
    }

    /// Notes that no want-block to this peer is in flight any more.
    fn no_block_comes(&mut self, peer: PeerKey) {
        self.block_asks_open.retain(|other| *other != peer);
    }

    /// The peers that answered HAVE, in the order of their keys.
    pub(crate) fn holders(&self) -> Vec<PeerKey> {
        let has = self.asked.iter().filter(|(_, asked)| asked.has == Some(true));
        let mut holders: Vec<PeerKey> = has.map(|(peer, _)| *peer).collect();
        holders.sort_unstable();
        holders
    }
}

impl Wants {
    /// Notes that a want-have was sent, which may have waited for its message.
    pub(crate) fn sent(&mut self, now: Timestamp, (key, peer): (CidKey, PeerKey), kind: WantKind) {
        let asked = self.open.get_mut(&key).and_then(|want| want.asked.get_mut(&peer));
        if let Some(asked) = asked.filter(|asked| asked.kind == kind && kind == WantKind::Have) {
            asked.at = now;
        }
    }

    /// Ends the ask of a peer that answered or timed out; returns it if it was open.
    pub(crate) fn answered(&mut self, key: CidKey, peer: PeerKey) -> Option<SentWant> {
        let want = self.open.get_mut(&key)?;
        let asked = want.asked.get_mut(&peer)?;
        let was = *asked;
        asked.open = false;
        if was.awaits_block() {
            want.no_block_comes(peer);
        }
        was.open.then_some(was)
    }

    /// What `peer` was asked for a want.
    pub(crate) fn asked(&self, key: CidKey, peer: PeerKey) -> Option<SentWant> {
        self.open.get(&key)?.asked.get(&peer).copied()
    }

    /// Notes that `peer` answered HAVE or DONT_HAVE.
    pub(crate) fn heard(&mut self, key: CidKey, peer: PeerKey, has: bool, hops: u8) {
        if let Some(asked) = self.open.get_mut(&key).and_then(|want| want.asked.get_mut(&peer)) {
            (asked.has, asked.said_by, asked.hops) = (Some(has), SaidBy::Peer, hops);
        }
    }

    /// Notes where it is known from whether `peer` has the block.
    pub(crate) fn set_said_by(&mut self, key: CidKey, peer: PeerKey, said_by: SaidBy) {
        if let Some(asked) = self.open.get_mut(&key).and_then(|want| want.asked.get_mut(&peer)) {
            asked.said_by = said_by;
        }
    }

    /// The wants for which a peer answered HAVE, in no meaningful order.
    pub(crate) fn held_by<'a>(
        &'a self,
        peers: &'a Peers,
        peer: PeerKey,
    ) -> impl Iterator<Item = (CidKey, &'a Want)> {
        let asked = peers.get(peer).into_iter().flat_map(|known| known.asked.keys());
        let wants = asked.filter_map(|key| Some((*key, self.get(*key)?)));
        wants.filter(move |(_, want)| want.is_held_by(peer))
    }

    /// Notes that a peer did not send the block, and whether it was sent no more than a want-have.
    pub(crate) fn block_not_delivered(&mut self, key: CidKey, peer: PeerKey, is_have: bool) {
        if let Some(asked) = self.open.get_mut(&key).and_then(|want| want.asked.get_mut(&peer)) {
            asked.block_not_delivered = asked.kind == WantKind::Block;
            asked.kind = if is_have { WantKind::Have } else { asked.kind };
        }
    }

    /// A peer lost what it was asked for before this time: it is as one that was not asked. False
    /// if it has answered, or was asked again since, or lost it [`Limits::LOSSES`] times.
    pub(crate) fn forget_silence(&mut self, key: CidKey, peer: PeerKey, before: Timestamp) -> bool {
        let asked = self.open.get_mut(&key).and_then(|want| want.asked.get_mut(&peer));
        let is_lost = |it: &&mut SentWant| {
            let is_older = it.kind == WantKind::Block && it.at < before;
            it.is_silent() && is_older && it.losses < Limits::LOSSES
        };
        let Some(asked) = asked.filter(is_lost) else {
            return false;
        };
        (asked.has, asked.said_by, asked.block_not_delivered) = (None, SaidBy::Peer, false);
        asked.losses += 1;
        true
    }

    /// Extends the timeout of an ask, since the peer searches for the block.
    pub(crate) fn extend_timeout(&mut self, key: CidKey, peer: PeerKey, timeout: Duration) {
        if let Some(asked) = self.open.get_mut(&key).and_then(|want| want.asked.get_mut(&peer)) {
            asked.timeout = Some(timeout);
        }
    }

    /// Schedules an ask for the moment `at`; false if one to this peer is scheduled already.
    pub(crate) fn schedule(
        &mut self,
        peers: &mut Peers,
        (key, peer): (CidKey, PeerKey),
        planned: ScheduledWant,
        at: Timestamp,
    ) -> bool {
        let (Some(want), Some(known)) = (self.open.get_mut(&key), peers.get_mut(peer)) else {
            return false;
        };
        if want.planned.contains(&peer) {
            return false;
        }
        want.planned.insert(peer, planned);
        self.planned.set((key, peer), at);
        known.asked.insert(key, ());
        true
    }

    /// The asks that are scheduled, in the table's order.
    pub(crate) fn scheduled(&self) -> Vec<(CidKey, PeerKey)> {
        self.planned.keys().copied().collect()
    }

    /// Takes an ask that is due.
    pub(crate) fn pop_scheduled(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
    ) -> Option<(CidKey, PeerKey, ScheduledWant)> {
        let (key, peer) = self.planned.pop_due(now)?;
        Some((key, peer, self.take_planned(peers, key, peer)?))
    }

    /// Removes a scheduled ask, to send it or to drop it.
    pub(crate) fn take_planned(
        &mut self,
        peers: &mut Peers,
        key: CidKey,
        peer: PeerKey,
    ) -> Option<ScheduledWant> {
        self.planned.cancel((key, peer));
        let want = self.open.get_mut(&key)?;
        let planned = want.planned.remove(&peer);
        if !want.asked.contains(&peer)
            && let Some(known) = peers.get_mut(peer)
        {
            known.asked.remove(&key);
        }
        planned
    }

    /// Removes and returns all asks of a disconnected peer; `None` stands for one that was only
    /// scheduled.
    pub(crate) fn forget_peer(
        &mut self,
        peer: PeerKey,
        keys: Table<CidKey, ()>,
    ) -> Vec<(CidKey, Option<SentWant>)> {
        let mut keys: Vec<CidKey> = keys.into_iter().map(|(key, ())| key).collect();
        keys.sort_unstable();
        let mut was_asked = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(want) = self.open.get_mut(&key) {
                if want.planned.remove(&peer).is_some() {
                    self.planned.cancel((key, peer));
                }
                want.no_block_comes(peer);
                let asked = want.asked.remove(&peer);
                want.disconnected = want.disconnected.saturating_add(asked.is_some().into());
                was_asked.push((key, asked));
            }
        }
        was_asked
    }
}
