//! Broadcasts: want-haves that searches send to peers, and to peers that connect later.

use std::collections::BTreeSet;

use super::ClientRoom;
use super::ask::{AskParams, relay_ttl};
use super::search_state::chosen;
use super::searches::{BroadcastAsk, BroadcastParams};
use super::wants::{SentWant, Want};
use crate::config::RelayConfig;
use crate::event::{OwnAsk, SearchStep};
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::peers::{Peer, can_carry};
use crate::strategy::{PeerClass, PeerSet, Reason, Role, SearchView, StrategyEvent, WantSet};
use crate::time::Timestamp;
use crate::wire::WantKind;

impl ClientRoom<'_> {
    /// A peer connected, perhaps again: it is asked for wants that are searched for, and joins the
    /// sessions that it was found to have something for.
    pub(crate) fn peer_connected(&mut self, peer: PeerKey) {
        self.strategies.notify(self.now, &StrategyEvent::PeerConnected { peer });
        let former = self.sessions.take_disconnected(peer);
        for session in former.into_iter().chain(self.searches.dial_ended(peer)) {
            self.join_session(session, peer);
        }
        for (want, params) in self.wants_for_new_peer() {
            self.send_want_have(BroadcastAsk { want, peer, params }, OwnAsk::NewPeer);
        }
    }

    /// The wants to ask a new peer for: the oldest want of each session, then the second oldest of
    /// each, since a peer that has one may have the others. Wants without a want-block in flight
    /// come first.
    fn wants_for_new_peer(&mut self) -> Vec<(CidKey, BroadcastParams)> {
        let limit = self.config.limits.wants_for_a_new_peer;
        let first = self.dice.below(self.searches.len().max(1) as u64) as usize;
        let sessions = self.searches.for_new_peers(first).take(self.config.tuning.newcomer_scan);
        let wants = |(session, params): (SessionId, BroadcastParams)| {
            let known = self.wants_to_search(session, limit).into_iter();
            known.filter(|row| row.broadcast_at.is_some()).map(move |row| (row.want, params))
        };
        let mut turns: Vec<_> = sessions.map(wants).collect();
        let mut chosen = Vec::new();
        while !turns.is_empty() && chosen.len() < limit {
            turns.retain_mut(|wants| {
                let next = wants.next();
                chosen.extend(next);
                next.is_some()
            });
        }
        chosen.truncate(limit);
        chosen
    }

    /// Broadcasts wants of a search; false if all of them were broadcast at this moment already.
    pub(super) fn broadcast(
        &mut self,
        view: &SearchView,
        (wants, reason): (&WantSet, Reason),
        set: &PeerSet,
        ttl: Option<u8>,
    ) -> bool {
        let session = view.session;
        let is_old = |want: &CidKey| {
            self.wants.get(*want).is_none_or(|want| want.broadcast_at == Some(self.now))
        };
        let mut wants_to_send = chosen(view, wants);
        wants_to_send.retain(|want| !is_old(want));
        if wants_to_send.is_empty() {
            return false;
        }
        let params = BroadcastParams { ttl: ttl.map(|ttl| ttl.min(RelayConfig::MAX_TTL)) };
        let peers = self.members_of(set, Limits::PEER_SETS_DEPTH);
        let has_others = set.is_everybody() && peers.len() < self.peers.len();
        if let Some(search) = self.searches.get_mut(session) {
            let is_first = search.for_new_peers.is_none();
            search.others_left = has_others && (is_first || search.others_left);
            search.for_new_peers = set.is_everybody().then_some(params);
            if *wants == WantSet::All {
                search.broadcasts = view.broadcasts.saturating_add(1);
                search.last_broadcast_at = Some(self.now);
            }
        }
        for key in wants_to_send {
            self.out.stats.client.broadcasts += 1;
            self.read_again(key);
            if let Some(want) = self.wants.get_mut(key) {
                want.broadcast_at = Some(self.now);
                want.for_others = has_others.then_some(params);
            }
            let count = peers.len() as u32;
            let event = StrategyEvent::BroadcastMade { session, want: key, peers: count };
            self.strategies.notify(self.now, &event);
            self.step_taken((session, key), SearchStep::Broadcast { peers: count }, reason);
            self.searches.broadcast(key, &peers, params);
        }
        self.ask_of_broadcasts();
        true
    }

    /// Asks the next peers of broadcasts, as many as one input may; false if none.
    pub(super) fn ask_of_broadcasts(&mut self) -> bool {
        let mut any = false;
        while let Some(ask) = self.searches.next_of_broadcast() {
            any = true;
            self.send_want_have(ask, OwnAsk::Broadcast);
        }
        any
    }

    /// The connected peers of a set. Sets within sets count down to a `depth` of 0.
    fn members_of(&mut self, set: &PeerSet, depth: usize) -> Vec<PeerKey> {
        let Some(deeper) = depth.checked_sub(1) else {
            self.strategies.rejected(Role::ProviderFinder, "too_deep");
            return Vec::new();
        };
        let mut all: Vec<PeerKey> = self.peers.iter().map(|(key, _)| key).collect();
        let is_peered = |known: &Peer| known.class != PeerClass::Other;
        match set {
            PeerSet::All => {}
            PeerSet::List(listed) => {
                for _ in listed.iter().filter(|peer| !self.peers.contains(**peer)) {
                    self.strategies.rejected(Role::ProviderFinder, "unknown_peer");
                }
                all.retain(|peer| listed.contains(peer));
            }
            PeerSet::AtMost(count, set) => {
                all = self.members_of(set, deeper);
                self.dice.sample(&mut all, *count as usize);
                all.truncate(*count as usize);
            }
            PeerSet::Local => {
                all.retain(|peer| self.peers.get(*peer).is_some_and(|known| known.is_local));
            }
            PeerSet::Peered => {
                all.retain(|peer| self.peers.get(*peer).is_some_and(is_peered));
            }
            PeerSet::Random(count) => {
                self.dice.sample(&mut all, *count as usize);
                all.truncate(*count as usize);
            }
            PeerSet::Union(sets) => {
                let sets = sets.iter().take(Limits::PEER_SETS);
                let union: BTreeSet<_> =
                    sets.flat_map(|set| self.members_of(set, deeper)).collect();
                all.retain(|peer| union.contains(peer));
            }
            PeerSet::Useful => {
                all.retain(|peer| self.peers.get(*peer).is_some_and(|known| known.useful));
            }
            PeerSet::UsefulFirst(count) => {
                let is_likely = |known: &Peer| known.useful || is_peered(known);
                let is_other = |peer: &PeerKey| !self.peers.get(*peer).is_some_and(is_likely);
                let mut others: Vec<PeerKey> = all.iter().copied().filter(is_other).collect();
                let left_out = others.len().saturating_sub(*count as usize);
                let left_out: BTreeSet<_> =
                    self.dice.sample(&mut others, left_out).iter().collect();
                all.retain(|peer| !left_out.contains(peer));
            }
        }
        all
    }

    /// Sends a want-have, unless the peer was asked recently and the retry is not due.
    fn send_want_have(&mut self, ask: BroadcastAsk, why: OwnAsk) {
        let BroadcastAsk { want: key, peer, params } = ask;
        let Some((want, known)) = self.wants.get(key).zip(self.peers.get(peer)) else {
            return;
        };
        let protocol = known.capabilities.protocol;
        let asked = want.asked(peer);
        let is_old = |at: &Timestamp| {
            want.since <= *at && self.now < at.after(self.config.tuning.reconnect_grace)
        };
        if asked.is_none() && known.returned_at.as_ref().is_some_and(is_old) {
            return;
        }
        // A member that was asked as one looked only in its own store; a search has it relay.
        let ttl = if protocol.has_relay() { relay_ttl(want, self.sessions, params.ttl) } else { 0 };
        let goes_further = |asked: &SentWant| ttl > asked.ttl;
        let is_recent =
            |asked: &SentWant| self.now < self.retry_at(peer, asked) && !goes_further(asked);
        // What it sends may be this block: an ask of less would be one more of its answers. Not if
        // the ask made room on its wantlist for another.
        let [first_retry, ..] = self.config.tuning.retry;
        let sends = self.now < known.timeouts.heard_at.after(first_retry);
        let sends = sends && known.has_sent(key, WantKind::Block);
        let may_come = |asked: &SentWant| sends && asked.is_silent();
        let waits = |asked: &SentWant| asked.awaits_block() || is_recent(asked) || may_come(asked);
        if asked.is_some_and(waits) {
            return;
        }
        // The earlier ask may have waited for room all the time, and be in flight only now.
        if asked.is_some() && self.peers.is_being_sent(peer, key) {
            return;
        }
        // A peer without want-have in its protocol is asked for the block itself, one at a time.
        let kind = if protocol.has_presences() { WantKind::Have } else { WantKind::Block };
        let asked_elsewhere = kind == WantKind::Block && want.is_asked();
        if can_carry(protocol, &want.cid, kind) && !asked_elsewhere {
            self.ask_in_search((key, peer), kind, params, why);
        }
    }

    /// Continues a broadcast to all peers: asks the next peer without want-have in its protocol for
    /// the block itself, if no other one is being asked.
    pub(super) fn ask_next_without_have(&mut self, key: CidKey) {
        let Some(want) = self.wants.get(key).filter(|want| want.broadcast_at.is_some()) else {
            return;
        };
        let search = want.session().and_then(|session| self.searches.get(session));
        let Some(params) = search.and_then(|search| search.for_new_peers) else {
            return;
        };
        if want.is_asked() || self.peers.without_have() == 0 {
            return;
        }
        let others = self.peers.iter().filter(|(_, known)| {
            let protocol = known.capabilities.protocol;
            !protocol.has_presences() && can_carry(protocol, &want.cid, WantKind::Block)
        });
        let rested = |(asked, peer): &(Option<&SentWant>, PeerKey)| {
            asked.is_none_or(|asked| {
                let is_over = self.now >= self.retry_at(*peer, asked);
                want.broadcast_at > Some(asked.at) && is_over
            })
        };
        let asked = others.map(|(peer, _)| (want.asked(peer), peer));
        let rested = asked.filter(rested);
        let next = rested.map(|(asked, peer)| (asked.map(|asked| asked.at), peer)).min();
        if let Some((_, peer)) = next {
            self.ask_in_search((key, peer), WantKind::Block, params, OwnAsk::WithoutHave);
        }
    }

    fn ask_in_search(
        &mut self,
        (key, peer): (CidKey, PeerKey),
        kind: WantKind,
        params: BroadcastParams,
        why: OwnAsk,
    ) {
        let Some(session) = self.wants.get(key).and_then(Want::session) else {
            return;
        };
        let (timeout, own, reason) = (None, Some(why), why.name());
        let permitted = AskParams { kind, session, timeout, ttl: params.ttl, own, reason };
        self.send_want(key, peer, permitted);
    }
}
