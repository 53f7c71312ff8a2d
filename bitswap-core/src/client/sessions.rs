//! Sessions: their members, and their wants that need a decision.
//!
//! Wants are only referenced here: their state is in `wants`.

mod session;

use std::collections::BTreeSet;

use crate::client::phase::Phase;
use crate::deadlines::Deadlines;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::map::{MultiMap, Table};
use crate::peers::{Peer, Peers};
use crate::strategy::PeerView;
use crate::time::Timestamp;

pub(crate) use session::Session;

/// All open sessions.
#[derive(Debug)]
pub(crate) struct Sessions {
    /// Relay TTL of sessions that set none.
    ttl: u8,
    open: Table<SessionId, Session>,
    /// Sessions whose peer selector has something new to decide.
    dirty: BTreeSet<SessionId>,
    /// Sessions that each disconnected peer had sent blocks to.
    of_disconnected: MultiMap<PeerKey, SessionId>,
    /// Sessions that hold wants back, and when the engine asks a peer itself.
    held: Deadlines<SessionId>,
}

impl Sessions {
    pub(crate) fn new(ttl: u8) -> Self {
        Self {
            ttl,
            open: Table::default(),
            dirty: BTreeSet::new(),
            of_disconnected: MultiMap::default(),
            held: Deadlines::default(),
        }
    }

    /// The session with this id, opened if it is not open.
    pub(crate) fn open(&mut self, now: Timestamp, id: SessionId) -> &mut Session {
        let ttl = self.ttl;
        self.open.or_insert_with(id, || Session::new(now, ttl))
    }

