//! Room: what no window of a peer holds (`peers::window`), or what the store has no room for, waits
//! in its session, and is asked of whoever has room first.

use super::ClientRoom;
use super::arrivals::Arrivals;
use super::sessions::Session;
use super::wants::Want;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::peers::Peer;
use crate::smoothed::BlockSizes;
use crate::tuning::Tuning;

impl ClientRoom<'_> {
    /// How many bytes an ask of a peer will probably bring.
    pub(super) fn expected_bytes(&self, id: SessionId, peer: PeerKey, key: CidKey) -> u32 {
        let asked = self.wants.get(key).zip(self.sessions.get(id)).zip(self.peers.get(peer));
        let Some(((want, open), known)) = asked else {
            return 0;
        };
        let refusals = open.member(peer).map_or(0, |member| member.dont_haves_in_a_row);
        let bytes = expected(want, usual(want, open), (peer, known), refusals);
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// Whether a session may ask a peer for one more block.
    pub(super) fn has_room(&self, session: SessionId, peer: PeerKey, key: CidKey) -> bool {
        let bytes = self.expected_bytes(session, peer, key).into();
        let is_seeder = self.sessions.get(session).is_some_and(|it| it.only_seeder() == Some(peer));
        self.peers.get(peer).is_some_and(|known| room(self.arrivals, known, bytes, is_seeder) > 0)
    }

    /// How many more blocks like this one a session may ask of its members together, and which of
    /// them have no room for one; notes it in their rows.
    pub(super) fn rooms(&mut self, session: SessionId, key: CidKey) -> (usize, Vec<PeerKey>) {
        let (mut all, mut full) = (0_usize, Vec::new());
        let Some((want, open)) = self.wants.get(key).zip(self.sessions.get_mut(session)) else {
            return (all, full);
        };
        let (usual, seeder) = (usual(want, open), open.only_seeder());
        for row in open.members_mut() {
            let Some(known) = self.peers.get(row.peer) else { continue };
            let bytes = expected(want, usual, (row.peer, known), row.dont_haves_in_a_row);
            row.room = room(self.arrivals, known, bytes, seeder == Some(row.peer));
            all = all.saturating_add(row.room as usize);
            full.extend((row.room == 0).then_some(row.peer));
        }
        (all, full)
    }

    /// Whether one of these peers, which have no room, may have a want.
    pub(super) fn may_be_with(&self, session: SessionId, full: &[PeerKey], key: CidKey) -> bool {
        full.iter().any(|peer| self.may_have(session, key, *peer))
    }

    /// Whether a member of a session may have a want.
    pub(super) fn may_have(&self, id: SessionId, key: CidKey, peer: PeerKey) -> bool {
        let both = self.sessions.get(id).zip(self.wants.get(key));
        both.is_some_and(|(open, want)| open.may_be_with(want, peer))
    }

    /// A peer may have room again.
    pub(super) fn note_room(&mut self, peer: PeerKey) {
        let may_ask = self.sessions.any_holds_back() && !self.arrivals.is_full();
        if may_ask && !self.roomy.contains(&peer) {
            self.roomy.push(peer);
        }
    }
}

/// How many blocks more of this size a peer may be asked for. The only seeder of a crowd has a
/// choice whatever its window, since it sends first what it has sent least; what waits there is
/// moved to a leecher that says HAVE.
fn room(arrivals: &Arrivals, known: &Peer, bytes: u64, is_only_seeder: bool) -> u32 {
    let least = if is_only_seeder { Limits::ONLY_SEEDER_BLOCKS } else { 0 };
    let fits = known.window.room(bytes).max(least.saturating_sub(known.window.asks));
    if arrivals.is_full() { 0 } else { fits }
}

/// How long a block is, as was told, or else as those that came for the session; or else the least
/// that it counts as, whatever came of its peer for other sessions: only a few asks may be wrong.
fn usual(want: &Want, open: &Session) -> Result<u64, u64> {
    let known = want.told_bytes.map(u64::from).or_else(|| open.sizes.usual(want.cid.codec()));
    let is_new = open.block_asks_in_flight() < Tuning::USUAL_BLOCKS;
    known.ok_or(if is_new { 0 } else { Tuning::OTHERS_BYTES_LEAST })
}

/// How many bytes an ask of a peer will probably bring: a block that is as long as is `usual`, or
/// else as those of the peer; and with each DONT_HAVE of late half as likely, unless the peer said
/// that it has it.
fn expected(
    want: &Want,
    usual: Result<u64, u64>,
    (peer, known): (PeerKey, &Peer),
    refusals: u32,
) -> u64 {
    let codec = want.cid.codec();
    let others = |least: u64| known.sizes.usual(codec).map(|mean| mean.max(least));
    let bytes =
        usual.unwrap_or_else(|least| others(least).unwrap_or_else(|| BlockSizes::guess(codec)));
    // Those that timeouts stand for are none.
    let refusals = refusals.saturating_sub(known.deliveries.timeouts_in_a_row);
    let halved = if refusals == 0 || want.is_held_by(peer) { 0 } else { refusals.min(63) };
    bytes >> halved
}
