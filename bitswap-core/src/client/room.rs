//! Room at peers: what no window holds (`peers::window`) waits in its session, and is asked of
//! whoever has room first.

use super::ClientRoom;
use super::sessions::Session;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::smoothed::BlockSizes;
use crate::tuning::Tuning;

impl ClientRoom<'_> {
    /// How many bytes an ask of a peer will probably bring: of a block as long as was told, else as
    /// those that came for the session, else as those of the peer; and with each DONT_HAVE of late
    /// half as likely, unless the peer said that it has it.
    pub(super) fn expected_bytes(&self, id: SessionId, peer: PeerKey, key: CidKey) -> u32 {
        let asked = self.wants.get(key).zip(self.sessions.get(id)).zip(self.peers.get(peer));
        let Some(((want, open), known)) = asked else {
            return 0;
        };
        let codec = want.cid.codec();
        let others = || known.sizes.usual(codec).map(|mean| mean.max(Tuning::OTHERS_BYTES_LEAST));
        let known_bytes = want.told_bytes.map(u64::from).or_else(|| open.sizes.usual(codec));
        let bytes = known_bytes.or_else(others).unwrap_or_else(|| BlockSizes::guess(codec));
        let refusals = open.member(peer).map_or(0, |member| member.dont_haves_in_a_row);
        let halved = if want.is_held_by(peer) { 0 } else { refusals.min(63) };
        u32::try_from(bytes >> halved).unwrap_or(u32::MAX)
    }

    /// How many more blocks like this one a session may ask of a peer.
    pub(super) fn room_at(&self, session: SessionId, peer: PeerKey, key: CidKey) -> u32 {
        let known = self.peers.get(peer);
        known.map_or(0, |known| known.window.room(self.expected_bytes(session, peer, key).into()))
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
    pub(super) fn note_room(&mut self, peer: PeerKey) {
        if self.sessions.any_holds_back() && !self.roomy.contains(&peer) {
            self.roomy.push(peer);
        }
    }
}
