//! Hedging against peers that answer HAVE without sending the block: after each of them, more
//! holders are asked in parallel, so that the delay grows with the logarithm of their number.

use super::ClientRoom;
use super::ask::AskParams;
use super::wants::Want;
use crate::event::OwnAsk;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::peers::can_carry;
use crate::wire::WantKind;

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
        self.wants.mark_for_hedging(key);
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

    /// Sends want-blocks to further holders, in addition to those that the peer selector asked.
    pub(crate) fn send_hedges(&mut self) {
        for key in self.wants.take_for_hedging() {
            let session = self.wants.get(key).and_then(Want::session);
            if let Some(session) = session.filter(|session| self.may_hedge(*session, key)) {
                self.hedge(session, key);
            }
        }
    }

    /// Whether hedges may be sent for this want: only while its session gets no blocks, and for one
    /// want at a time, since the other wants follow the peer that sends this one.
    fn may_hedge(&self, session: SessionId, key: CidKey) -> bool {
        let Some(open) = self.sessions.get(session) else {
            return false;
        };
        let quiet = self.config.limits.held_back;
        let gets_blocks = open.last_block_at.is_some_and(|at| self.now < at.after(quiet));
        let is_asked = |probe: &CidKey| self.wants.get(*probe).is_some_and(Want::is_asked);
        !gets_blocks && open.probe.filter(is_asked).is_none_or(|probe| probe == key)
    }

    fn hedge(&mut self, session: SessionId, key: CidKey) {
        let Some((want, open)) = self.wants.get(key).zip(self.sessions.get(session)) else {
            return;
        };
        let hedges = self.config.tuning.hedges_per_broken_have;
        let goal = (want.haves_without_block as usize).saturating_mul(hedges);
        let goal = goal.min(self.config.limits.block_asks_in_doubt);
        let room = goal.saturating_sub(want.block_asks_open().len());
        let can_ask = |peer: &PeerKey| {
            let asked = want.asked(*peer);
            let is_asked = asked.is_some_and(|asked| asked.open && asked.kind == WantKind::Block);
            let known = self.peers.get(*peer);
            let capabilities = known.is_some_and(|known| {
                can_carry(known.capabilities.protocol, &want.cid, WantKind::Block)
            });
            open.is_member(*peer) && capabilities && !is_asked
        };
        let mut holders: Vec<PeerKey> = want.holders();
        holders.retain(can_ask);
        let count = holders.len();
        self.dice.sample(&mut holders, count);
        holders.sort_by_key(|peer| std::cmp::Reverse(self.first_blocks_from(*peer)));
        holders.truncate(room);
        if let Some(open) = self.sessions.get_mut(session) {
            open.probe = Some(key);
        }
        for peer in holders {
            let (kind, timeout, broadcast, ttl) = (WantKind::Block, None, false, None);
            let (own, reason) = (Some(OwnAsk::Hedge), OwnAsk::Hedge.name());
            let permitted = AskParams { kind, session, timeout, broadcast, ttl, own, reason };
            self.send_want(key, peer, permitted);
        }
    }

    fn first_blocks_from(&self, peer: PeerKey) -> u64 {
        self.peers.ledger.account(peer).map_or(0, |account| account.blocks_received_from)
    }
}
