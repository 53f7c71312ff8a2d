//! Sessions: their members, their wants that need a decision, and when they time out.
//!
//! Wants are only referenced here: their state is in `wants`.

mod changes;
mod in_flight;
mod session;

use std::collections::BTreeSet;
use std::mem;
use std::ops::Bound::{Excluded, Unbounded};
use std::time::Duration;

use crate::client::wants::{Phase, Wants};
use crate::deadlines::{DeadlineReason, Deadlines, Reasoned};
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::map::{MultiMap, Table};
use crate::peers::Peers;
use crate::strategy::PeerView;
use crate::time::Timestamp;
use changes::Changes;

pub(crate) use session::Session;

/// All open sessions.
#[derive(Debug, Default)]
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
    holding: BTreeSet<SessionId>,
    /// When peer selectors are asked again although nothing happened.
    wakes: Deadlines<SessionId>,
    /// When those that time out are looked at again, while they wait for something.
    timeouts: Deadlines<SessionId>,
    /// Sessions of which a peer answered HAVE without sending the block, in this step.
    in_doubt: BTreeSet<SessionId>,
    changes: Changes,
}

impl Sessions {
    pub(crate) fn new(ttl: u8) -> Self {
        Self { ttl, ..Self::default() }
    }

    /// The session with this id, opened if it is not open.
    pub(crate) fn open(&mut self, now: Timestamp, id: SessionId) -> &mut Session {
        let ttl = self.ttl;
        self.open.or_insert_with(id, || Session::new(now, ttl))
    }

    /// A peer answered HAVE without sending the block: the session's selector is asked again.
    pub(crate) fn mark_in_doubt(&mut self, id: SessionId) {
        if let Some(session) = self.open.get_mut(&id) {
            session.is_woken = true;
            self.in_doubt.insert(id);
        }
    }

    /// Whether any session was marked. Nearly always none was.
    pub(crate) fn is_in_doubt(&self) -> bool {
        !self.in_doubt.is_empty()
    }

    /// Takes the sessions that were marked.
    pub(crate) fn take_in_doubt(&mut self) -> BTreeSet<SessionId> {
        mem::take(&mut self.in_doubt)
    }

