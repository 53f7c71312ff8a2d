//! Leechers: peers that want what a session wants. They have nothing yet, and may have it sooner
//! than who is asked for it: they are members that are asked for HAVE first, and for a block only
//! after it. They keep a want-have in mind, and say HAVE when the block has come.

use super::ClientRoom;
use super::wants::Want;
use crate::event::OwnAsk;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::strategy::Ask;

impl ClientRoom<'_> {
    /// A peer wants a block that we lack: it joins the sessions that want it, too.
    pub(crate) fn wanted_by(&mut self, peer: PeerKey, key: CidKey) {
        // It could not be asked for HAVE.
        if self.peers.get(peer).is_none_or(|it| !it.capabilities.protocol.has_presences()) {
            return;
        }
        for id in self.wants.get(key).map(Want::sessions).into_iter().flatten() {
            if self.sessions.get(id).is_none_or(|it| it.leechers.len() >= Limits::LEECHERS) {
                continue;
            }
            self.join_session(id, peer);
            if let Some(open) = self.sessions.get_mut(id).filter(|open| open.is_member(peer)) {
                open.leechers.insert(peer);
                if let Some(known) = self.peers.get_mut(peer) {
                    known.timeouts.leeches = true;
                }
            }
        }
    }

    /// The wants that a session decides about now, at most so many: the oldest; among leechers what
    /// the fewest have of the first [`Limits::HORIZON`], any of equals, so that they have something
    /// for each other. The leechers are asked for HAVE of all these.
    pub(super) fn decided_next(&mut self, id: SessionId, limit: usize) -> Vec<CidKey> {
        let Some(open) = self.sessions.get(id) else {
            return Vec::new();
        };
        if open.leechers.is_empty() {
            return open.to_decide(limit);
        }
        let leechers: Vec<PeerKey> = open.leechers.iter().copied().collect();
        let mut wants = open.to_decide(Limits::HORIZON.max(limit));
        for (peer, want) in leechers.iter().flat_map(|peer| wants.iter().map(|want| (*peer, *want)))
        {
            let ask = Ask::have(want, peer, OwnAsk::Leecher.name());
            if self.is_allowed(id, &ask) {
                self.ask_for_engine(id, &ask, OwnAsk::Leecher);
            }
        }
        self.dice.sample(&mut wants, usize::MAX);
        wants.sort_by_cached_key(|key| self.wants.get(*key).map_or(0, |want| want.holders().len()));
        wants.truncate(limit);
        wants
    }
}
