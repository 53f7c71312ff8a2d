//! What the client keeps of each peer: whom a session can ask, and whose answers are waited for.

use std::collections::BTreeSet;
use std::time::Duration;

use super::ClientRoom;
use super::sessions::Session;
use super::wants::{SentWant, Want};
use crate::event::AskOutcome;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::peers::PeerTimeouts;
use crate::strategy::{PeerView, StrategyEvent};
use crate::wire::WantKind;

impl ClientRoom<'_> {
    /// A round trip to a peer was measured.
    pub(crate) fn peer_measured(&mut self, peer: PeerKey, round_trip: Duration) {
        self.timeouts.measured(self.peers, peer, round_trip);
        self.refresh_member(peer);
    }

    /// A peer is gone: what it was asked is decided about again.
    pub(crate) fn forget_peer(
        &mut self,
        peer: PeerKey,
        asked: BTreeSet<CidKey>,
        sessions: BTreeSet<SessionId>,
        timeouts: PeerTimeouts,
    ) {
        self.timeouts.forget_peer(peer, timeouts);
        self.sessions.forget_peer(peer, sessions);
        for (key, asked) in self.wants.forget_peer(peer, asked) {
            if let Some(asked) = asked.filter(|asked| asked.open) {
                self.ask_ended((peer, key), asked, AskOutcome::Disconnected);
            }
            self.decide_again(key);
        }
        self.strategies.notify(self.now, &StrategyEvent::PeerDisconnected { peer });
    }

    /// An ask was written, or could not be: only now the wait for its answer begins, and the pause
    /// before it is made again.
    pub(crate) fn want_sent(&mut self, peer: PeerKey, key: CidKey, kind: WantKind) {
        self.wants.sent(self.now, (key, peer), kind);
        let Some(asked) = self.wants.get(key).and_then(|want| want.asked(peer)) else {
            return;
        };
        let waits = asked.open && kind == WantKind::Block && asked.kind == WantKind::Block;
        if waits {
            self.timeouts.start(self.peers, self.now, (peer, key), asked.timeout);
        }
    }

    /// A block ask found no room on its peer's list.
    pub(crate) fn wait_for_room(&mut self, peer: PeerKey, key: CidKey) {
        let asked = self.wants.get(key).and_then(|want| want.asked(peer));
        if asked.is_some_and(SentWant::awaits_block) {
            self.timeouts.wait_for_room(self.peers, self.now, (peer, key));
        }
    }

    /// A peer joins every session that waits for `key`.
    pub(crate) fn join_sessions(&mut self, key: CidKey, peer: PeerKey) {
        let sessions = self.wants.get(key).map(Want::sessions).into_iter().flatten();
        for session in sessions {
            self.join_session(session, peer);
        }
    }

    /// A second session waits for a want: those who have it join.
    pub(crate) fn join_holders(&mut self, key: CidKey, session: SessionId) {
        let holders = self.wants.get(key).map(Want::holders).unwrap_or_default();
        for peer in holders {
            self.join_session(session, peer);
        }
    }

    pub(crate) fn join_session(&mut self, session: SessionId, peer: PeerKey) -> bool {
        let Some(known) = self.peers.get(peer) else {
            return false;
        };
        let row = PeerView {
            peer,
            first_deliveries: 0,
            dont_haves_in_a_row: 0,
            block_asks_in_flight: known.block_asks_in_flight,
            answer_time: known.timeouts.answer_time.value(),
            round_trip: known.round_trip,
        };
        if !self.sessions.join(self.peers, session, row, self.config.limits.session_members) {
            return false;
        }
        let searched = self.sessions.get(session).map(Session::searched_wants).unwrap_or_default();
        for key in searched {
            // What it was asked in a broadcast it is about to answer, perhaps with the block.
            let asked = self.wants.get(key).and_then(|want| want.asked(peer));
            if !asked.is_some_and(|asked| asked.open) {
                self.decide_again(key);
            }
        }
        true
    }

    /// Rows of this peer in sessions' views follow what is known of it.
    pub(super) fn refresh_member(&mut self, peer: PeerKey) {
        if let Some(known) = self.peers.get(peer) {
            self.sessions.update_peer(peer, known);
        }
    }
}
