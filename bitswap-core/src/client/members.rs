//! Peers as the client half sees them: members of sessions, and asks in flight.

use std::collections::BTreeSet;
use std::time::Duration;

use super::ClientRoom;
use super::wants::Want;
use crate::event::Event;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::map::Table;
use crate::peers::PeerTimeouts;
use crate::strategy::{AskOutcome, FullSessionView, StrategyEvent};
use crate::wire::WantKind;

impl ClientRoom<'_> {
    /// A round-trip time was measured.
    pub(crate) fn peer_measured(&mut self, peer: PeerKey, round_trip: Duration) {
        self.timeouts.measured(self.peers, self.now, (peer, round_trip));
        self.sessions.peer_changed(peer);
    }

    /// Messages to a peer were lost: it is sent the whole wantlist again.
    pub(crate) fn peer_reset(&mut self, peer: PeerKey) {
        self.peers.resend_wants(self.now, peer);
        if let Some(known) = self.peers.get_mut(peer) {
            known.deliveries.reset(self.now);
            self.sessions.forget_recent_deliveries(peer, &known.sessions);
        }
        self.sessions.peer_changed(peer);
        self.strategies.notify(self.now, &StrategyEvent::PeerReset { peer });
    }

    /// A peer disconnected: the wants that it was asked for are decided about again.
    pub(crate) fn forget_peer(
        &mut self,
        peer: PeerKey,
        asked: Table<CidKey, ()>,
        sessions: BTreeSet<SessionId>,
        timeouts: PeerTimeouts,
    ) {
        self.timeouts.forget_peer(self.peers, peer, timeouts);
        self.sessions.forget_peer(peer, sessions);
        for (key, asked) in self.wants.forget_peer(peer, asked) {
            if let Some(asked) = asked.filter(|asked| asked.open) {
                self.ask_ended((peer, key), asked, AskOutcome::Disconnected);
            }
            self.decide_again(key);
        }
        self.strategies.notify(self.now, &StrategyEvent::PeerDisconnected { peer });
    }

    /// An ask was sent, or failed to be: its timeout, and the delay before a retry, start only now.
    pub(crate) fn want_sent(&mut self, peer: PeerKey, key: CidKey, kind: WantKind) {
        self.wants.sent(self.now, (key, peer), kind);
        let Some(asked) = self.wants.asked(key, peer) else { return };
        let waits = asked.open && kind == WantKind::Block && asked.kind == WantKind::Block;
        if waits {
            self.timeouts.start(self.peers, self.now, (peer, key), asked.timeout);
        }
    }

    /// A want-block found no room on its peer's wantlist.
    pub(crate) fn wait_for_room(&mut self, peer: PeerKey, key: CidKey) {
        if self.wants.asked(key, peer).is_some_and(|asked| asked.awaits_block()) {
            self.timeouts.wait_for_room(self.peers, self.now, (peer, key));
        }
    }

    /// The peers that have a want join a session that waits for it.
    pub(crate) fn join_holders(&mut self, key: CidKey, session: SessionId) {
        let holders = self.wants.get(key).map(Want::holders).unwrap_or_default();
        for peer in holders {
            self.join_session(session, peer);
        }
    }

    /// A peer becomes a member of a session, if there is room; false if not, or if it is one.
    pub(crate) fn join_session(&mut self, session: SessionId, peer: PeerKey) -> bool {
        // Nearly always it is one already.
        if self.sessions.get(session).is_none_or(|open| open.is_member(peer)) {
            return false;
        }
        let Some(row) = self.peers.view_of(self.now, peer) else {
            return false;
        };
        if !self.sessions.join(self.peers, session, row, self.config.limits.session_members) {
            return false;
        }
        let open = self.sessions.get(session).into_iter();
        let searched: Vec<_> = open.flat_map(|open| open.searched_wants(usize::MAX)).collect();
        for key in searched {
            // A peer with an open ask of a broadcast will answer it, perhaps with the block.
            if !self.wants.asked(key, peer).is_some_and(|asked| asked.open) {
                self.decide_again(key);
            }
        }
        true
    }

    /// If a session is full and none of its members has a want, a member gives its place to a peer
    /// that has it. That it does is a rule, since the want would not end otherwise; which member
    /// it is, the peer selector decides.
    pub(super) fn replace_member(&mut self, session: SessionId, key: CidKey) {
        let Some((open, want)) = self.sessions.get(session).zip(self.wants.get(key)) else {
            return;
        };
        let members = open.members();
        let is_full = members.len() >= self.config.limits.session_members;
        if !is_full || members.iter().any(|row| want.is_held_by(row.peer)) {
            return;
        }
        let believed = |holder: &PeerKey| open.accepts_have_from(*holder, want.order);
        let holder = want.holders().into_iter().find(believed);
        let Some(newcomer) = holder.and_then(|holder| self.peers.view_of(self.now, holder)) else {
            return;
        };
        let Some(open) = self.sessions.shown(self.now, self.peers, session) else {
            return;
        };
        let peers = open.members();
        let view = FullSessionView { session, want: key, newcomer: &newcomer, peers };
        let decided = self.strategies.evict(self.now, &view);
        let Some(evicted) = decided.map(|(peer, _)| peer).or_else(|| view.least_useful()) else {
            return;
        };
        let (newcomer, reason) = (newcomer.peer, decided.map(|(_, reason)| reason));
        self.sessions.leave(self.peers, session, evicted);
        self.join_session(session, newcomer);
        self.out.report(Event::MemberReplaced { session, want: key, newcomer, evicted, reason });
    }
}