    /// All open sessions, in the table's order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = SessionId> {
        self.open.keys().copied()
    }

    pub(crate) fn get(&self, id: SessionId) -> Option<&Session> {
        self.open.get(&id)
    }

    /// Something was begun for this session, perhaps the first that it waits for: from now on it
    /// may time out.
    pub(crate) fn waits(&mut self, now: Timestamp, id: SessionId, is_first: bool) {
        if let Some(open) = self.open.get_mut(&id)
            && let Some(timeout) = open.timeout
        {
            open.waits_since = if is_first { now } else { open.waits_since };
            if self.timeouts.of(id).is_none() {
                self.timeouts.set(id, now.after(timeout.min(Limits::CLOCK_LEAP)));
            }
        }
    }

    /// Takes a session that is to be looked at, and may have timed out.
    pub(crate) fn pop_timeout(&mut self, now: Timestamp) -> Option<SessionId> {
        self.timeouts.pop_due(now)
    }

    /// Whether a session that waits has timed out; if not, it is looked at again, often enough that
    /// the time in which the program was stopped is told from that in which nothing came.
    pub(crate) fn is_over(
        &mut self,
        now: Timestamp,
        heard: (&Peers, &Wants, Duration),
        id: SessionId,
    ) -> bool {
        let at = self.times_out_at(heard, id).filter(|at| *at > now);
        if let Some(at) = at {
            self.timeouts.set(id, at.min(now.after(Limits::CLOCK_LEAP)));
        }
        at.is_none()
    }

    /// When a session that waits times out if nothing comes.
    pub(crate) fn times_out_at(
        &self,
        heard: (&Peers, &Wants, Duration),
        id: SessionId,
    ) -> Option<Timestamp> {
        let open = self.get(id)?;
        let heard_at = self.heard_at(heard, id).max(open.last_block_at);
        Some(heard_at.unwrap_or_default().max(open.waits_since).after(open.timeout?))
    }

    /// Up to when a peer that this session asked for a block is taken to send some, or a part of
    /// one: what it has begun may show nothing for `longest`.
    pub(crate) fn heard_at(
        &self,
        (peers, wants, longest): (&Peers, &Wants, Duration),
        id: SessionId,
    ) -> Option<Timestamp> {
        let open = self.get(id)?;
        let asked = open.in_flight.shown().iter().map(|row| row.peer);
        let searched = open.searched_wants(Limits::EARLY_ENDS).filter_map(|key| wants.get(key));
        let late = searched.flat_map(|want| {
            let asked = want.asked_of().map(|(peer, _)| peer);
            asked.filter(|peer| want.is_asked_for_block(*peer))
        });
        let known = asked.chain(late).filter_map(|peer| peers.get(peer));
        let sends_until = known.map(|known| known.timeouts.sends_until(longest));
        sends_until.max().filter(|at| *at > Timestamp::ZERO)
    }

    pub(crate) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.open.get_mut(&id)
    }

    /// Closes a session; the caller has ended its wants before.
    pub(crate) fn close(&mut self, peers: &mut Peers, id: SessionId) -> Option<Session> {
        let session = self.open.remove(&id)?;
        self.dirty.remove(&id);
        self.held.cancel(id);
        self.holding.remove(&id);
        self.wakes.cancel(id);
        self.timeouts.cancel(id);
        for peer in session.members().iter().map(|it| &it.peer).chain(session.distrusted()) {
            leave(peers, *peer, id);
        }
        for peer in &session.former {
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

    /// A peer sent a block of this session after another peer had sent it.
    pub(crate) fn duplicate_received(&mut self, id: SessionId, peer: PeerKey) {
        if let Some(session) = self.open.get_mut(&id) {
            session.duplicate_received(peer);
        }
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
                session.former.remove(&peer);
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
            self.may_wake_no_more(id);
        }
    }

    /// A want-block of the session is not in flight any more.
    pub(crate) fn ask_ended(&mut self, id: SessionId, want: CidKey, peer: PeerKey) {
        if let Some(session) = self.open.get_mut(&id) {
            session.in_flight.remove(want, peer);
            self.may_wake_no_more(id);
        }
    }

    fn may_wake_no_more(&mut self, id: SessionId) {
        if self.open.get(&id).is_some_and(Session::is_idle) {
            self.wakes.cancel(id);
        }
    }

    /// The peer selector is asked again at `at`, or only when something happens.
    pub(crate) fn wake_selector(&mut self, id: SessionId, at: Option<Timestamp>) {
        match at {
            Some(at) => self.wakes.set(id, at),
            None => {
                self.wakes.cancel(id);
            }
        }
    }

    /// Takes a session whose peer selector is to be asked again.
    pub(crate) fn pop_wake(&mut self, now: Timestamp) -> Option<SessionId> {
        self.wakes.pop_due(now)
    }

    /// The peer selector held wants back: without a block until `until` the engine asks a peer
    /// itself.
    pub(crate) fn hold_until(&mut self, id: SessionId, until: Timestamp) {
        self.holding.insert(id);
        if self.held.of(id).is_none() {
            self.held.set(id, until);
        }
    }

    /// When the engine asks a peer itself for what the session's peer selector held back.
    pub(crate) fn held_until(&self, id: SessionId) -> Option<Timestamp> {
        self.held.of(id)
    }

    fn may_hold_no_more(&mut self, id: SessionId) {
        if !self.open.get(&id).is_some_and(Session::holds_back) {
            self.held.cancel(id);
            self.holding.remove(&id);
        }
    }

    /// Lets the peer selector decide about held-back wants again; after a block, the engine waits
    /// until `until` before it asks itself, if the selector asked for any since the last one.
    pub(crate) fn wake(&mut self, id: SessionId, until: Option<Timestamp>) {
        if let Some(open) = self.open.get_mut(&id).filter(|open| open.holds_back()) {
            self.dirty.insert(id);
            if let Some(until) = until
                && mem::take(&mut open.selector_asked)
            {
                self.held.set(id, until);
            }
        }
    }

    /// The peer selector of a session is asked now.
    pub(crate) fn decides_now(&mut self, id: SessionId) {
        self.dirty.remove(&id);
    }

    /// Whether any session holds wants back.
    pub(crate) fn any_holds_back(&self) -> bool {
        !self.holding.is_empty()
    }

    /// The next session after `last`, in a circle, that holds wants back and is one of `those`;
    /// `None` if few steps find none.
    pub(crate) fn next_in_turn(
        &self,
        those: &BTreeSet<SessionId>,
        last: SessionId,
    ) -> Option<SessionId> {
        let mut from = Excluded(last);
        let mut wrapped = false;
        for _ in 0..Limits::TURNS {
            let holds = self.holding.range((from, Unbounded)).next();
            let one = holds.and_then(|id| those.range(id..).next());
            match one {
                Some(id) if self.holding.contains(id) => return Some(*id),
                Some(id) => from = Excluded(*id),
                None if wrapped => return None,
                None => (from, wrapped) = (Unbounded, true),
            }
        }
        None
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

    /// What the sessions wait for.
    pub(crate) fn deadlines(&self) -> [Reasoned; 3] {
        [
            (self.timeouts.next(), DeadlineReason::CallTimeout),
            (self.held.next(), DeadlineReason::HeldBackWants),
            (self.wakes.next(), DeadlineReason::SelectorWake),
        ]
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// What sessions are shown of a peer changed.
    pub(crate) fn peer_changed(&mut self, peer: PeerKey) {
        self.changes.note(peer);
    }

    /// A session whose members are shown next, as they are now.
    pub(crate) fn shown(
        &mut self,
        now: Timestamp,
        peers: &Peers,
        id: SessionId,
    ) -> Option<&mut Session> {
        let session = self.open.get_mut(&id)?;
        session.read(now, peers, &mut self.changes);
        Some(session)
    }

    /// The messages to a peer were lost: what it delivered recently counts no more.
    pub(crate) fn forget_recent_deliveries(&mut self, peer: PeerKey, ids: &BTreeSet<SessionId>) {
        for id in ids {
            if let Some(member) = self.open.get_mut(id).and_then(|open| open.member_mut(peer)) {
                member.recent_deliveries = 0;
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
        let mut timed = [&self.held, &self.wakes, &self.timeouts].into_iter();
        let timed = timed.any(|deadlines| deadlines.of(id).is_some());
        let waits = self.dirty.contains(&id) || timed;
        let joined = self.of_disconnected.values().any(|joined| *joined == id);
        waits || joined || self.open.contains(&id)
    }

    /// Whether no session has a want; for the engine's own checks.
    pub(crate) fn is_idle(&self) -> bool {
        let waits = self.held.next().or_else(|| self.wakes.next()).is_some();
        !waits && self.open.values().all(Session::is_idle)
    }
}

/// Removes all references between a peer and a session.
fn leave(peers: &mut Peers, peer: PeerKey, id: SessionId) {
    if let Some(known) = peers.get_mut(peer) {
        known.sessions.remove(&id);
        known.timeouts.leeches &= !known.sessions.is_empty();
    }
}
