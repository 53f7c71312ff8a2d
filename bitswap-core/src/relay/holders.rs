//! Whom a relayed want is asked of, of those that answered HAVE: the peer selector's judgement, as
//! in a session of that one want. Owns nothing.

use super::RelayRoom;
use crate::answer_times::AnswerTimes;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::strategy::{Asks, PeerView, Presence, Role, SessionView, WantView};
use crate::wire::WantKind;

impl RelayRoom<'_> {
    /// The peer to ask for a relayed block next, for which room is kept then: `None` while one that
    /// is not late is at it, nobody else has it, or it waits for room. Of the nearest, the first
    /// where the selector names none: its silence stops no want.
    pub(super) fn next_holder(&mut self, key: CidKey) -> Option<PeerKey> {
        let entry = self.relay.get(key).filter(|entry| entry.is_block_wanted())?;
        let (opened_at, holders) = (entry.since, entry.idle_holders());
        let (hops, _) = *holders.first()?;
        let nearest = holders.iter().take_while(|(other, _)| *other == hops);
        let row = |(_, peer): &(u8, PeerKey)| {
            let room = self.peers.get(*peer).map(|known| known.window.room(known.block_bytes()))?;
            Some(PeerView { room, ..self.peers.view_of(self.now, *peer)? })
        };
        let peers: Vec<PeerView> = nearest.filter_map(row).collect();
        let first = peers.first()?.peer;
        if !self.relay.reserve(self.peers, key, first) {
            self.wait_for_room(key);
            return None;
        }
        if peers.len() == 1 {
            return Some(first);
        }
        let presence = if hops == 0 { Presence::Have } else { Presence::Reachable };
        let presences = vec![presence; peers.len()];
        let want = WantView { holders: peers.len() as u32, ..WantView::new(key, opened_at) };
        let view = SessionView {
            session: SessionId::RELAYED,
            opened_at,
            wants: &[want],
            peers: &peers,
            asked: &[],
            presences: &presences,
            pending_wants: 1,
            in_flight: &[],
            block_asks_in_flight: 0,
            blocks_received: 0,
            bytes_received: 0,
            duplicates: 0,
            block_bytes: None,
            last_progress_at: None,
            answer_times: &AnswerTimes::default(),
        };
        let mut asks = Asks::default();
        self.strategies.select(self.now, &view, &mut asks);
        for ask in asks.drain() {
            if ask.want != key || !peers.iter().any(|row| row.peer == ask.peer) {
                self.strategies.rejected(Role::PeerSelector, "unknown_peer");
            } else if ask.kind == WantKind::Block {
                self.strategies.decided(Role::PeerSelector, ask.reason);
                return Some(ask.peer);
            }
        }
        Some(first)
    }
}
