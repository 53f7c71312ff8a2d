//! When a peer may be asked again. Those that answer HAVE without sending the block leave sessions
//! in which others send, and their HAVEs are ignored for some time.

use super::ClientRoom;
use super::wants::SentWant;
use crate::ids::{CidKey, PeerKey};
use crate::time::Timestamp;

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
        let asked = self.wants.asked(key, peer).filter(SentWant::is_undelivered);
        asked.is_some_and(|asked| self.now < self.retry_at(peer, &asked))
    }

    /// When a peer may be asked again after a backoff, and its HAVEs count again.
    pub(crate) fn retry_at(&self, peer: PeerKey, asked: &SentWant) -> Timestamp {
        let tuning = &self.config.tuning;
        let [first, .., last] = tuning.retry;
        let pause = if self.peers.get(peer).is_some_and(|known| known.feeds_since(asked.at)) {
            first
        } else if asked.block_not_delivered {
            // It may be the only holder, and busy: exponential backoff.
            first.saturating_mul(1 << asked.retries.min(tuning.retry_doublings)).min(last)
        } else {
            tuning.retry.get(asked.retries as usize).copied().unwrap_or(last)
        };
        asked.at.after(pause)
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

    fn first_blocks_from(&self, peer: PeerKey) -> u64 {
        self.peers.ledger.account(peer).map_or(0, |account| account.blocks_received_from)
    }
}
