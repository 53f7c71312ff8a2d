//! Searches: executes the steps that the provider finder chooses, and handles their results.

use std::collections::BTreeSet;
use std::time::Duration;

use libp2p_identity::PeerId;

use super::ClientRoom;
use super::ask::AskParams;
use super::phase::Phase;
use super::sessions::Session;
use super::wants::{SentWant, Want};
use crate::action::{Action, Failure};
use crate::event::{OwnAsk, WantOutcome};
use crate::ids::{CidKey, LookupId, PeerKey, SessionId};
use crate::limits::Limits;
use crate::map::Table;
use crate::peers::can_carry;
use crate::strategy::{PeerSet, Role, SearchView, Source, Step, StrategyEvent};
use crate::time::Timestamp;
use crate::wire::WantKind;

impl ClientRoom<'_> {
    /// Starts a search for a want that no member can serve.
    pub(crate) fn begin_search(&mut self, key: CidKey) {
        let Some(want) = self.wants.get(key) else {
            return;
        };
        if let Some(session) = want.session() {
            self.set_phase(key, Phase::Searching);
            self.searches.start(self.now, key);
            // Distrusted holders join, too, since there are no better ones.
            self.join_holders(key, session);
        }
    }

    /// Takes the next step of the searches that are due, until about `budget` actions came of it.
    /// False if nothing was done.
    pub(crate) fn step_searches(&mut self, budget: &mut usize) -> bool {
        let mut any = self.ask_of_broadcasts();
        while *budget > 0
            && !self.searches.is_broadcasting()
            && let Some(key) = self.searches.next_due()
        {
            any = true;
            let before = self.out.work();
            self.step_search(key);
            *budget = budget.saturating_sub(self.out.work() - before);
        }
        any
    }

    /// A peer connected, perhaps again: it is asked for wants that are searched for, and for those
    /// that it was found to provide.
    pub(crate) fn peer_connected(&mut self, peer: PeerKey) {
        self.strategies.notify(self.now, &StrategyEvent::PeerConnected { peer });
        for session in self.sessions.take_disconnected(peer) {
            self.join_session(session, peer);
        }
        for key in self.searches.dial_ended(peer) {
            self.join_sessions(key, peer);
            self.decide_again(key);
        }
        for key in self.wants_for_new_peer() {
            self.send_want_have(key, peer, OwnAsk::NewPeer);
        }
    }

    /// The wants to ask a new peer for: the oldest want of each session, then the second oldest of
    /// each, since a peer that has one may have the others. Wants without a want-block in flight
    /// come first.
    fn wants_for_new_peer(&mut self) -> Vec<CidKey> {
        let limit = self.config.limits.wants_for_a_new_peer;
        let first = self.dice.below(self.searches.len().max(1) as u64) as usize;
        let mut sessions: Table<SessionId, BTreeSet<(bool, u64, CidKey)>> = Table::default();
        for key in self.searches.for_new_peers(first).take(limit * self.config.tuning.newcomer_scan)
        {
            if let Some(want) = self.wants.get(key)
                && let Some(session) = want.session()
            {
                sessions.or_default(session).insert((want.is_asked(), want.order, key));
            }
        }
        let mut turns: Vec<_> = sessions.values().map(|wants| wants.iter()).collect();
        let mut chosen = Vec::new();
        while !turns.is_empty() && chosen.len() < limit {
            turns.retain_mut(|wants| {
                let next = wants.next().map(|(.., key)| *key);
                chosen.extend(next);
                next.is_some()
            });
        }
        chosen.truncate(limit);
        chosen
    }

    pub(crate) fn providers_found(&mut self, lookup: LookupId, peers: Vec<PeerId>) {
        let Some(key) = self.searches.want_of(lookup) else {
            self.out.stats.stray_inputs += 1;
            return;
        };
        if let Some(search) = self.searches.get_mut(key) {
            search.view.providers_found += peers.len() as u32;
        }
        self.searches.heard(key);
        self.out.stats.client.providers += peers.len() as u64;
        for id in peers.into_iter().take(Limits::PROVIDERS_PER_ANSWER) {
            let peer = self.keys.peer(&id);
            let event = StrategyEvent::ProviderFound { peer, want: key };
            self.strategies.notify(self.now, &event);
            self.note_provider(key, peer);
            if self.peers.contains(peer) {
                self.join_sessions(key, peer);
                self.decide_again(key);
            } else if self.searches.dial(peer, key) {
                self.out.act(Action::Connect { peer: id });
            }
        }
    }

    fn note_provider(&mut self, key: CidKey, peer: PeerKey) {
        if let Some(want) = self.wants.get_mut(key)
            && want.providers.len() < Limits::PROVIDERS_PER_WANT
            && !want.providers.contains(&peer)
        {
            want.providers.push(peer);
        }
    }

    pub(crate) fn lookup_ended(&mut self, lookup: LookupId) {
        let want = self.searches.want_of(lookup);
        if !self.searches.lookup_ends(lookup) {
            self.out.stats.stray_inputs += 1;
        }
        let Some(key) = want else {
            return;
        };
        let found = self.searches.get(key).map_or(0, |search| search.view.providers_found);
        self.strategies.notify(self.now, &StrategyEvent::LookupEnded { want: key, found });
        if self.searches.is_armed(key) {
            self.searches.wake_up(key);
        }
    }

    pub(crate) fn dial_failed(&mut self, id: &PeerId) {
        let peer = self.keys.peer(id);
        self.searches.dial_ended(peer);
    }

    fn step_search(&mut self, key: CidKey) {
        self.ask_next_without_have(key);
        for _ in 0..Limits::SEARCH_STEPS {
            let Some(view) = self.search_view(key) else {
                return;
            };
            match self.strategies.next_step(self.now, &view) {
                Step::Ask { source, max_providers, timeout, .. } if !view.lookup_running => {
                    self.look_up(key, source, max_providers, timeout);
                }
                Step::Broadcast { peers, .. } if view.last_broadcast_at != Some(self.now) => {
                    self.broadcast(key, &peers);
                }
                Step::Ask { .. } | Step::Broadcast { .. } => {
                    self.strategies.rejected(Role::ProviderFinder, "repeated_step");
                    self.searches.wait(self.now, key, self.now);
                    return;
                }
                Step::GiveUp { .. } => {
                    let until = self.wants.get(key).map(|want| want.searching_until);
                    match until.filter(|until| *until > self.now) {
                        Some(until) => self.searches.wait(self.now, key, until),
                        None => self.give_up(key),
                    }
                    return;
                }
                Step::WaitUntil { at, .. } => {
                    if at <= self.now {
                        self.strategies.rejected(Role::ProviderFinder, "past_moment");
                    }
                    self.searches.wait(self.now, key, at);
                    return;
                }
            }
        }
        self.strategies.rejected(Role::ProviderFinder, "no_progress");
        self.searches.wait(self.now, key, self.now.after(Duration::from_secs(1)));
    }

    /// The view of a search for its provider finder; `None` if there is nothing to search for now.
    fn search_view(&self, key: CidKey) -> Option<SearchView> {
        if self.wants.get(key).is_none_or(Want::is_asked) {
            return None;
        }
        let mut view = self.searches.get(key)?.view.clone();
        view.peers_connected = self.peers.len() as u32;
        let session = self.wants.get(key).and_then(Want::session);
        view.answer_time = self.sessions.get(session?).and_then(Session::answer_time);
        Some(view)
    }

    fn look_up(&mut self, key: CidKey, source: Source, max_providers: u32, timeout: Duration) {
        let Some(cid) = self.wants.get(key).map(|want| want.cid) else {
            return;
        };
        let lookup = LookupId(self.out.next_id());
        let timeout = timeout.min(Limits::LOOKUP);
        self.searches.lookup_begins(self.now, key, lookup);
        self.out.stats.client.lookups += 1;
        self.out.act(Action::Lookup { lookup, cid, source, max_providers, timeout });
    }

    fn broadcast(&mut self, key: CidKey, set: &PeerSet) {
        self.out.stats.client.broadcasts += 1;
        self.read_again(key);
        if let Some(search) = self.searches.get_mut(key) {
            search.view.broadcasts += 1;
            search.view.last_broadcast_at = Some(self.now);
            search.includes_new_peers = *set == PeerSet::All;
        }
        let peers = self.members_of(set);
        if let Some(session) = self.wants.get(key).and_then(Want::session) {
            let peers = peers.len() as u32;
            let event = StrategyEvent::BroadcastMade { session, want: key, peers };
            self.strategies.notify(self.now, &event);
        }
        self.searches.broadcast(key, peers);
        self.ask_of_broadcasts();
    }

    /// Asks the next peers of broadcasts, as many as one input may; false if none.
    fn ask_of_broadcasts(&mut self) -> bool {
        let mut any = false;
        while let Some((key, peer)) = self.searches.next_of_broadcast() {
            any = true;
            self.send_want_have(key, peer, OwnAsk::Broadcast);
        }
        any
    }

    fn members_of(&mut self, set: &PeerSet) -> Vec<PeerKey> {
        let mut all: Vec<PeerKey> = self.peers.iter().map(|(key, _)| key).collect();
        match set {
            PeerSet::All => {}
            PeerSet::List(listed) => {
                for peer in listed.iter().filter(|peer| !self.peers.contains(**peer)) {
                    debug_assert!(!all.contains(peer));
                    self.strategies.rejected(Role::ProviderFinder, "unknown_peer");
                }
                all.retain(|peer| listed.contains(peer));
            }
            PeerSet::Random(count) => {
                self.dice.sample(&mut all, *count as usize);
                all.truncate(*count as usize);
            }
            PeerSet::Useful => {
                all.retain(|peer| self.peers.get(*peer).is_some_and(|known| known.useful));
            }
        }
        all
    }

    /// Sends a want-have, unless the peer was asked recently and the retry is not due.
    fn send_want_have(&mut self, key: CidKey, peer: PeerKey, why: OwnAsk) {
        let Some((want, known)) = self.wants.get(key).zip(self.peers.get(peer)) else {
            return;
        };
        let Some(session) = want.session() else {
            return;
        };
        let asked = want.asked(peer);
        let is_old = |at: &Timestamp| {
            want.since <= *at && self.now < at.after(self.config.tuning.reconnect_grace)
        };
        if asked.is_none() && known.returned_at.as_ref().is_some_and(is_old) {
            return;
        }
        if asked.is_some_and(|asked| self.now < self.retry_at(peer, asked)) {
            return;
        }
        // The earlier ask may have waited for room all the time, and be in flight only now.
        if asked.is_some() && self.peers.is_being_sent(peer, key) {
            return;
        }
        let protocol = known.capabilities.protocol;
        // A peer without want-have in its protocol is asked for the block itself, one at a time.
        let kind = if protocol.has_presences() { WantKind::Have } else { WantKind::Block };
        let asked_elsewhere = kind == WantKind::Block && want.is_asked();
        if can_carry(protocol, &want.cid, kind) && !asked_elsewhere {
            self.ask_in_search((key, peer), kind, session, why);
        }
    }

    /// Continues a broadcast to all peers: asks the next peer without want-have in its protocol for
    /// the block itself, if no other one is being asked.
    fn ask_next_without_have(&mut self, key: CidKey) {
        let Some((want, search)) = self.wants.get(key).zip(self.searches.get(key)) else {
            return;
        };
        let Some(session) = want.session().filter(|_| search.includes_new_peers) else {
            return;
        };
        if want.is_asked() {
            return;
        }
        let others = self.peers.iter().filter(|(_, known)| {
            let protocol = known.capabilities.protocol;
            !protocol.has_presences() && can_carry(protocol, &want.cid, WantKind::Block)
        });
        let rested = |(asked, peer): &(Option<&SentWant>, PeerKey)| {
            asked.is_none_or(|asked| {
                let is_over = self.now >= self.retry_at(*peer, asked);
                search.view.last_broadcast_at > Some(asked.at) && is_over
            })
        };
        let asked = others.map(|(peer, _)| (want.asked(peer), peer));
        let rested = asked.filter(rested);
        let next = rested.map(|(asked, peer)| (asked.map(|asked| asked.at), peer)).min();
        if let Some((_, peer)) = next {
            self.ask_in_search((key, peer), WantKind::Block, session, OwnAsk::WithoutHave);
        }
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

    fn ask_in_search(
        &mut self,
        (key, peer): (CidKey, PeerKey),
        kind: WantKind,
        session: SessionId,
        why: OwnAsk,
    ) {
        let (timeout, broadcast, own, reason) = (None, true, Some(why), why.name());
        let permitted = AskParams { kind, session, timeout, broadcast, own, reason };
        self.send_want(key, peer, permitted);
    }

    /// Ends a want whose provider finder gave up; its callers are told.
    fn give_up(&mut self, key: CidKey) {
        let Some(want) = self.end_want(key, WantOutcome::Failed) else {
            return;
        };
        for interest in want.interest {
            self.fail_cid(interest.call, key, Failure::NotFound);
        }
    }
}