    /// All open sessions, in the table's order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = SessionId> {
        self.open.keys().copied()
    }

    pub(crate) fn get(&self, id: SessionId) -> Option<&Session> {
        self.open.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.open.get_mut(&id)
    }

    /// Closes a session; the caller has ended its wants before.
    pub(crate) fn close(&mut self, peers: &mut Peers, id: SessionId) -> Option<Session> {
        let session = self.open.remove(&id)?;
        self.dirty.remove(&id);
        self.held.cancel(id);
        for peer in session.members().iter().map(|it| &it.peer).chain(session.distrusted()) {
            leave(peers, *peer, id);
        }
        for peer in session.disconnected_members() {
            self.of_disconnected.remove(peer, &id);
        }
        Some(session)
    }

    /// Adds a member; true if the peer was not one. `limit` bounds the number of members.
    pub(crate) fn join(
        &mut self,
        peers: &mut Peers,
        id: SessionId,
        member: PeerView,
        limit: usize,
    ) -> bool {
        let peer = member.peer;
        let Some(session) = self.open.get_mut(&id) else {
            return false;
        };
        if session.members().len() >= limit || !session.add_member(member) {
            return false;
        }
        if let Some(known) = peers.get_mut(peer) {
            known.sessions.insert(id);
        }
        self.dirty.insert(id);
        true
    }

    /// Removes a member from one session.
    pub(crate) fn leave(&mut self, peers: &mut Peers, id: SessionId, peer: PeerKey) {
        if let Some(session) = self.open.get_mut(&id) {
            session.forget(peer);
        }
        leave(peers, peer, id);
    }

    /// Distrusts a peer in one session: it answered HAVE without sending the block.
    pub(crate) fn distrust(&mut self, id: SessionId, peer: PeerKey) {
        if let Some(session) = self.open.get_mut(&id) {
            session.distrust(peer);
        }
    }

    /// Trusts a peer in one session: it sent a wanted block.
    pub(crate) fn trust(
        &mut self,
        peers: &mut Peers,
        id: SessionId,
        peer: PeerKey,
        now: Timestamp,
    ) {
        self.restore_trust(peers, id, peer);
        if let Some(session) = self.open.get_mut(&id) {
            session.trust(peer, now);
        }
    }

    /// Trusts a peer in one session: it sent a block that the session had wanted.
    pub(crate) fn restore_trust(&mut self, peers: &mut Peers, id: SessionId, peer: PeerKey) {
        let Some(session) = self.open.get_mut(&id) else {
            return;
        };
        session.restore_trust(peer);
        if !session.is_member(peer) {
            leave(peers, peer, id);
        }
    }

    /// Removes a disconnected peer from all its sessions.
    pub(crate) fn forget_peer(&mut self, peer: PeerKey, sessions: BTreeSet<SessionId>) {
        for id in sessions {
            if self.open.get_mut(&id).is_some_and(|session| session.member_disconnected(peer)) {
                self.of_disconnected.insert(peer, id);
            }
        }
    }

    /// A peer connected: takes the sessions that it had sent blocks to before it disconnected.
    pub(crate) fn take_disconnected(&mut self, peer: PeerKey) -> BTreeSet<SessionId> {
        let ids = self.of_disconnected.take(&peer);
        for id in &ids {
            if let Some(session) = self.open.get_mut(id) {
                session.member_returned(peer);
            }
        }
        ids
    }

    /// Moves a want of the session to another phase.
    pub(crate) fn file(&mut self, id: SessionId, want: (u64, CidKey), before: Phase, phase: Phase) {
        let Some(session) = self.open.get_mut(&id) else {
            return;
        };
        session.file(want, before, phase);
        match phase {
            Phase::Undecided => {
                self.dirty.insert(id);
            }
            Phase::Searching | Phase::Asked => self.may_hold_no_more(id),
            Phase::OwnStore | Phase::HeldBack => {}
        }
    }

    /// Removes a want that is in the given phase from the session.
    pub(crate) fn strike(&mut self, id: SessionId, order: u64, phase: Phase) {
        if let Some(session) = self.open.get_mut(&id) {
            session.strike(order, phase);
            self.may_hold_no_more(id);
        }
    }

    /// The peer selector held wants back: without a block until `until` the engine asks a peer
    /// itself.
    pub(crate) fn hold_until(&mut self, id: SessionId, until: Timestamp) {
        if self.held.of(id).is_none() {
            self.held.set(id, until);
        }
    }

    fn may_hold_no_more(&mut self, id: SessionId) {
        if !self.open.get(&id).is_some_and(Session::holds_back) {
            self.held.cancel(id);
        }
    }

    /// Lets the peer selector decide about held-back wants again; after a block, the engine waits
    /// until `until` before it asks itself.
    pub(crate) fn wake(&mut self, id: SessionId, until: Option<Timestamp>) {
        if self.open.get(&id).is_some_and(Session::holds_back) {
            self.dirty.insert(id);
            if let Some(until) = until {
                self.held.set(id, until);
            }
        }
    }

    /// Takes a session whose peer selector has something to decide.
    pub(crate) fn next_dirty(&mut self) -> Option<SessionId> {
        self.dirty.pop_first()
    }

    /// Takes a session that holds wants back and got no block for too long.
    pub(crate) fn pop_held_too_long(&mut self, now: Timestamp) -> Option<SessionId> {
        self.held.pop_due(now)
    }

    /// Whether the engine will act on what this session holds back; for the engine's own checks.
    pub(crate) fn is_armed(&self, id: SessionId) -> bool {
        self.held.of(id).is_some() || self.dirty.contains(&id)
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.held.next()
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Updates a peer in the views of all its sessions.
    pub(crate) fn update_peer(&mut self, peer: PeerKey, known: &Peer) {
        for id in &known.sessions {
            if let Some(member) = self.open.get_mut(id).and_then(|open| open.member_mut(peer)) {
                member.answer_time = known.timeouts.answer_time.value();
                member.round_trip = known.round_trip;
                member.block_asks_in_flight = known.block_asks_in_flight;
            }
        }
    }

    /// Whether a peer is a member of a session that wants something.
    pub(crate) fn needs(&self, peer: PeerKey, sessions: &BTreeSet<SessionId>) -> bool {
        let mut open = sessions.iter().filter_map(|id| self.get(*id));
        open.any(|session| session.is_member(peer) && !session.is_idle())
    }

    /// Whether a peer is a member anywhere; for the engine's own checks.
    pub(crate) fn knows(&self, peer: PeerKey) -> bool {
        let thinks = |open: &Session| open.is_member(peer) || open.distrusted().contains(&peer);
        self.open.values().any(thinks)
    }

    /// Whether anything refers to this session; for the engine's own checks.
    pub(crate) fn mentions(&self, id: SessionId) -> bool {
        let waits = self.dirty.contains(&id) || self.held.of(id).is_some();
        let joined = self.of_disconnected.values().any(|joined| *joined == id);
        waits || joined || self.open.contains(&id)
    }

    /// Whether no session has a want; for the engine's own checks.
    pub(crate) fn is_idle(&self) -> bool {
        self.held.next().is_none() && self.open.values().all(Session::is_idle)
    }
}

/// Removes all references between a peer and a session.
fn leave(peers: &mut Peers, peer: PeerKey, id: SessionId) {
    if let Some(known) = peers.get_mut(peer) {
        known.sessions.remove(&id);
    }
}
