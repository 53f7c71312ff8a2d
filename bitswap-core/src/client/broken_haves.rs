//! Peers that answer HAVE without sending the block: they leave sessions in which others send,
//! their HAVEs are ignored for some time, and the selector is asked again, which may hedge.

use super::ClientRoom;
use crate::ids::{CidKey, PeerKey};

impl ClientRoom<'_> {
    /// Notes that a peer answered HAVE and did not send the block when it was asked.
    pub(crate) fn have_without_block(&mut self, peer: PeerKey, key: CidKey) {
        // A peer that has sent us blocks is more likely slow than dishonest.
        if self.first_blocks_from(peer) > 0 {
            return;
        }
        let Some(want) = self.wants.get_mut(key) else {
            return;
        };
        want.haves_without_block += 1;
        let sessions = want.sessions();
        if let Some(first) = want.session() {
            self.sessions.mark_in_doubt(first);
        }
        for session in sessions {
            self.sessions.distrust(session, peer);
        }
    }

    /// Whether a peer that did not send a block is still in its backoff. Until then its HAVEs for
    /// the want are ignored: otherwise a peer that quickly answers HAVE would keep the search from
    /// going on.
    pub(crate) fn is_in_retry_pause(&self, peer: PeerKey, key: CidKey) -> bool {
        let asked = self.wants.get(key).and_then(|want| want.asked(peer));
        asked
            .is_some_and(|asked| asked.block_not_delivered && self.now < self.retry_at(peer, asked))
    }

    /// A peer answered HAVE: it joins every session that waits for the block, except those that
    /// distrust it because it sent no block where others did.
    pub(crate) fn join_holder(&mut self, key: CidKey, peer: PeerKey) {
        let Some(want) = self.wants.get(key) else {
            return;
        };
        let order = want.order;
        for session in want.sessions() {
            if self.sessions.get(session).is_some_and(|open| open.accepts_have_from(peer, order)) {
                self.join_session(session, peer);
            }
        }
    }

    /// Asks the selectors of sessions that a broken HAVE concerns, unless they decided since: they
    /// may hedge.
    pub(crate) fn ask_about_broken_haves(&mut self) {
        if !self.sessions.is_in_doubt() {
            return;
        }
        for id in self.sessions.take_in_doubt() {
            let Some(open) = self.sessions.get(id) else {
                continue;
            };
            if open.is_woken && !open.in_flight.is_empty() {
                self.select(id, &[]);
            }
        }
    }

    fn first_blocks_from(&self, peer: PeerKey) -> u64 {
        self.peers.ledger.account(peer).map_or(0, |account| account.blocks_received_from)
    }
}
