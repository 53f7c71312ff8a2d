//! Room at peers: what no window holds (`peers::window`) waits in its session, and is asked of
//! whoever has room first. Sessions that wait for the same peer take turns.

use super::ClientRoom;
use super::sessions::Session;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::peers::Peer;
use crate::smoothed::BlockSizes;
use crate::tuning::Tuning;

impl ClientRoom<'_> {
    /// How many bytes an ask of a peer will probably bring: of a block as long as was told, else as
    /// those that came for the session, else as those of the peer; and with each DONT_HAVE of late
    /// half as likely, unless the peer said that it has it.
    pub(super) fn expected_bytes(
        &self,
        id: SessionId,
        (peer, known): (PeerKey, &Peer),
        key: CidKey,
    ) -> u64 {
        let Some((want, open)) = self.wants.get(key).zip(self.sessions.get(id)) else {
            return 0;
        };
        let codec = want.cid.codec();
        let others = || known.sizes.usual(codec).map(|mean| mean.max(Tuning::OTHERS_BYTES_LEAST));
        let known_bytes = want.told_bytes.map(u64::from).or_else(|| open.sizes.usual(codec));
        let bytes = known_bytes.or_else(others).unwrap_or_else(|| BlockSizes::guess(codec));
        let refusals = open.member(peer).map_or(0, |member| member.dont_haves_in_a_row);
        if refusals == 0 || want.is_held_by(peer) { bytes } else { bytes >> refusals.min(63) }
    }

    /// How many more blocks like this one a session may ask of a peer.
    pub(super) fn room_at(&self, session: SessionId, peer: PeerKey, key: CidKey) -> u32 {
        let known = self.peers.get(peer);
        known.map_or(0, |known| known.room(self.expected_bytes(session, (peer, known), key)))
    }

    /// How many more blocks like this one a session may ask of its members together, and which of
    /// them have no room for one.
    pub(super) fn rooms(&self, session: SessionId, key: CidKey) -> (usize, Vec<PeerKey>) {
        let members = self.sessions.get(session).map(Session::members).unwrap_or_default();
        let (mut all, mut full) = (0_usize, Vec::new());
        for member in members {
            match self.room_at(session, member.peer, key) {
                0 => full.push(member.peer),
                room => all = all.saturating_add(room as usize),
            }
        }
        (all, full)
    }

    /// Whether one of these peers, which have no room, may have a want.
    pub(super) fn may_be_with(&self, full: &[PeerKey], key: CidKey) -> bool {
        let want = self.wants.get(key);
        full.iter().any(|peer| want.is_some_and(|want| !want.is_lacked_by(*peer)))
    }

    /// A peer may have room again.
    pub(super) fn has_room_again(&mut self, peer: PeerKey) {
        if self.sessions.any_holds_back() && !self.roomy.contains(&peer) {
            self.roomy.push(peer);
        }
    }

    /// Asks the selectors of sessions that hold wants back, one after the other, until those have
    /// the room that peers got; true if any was asked.
    pub(super) fn take_turns(&mut self) -> bool {
        let mut any = false;
        while let Some(peer) = self.roomy.pop() {
            let mut first = None;
            for _ in 0..Limits::TURNS {
                let Some(known) = self.peers.get_mut(peer).filter(|known| known.room(1) > 0) else {
                    break;
                };
                let next = self.sessions.next_in_turn(&known.sessions, known.last_turn);
                // Once all had theirs, what room is left nobody wants.
                let Some(session) = next.filter(|_| first != next) else {
                    break;
                };
                first = first.or(next);
                known.last_turn = session;
                any = true;
                self.sessions.decides_now(session);
                while self.ask_selector(session) {}
            }
        }
        any
    }
}
