//! Answers of peers: blocks, HAVE and DONT_HAVE.

use std::time::Duration;

use cid::Cid;
use smallvec::SmallVec;

use super::ClientRoom;
use super::arrivals::Arrival;
use super::sessions::Session;
use super::wants::{Phase, SaidBy, SentWant, Want};
use crate::block::Block;
use crate::event::{Event, OwnAsk, WantOutcome};
use crate::ids::{CidKey, HashKey, PeerKey, SessionId};
use crate::out::Effect;
use crate::strategy::{AskOutcome, StrategyEvent};
use crate::time::Timestamp;
use crate::wire::{BlockPresence, WantKind};

impl ClientRoom<'_> {
    /// Treats asks that timed out as answered by DONT_HAVE, and those that peers do not take.
    pub(crate) fn expire_asks(&mut self) {
        let Self { wants, sessions, .. } = self;
        let could_another = |peer: PeerKey, key: CidKey| {
            let Some(want) = wants.get(key) else { return true };
            let mut open = want.sessions().filter_map(|session| sessions.get(session));
            let others = |open: &Session| {
                let mut members = open.members().iter().map(|member| member.peer);
                members.any(|other| other != peer && open.may_be_with(want, other))
            };
            open.any(others)
        };
        let mut over = self.timeouts.expired(self.peers, self.now, could_another);
        while let Some(peer) = self.timeouts.pop_unwritten(self.peers, self.now) {
            let Some(known) = self.peers.get(peer) else { continue };
            let waits = |key: &CidKey| {
                self.wants.asked(*key, peer).as_ref().is_some_and(SentWant::awaits_block)
            };
            let unread = known.asked.keys().filter(|key| known.timeouts.running(**key).is_none());
            over.extend(unread.filter(|key| waits(key)).map(|key| (peer, *key)));
        }
        for (peer, key) in over {
            if let Some(asked) = self.wants.answered(key, peer) {
                self.ask_ended((peer, key), asked, AskOutcome::TimedOut);
                self.peers.want_timed_out(peer, key);
                self.receive_dont_have(peer, key);
                self.wants.set_said_by(key, peer, SaidBy::Timeout);
            }
        }
    }

    /// Bytes came of a message that is not whole yet.
    pub(crate) fn bytes_received(&mut self, peer: PeerKey, bytes: u64) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.bytes_received(self.now, bytes);
            self.sessions.peer_changed(peer);
        }
        self.timeouts.bytes_received(self.peers, self.now, peer, bytes);
        self.look_for_sooner(peer);
    }

    /// Receives a block that is wanted; adds what is to be stored to `arrivals`.
    pub(crate) fn receive_block(
        &mut self,
        peer: PeerKey,
        hash: HashKey,
        block: &Block,
        arrivals: &mut Vec<Arrival>,
    ) {
        let wanted: SmallVec<[CidKey; 1]> = self.wants.of_hash(hash).into();
        if let Some(known) = self.peers.get_mut(peer) {
            known.block_received(self.now, block.len() as u64);
            self.sessions.peer_changed(peer);
        }
        let sessions = wanted.iter().filter_map(|key| self.wants.get(*key));
        let mut sessions: SmallVec<[SessionId; 1]> = sessions.flat_map(Want::sessions).collect();
        sessions.sort_unstable();
        sessions.dedup();
        self.arrivals.remember(hash, sessions);
        self.out.stats.client.wanted.add(block.len());
        self.peers.ledger.received(self.now, peer, block.len() as u64);
        let received =
            wanted.into_iter().filter_map(|key| self.receive_wanted(peer, key, block.clone()));
        arrivals.extend(received);
    }

    fn receive_wanted(&mut self, peer: PeerKey, key: CidKey, block: Block) -> Option<Arrival> {
        let bytes = block.len() as u32;
        let asked = self.wants.answered(key, peer);
        let is_late = |late: &&SentWant| late.kind == WantKind::Block && late.is_silent();
        let late = || self.wants.get(key)?.asked(peer).filter(is_late).copied();
        let sent = if asked.is_some() {
            asked.filter(|asked| asked.kind == WantKind::Block)
        } else {
            late()
        };
        let sent = sent.map(|asked| (asked, bytes.into()));
        let after = self.timeouts.answered(self.peers, self.now, (peer, key), sent);
        self.peers.want_served(peer, key);
        if let Some(asked) = asked {
            if let Some((open, after)) = self.sessions.get_mut(asked.session).zip(after) {
                open.answered_after(after, self.config.tuning.answer_sample_most);
            }
            self.ask_ended((peer, key), asked, AskOutcome::Block);
        } else {
            self.out.report(Event::BlockUnawaited { peer, want: key });
        }
        let want = self.wants.get(key)?;
        let codec = want.cid.codec();
        if let Some(known) = self.peers.get_mut(peer) {
            known.useful = true;
            known.fed_us_at = Some(self.now);
            known.sizes.add(codec, bytes.into());
        }
        let session = asked.map(|asked| asked.session).or_else(|| want.session())?;
        let event = StrategyEvent::BlockReceived { session, peer, want: key, bytes, after };
        self.strategies.notify(self.now, &event);
        let until = self.now.after(self.config.limits.held_back);
        for session in self.wants.get(key)?.sessions() {
            self.sessions.trust(self.peers, session, peer, self.now);
            self.join_session(session, peer);
            if let Some(open) = self.sessions.get_mut(session) {
                open.block_received(peer, bytes.into());
                open.sizes.add(codec, bytes.into());
            }
            self.sessions.wake(session, Some(until));
        }
        if let Some((asked, _)) = sent {
            self.ask_again_for_skipped(peer, asked.at);
        }
        let want = self.end_want(key, WantOutcome::Received)?;
        self.may_take_over(peer, session);
        Some(Arrival::new(key, &want, block))
    }

    /// A peer sent a block that it was asked for at this time: what timed out of what it was asked
    /// before may be asked of it again. It may have been paused, or its connection dead.
    fn ask_again_for_skipped(&mut self, peer: PeerKey, asked_at: Timestamp) {
        let known = self.peers.get_mut(peer).filter(|known| known.timeouts.has_expired());
        let skipped = known.map(|known| known.timeouts.skipped(asked_at)).unwrap_or_default();
        for (_, key) in skipped {
            if self.wants.forget_silence(key, peer, asked_at) {
                self.decide_again(key);
            }
        }
    }

    /// Receives a block that is not wanted any more, or never was.
    pub(crate) fn receive_unwanted(&mut self, peer: PeerKey, hash: HashKey, bytes: usize) {
        if self.join_late(peer, hash) {
            self.out.stats.client.duplicate.add(bytes);
            self.peers.ledger.duplicate(self.now, peer, bytes as u64);
            let those = self.arrivals.came_for(hash).into_iter().flatten().copied();
            let session = those.clone().next();
            those.for_each(|id| self.sessions.duplicate_received(id, peer));
            if let Some(known) = self.peers.get_mut(peer) {
                known.block_received(self.now, bytes as u64);
                self.sessions.peer_changed(peer);
            }
            let bytes = bytes as u32;
            self.strategies
                .notify(self.now, &StrategyEvent::DuplicateReceived { session, peer, bytes });
        } else {
            self.out.stats.client.unasked.add(bytes);
            self.peers.ledger.unasked(self.now, peer, bytes as u64);
        }
    }

    /// A peer sent a block that another sent first: it joins the sessions that wanted the block.
    /// False if no block with that hash came recently.
    fn join_late(&mut self, peer: PeerKey, hash: HashKey) -> bool {
        let Some(sessions) = self.arrivals.came_for(hash).map(<[SessionId]>::to_vec) else {
            return false;
        };
        for session in sessions {
            self.sessions.restore_trust(self.peers, session, peer);
            self.join_session(session, peer);
        }
        true
    }

    /// Receives a presence; `is_relayed` if the peer was asked for a requester's want.
    pub(crate) fn receive_presence(
        &mut self,
        peer: PeerKey,
        (key, cid): (CidKey, &Cid),
        presence: BlockPresence,
        is_relayed: bool,
    ) {
        let has = presence.is_have();
        // A presence for a CID that the peer was not asked for is not relied on.
        let Some(asked) = self.wants.asked(key, peer) else {
            if has && !is_relayed {
                self.join_late(peer, self.config.keys().multihash(cid.hash()));
            }
            return;
        };
        if has && self.is_in_retry_pause(peer, key) {
            return;
        }
        if has {
            self.receive_have(peer, key, presence);
            self.out.effect(Effect::HaveHeard { want: key, hops: presence.hops() });
            return;
        }
        if let BlockPresence::Searching { for_ms, want_id } = presence
            && self.wants.get(key).is_some_and(|want| want.relay_id == Some(want_id))
            && !self.is_sooner_elsewhere(peer, key)
            && self.extend_timeout(peer, key, Duration::from_millis(for_ms.into()))
        {
            return;
        }
        // One DONT_HAVE per ask: it may be late, or answer each of two asks.
        self.timeouts.answered(self.peers, self.now, (peer, key), None);
        if let Some(open) = self.wants.answered(key, peer) {
            self.ask_ended((peer, key), open, AskOutcome::DontHave);
        }
        if !asked.open && asked.has == Some(false) {
            self.wants.set_said_by(key, peer, SaidBy::Peer);
        } else {
            let said = StrategyEvent::DontHaveReceived { session: asked.session, peer, want: key };
            self.strategies.notify(self.now, &said);
            self.receive_dont_have(peer, key);
        }
    }

    /// A peer answered DONT_HAVE but searches for the block: its timeout is extended. False if it
    /// has searched for the longest time allowed, or answered HAVE before: then it would only delay
    /// us.
    fn extend_timeout(&mut self, peer: PeerKey, key: CidKey, time: Duration) -> bool {
        let Some(asked) = self.wants.asked(key, peer) else { return false };
        let until = asked.at.after(self.config.relay.life);
        let time = time.min(self.config.relay.life).min(until.since(self.now));
        let relays = |open: &Session| open.relays.contains(&peer);
        let has_it =
            asked.has == Some(true) && !self.sessions.get(asked.session).is_some_and(relays);
        if time.is_zero() || has_it {
            return false;
        }
        self.out.stats.client.searching += 1;
        self.searches.heard(asked.session);
        self.wants.extend_timeout(key, peer, time);
        self.timeouts.extend(self.peers, self.now, (peer, key), time);
        if let Some(want) = self.wants.get_mut(key) {
            want.searching_until = want.searching_until.max(self.now.after(time));
        }
        true
    }

    /// Whether a member that need not search for it may have what a peer searches for.
    fn is_sooner_elsewhere(&self, peer: PeerKey, key: CidKey) -> bool {
        let Some(want) = self.wants.get(key) else { return false };
        let mut open = want.sessions().filter_map(|session| self.sessions.get(session));
        open.any(|open| {
            let mut members = open.members().iter().map(|member| member.peer);
            members.any(|other| {
                let searches = other == peer || open.relays.contains(&other);
                !searches && open.may_be_with(want, other)
            })
        })
    }

    fn receive_have(&mut self, peer: PeerKey, key: CidKey, presence: BlockPresence) {
        let elsewhere = matches!(presence, BlockPresence::Reachable { .. });
        let hops = presence.hops();
        self.wants.heard(key, peer, true, hops);
        // HAVE answers only a want-have; a want-block still waits for its block.
        let Some(asked) = self.wants.asked(key, peer) else { return };
        let answers = asked.open && asked.kind == WantKind::Have;
        if answers {
            self.wants.answered(key, peer);
            self.ask_ended((peer, key), asked, AskOutcome::Have);
        }
        if let Some(known) = self.peers.get_mut(peer) {
            known.useful = true;
        }
        let session = asked.session;
        let after = answers.then(|| self.now.since(asked.at));
        let event = StrategyEvent::HaveReceived { session, peer, want: key, after, hops };
        self.strategies.notify(self.now, &event);
        self.join_holder(key, peer);
        let asked = self.wants.get(key).map(Want::block_asks_open).unwrap_or_default();
        let others = asked.iter().copied().filter(|other| *other != peer);
        self.timeouts.are_not_alone(self.peers, self.now, others);
        for session in self.wants.get(key).map(Want::sessions).into_iter().flatten() {
            self.replace_member(session, key);
        }
        self.searches.have_received(session, hops);
        for session in self.wants.get(key).map(Want::sessions).into_iter().flatten() {
            if elsewhere && let Some(open) = self.sessions.get_mut(session) {
                open.relays.insert(peer);
            }
            if let Some(member) =
                self.sessions.get_mut(session).and_then(|open| open.member_mut(peer))
            {
                member.dont_haves_in_a_row = 0;
            }
        }
        self.move_to_leecher(peer, key);
        self.cancel_speculative_wants(peer, key);
        self.decide_again(key);
        self.may_take_over(peer, session);
    }

    /// A peer answered HAVE: cancels the want-blocks that were sent to other peers only because
    /// their protocol version has no want-have.
    fn cancel_speculative_wants(&mut self, holder: PeerKey, key: CidKey) {
        let Some(want) = self.wants.get(key) else {
            return;
        };
        let guesses = want.asked_of().filter(|(peer, asked)| {
            let is_guess = asked.own.is_some_and(OwnAsk::is_broadcast);
            asked.awaits_block() && is_guess && *peer != holder
        });
        let guesses: Vec<_> = guesses.map(|(peer, _)| peer).collect();
        for peer in guesses {
            self.take_back(peer, key);
        }
    }

    fn receive_dont_have(&mut self, peer: PeerKey, key: CidKey) {
        if self.wants.get(key).is_some_and(|want| want.is_held_by(peer)) {
            if let Some(known) = self.peers.get_mut(peer) {
                known.deliveries.broken_haves = known.deliveries.broken_haves.saturating_add(1);
            }
            self.sessions.peer_changed(peer);
            self.have_without_block(peer, key);
        }
        let is_have = self.peers.get_mut(peer).is_some_and(|known| known.lacked(key));
        self.wants.block_not_delivered(key, peer, is_have);
        self.wants.heard(key, peer, false, 0);
        let Some(want) = self.wants.get_mut(key) else {
            return;
        };
        let tells = |id: &SessionId| {
            let open = self.sessions.get(*id);
            open.is_none_or(|open| !open.leechers.contains(&peer))
        };
        let sessions: SmallVec<[SessionId; 1]> = want.sessions().filter(tells).collect();
        if sessions.is_empty() {
            // What it was asked besides tells nothing.
            if want.phase() == Phase::Asked {
                self.decide_again(key);
            }
            return;
        }
        want.failed_asks += 1;
        for session in sessions {
            let Some(member) =
                self.sessions.get_mut(session).and_then(|open| open.member_mut(peer))
            else {
                continue;
            };
            member.dont_haves_in_a_row += 1;
            let many = member.dont_haves_in_a_row > self.config.limits.dont_haves_in_a_row;
            if many && !self.holds_any_want(peer, session) {
                self.sessions.leave(self.peers, session, peer);
            }
            self.replace_member(session, key);
            self.sessions.wake(session, None);
        }
        self.decide_again(key);
    }

    fn holds_any_want(&self, peer: PeerKey, session: SessionId) -> bool {
        self.wants.held_by(self.peers, peer).any(|(_, want)| want.waits_in(session))
    }
}
