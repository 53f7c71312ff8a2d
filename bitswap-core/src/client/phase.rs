//! The phases of a want, up to its end, and how its asks end.

use super::ClientRoom;
use super::wants::{Phase, SentWant, Want};
use crate::action::Action;
use crate::event::{Event, WantOutcome};
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::out::Effect;
use crate::queues::Origin;
use crate::strategy::{AskOutcome, StrategyEvent};
use crate::wire::WantKind;

impl ClientRoom<'_> {
    /// Ends a want: cancels are sent to the peers that were asked, and all references are removed.
    pub(crate) fn end_want(&mut self, key: CidKey, outcome: WantOutcome) -> Option<Box<Want>> {
        let want = self.wants.get(key)?;
        let (session, order, phase) = (want.session(), want.order, want.phase());
        for (peer, asked) in self.wants.take_asked(key) {
            let Some(mut queue) = self.peers.outgoing(peer) else {
                continue;
            };
            queue.cancel(self.now, Origin::Local, key, asked.awaits_block());
            queue.known.asked.remove(&key);
            if asked.open {
                self.ask_ended((peer, key), asked, AskOutcome::Cancelled);
            }
        }
        if let Some(session) = session {
            self.sessions.strike(session, order, phase);
            self.leave_session(session);
        }
        let want = self.wants.close(self.peers, key)?;
        self.out.stats.client.want_ended(outcome);
        let after = self.now.since(want.since);
        self.out.report(Event::WantEnded { want: key, outcome, after });
        if !matches!(outcome, WantOutcome::Local | WantOutcome::Received) {
            self.out.effect(Effect::WantEnded { want: key });
        }
        Some(want)
    }

    /// A session has one want less. The search of a session that wants nothing ends.
    pub(crate) fn leave_session(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else {
            return;
        };
        session.pending = session.pending.saturating_sub(1);
        if session.pending == 0
            && let Some(lookup) = self.searches.end(id)
        {
            self.out.act(Action::StopLookup { lookup });
        }
    }

    /// Lets the peer selector decide about a want again, unless a want-block is in flight or
    /// scheduled.
    pub(crate) fn decide_again(&mut self, key: CidKey) {
        let is_asked = |want: &Want| want.phase() == Phase::OwnStore || want.is_asked();
        if self.wants.get(key).is_some_and(|want| !is_asked(want)) {
            self.set_phase(key, Phase::Undecided);
        }
    }

    /// A want-block was sent or scheduled: neither the selector nor the search acts for now.
    pub(crate) fn mark_asked(&mut self, key: CidKey) {
        self.set_phase(key, Phase::Asked);
        if let Some(want) = self.wants.get_mut(key) {
            want.search_knows = false;
        }
    }

    /// The peer selector gave a want no ask: if no block comes in time, the engine asks a peer
    /// itself.
    pub(crate) fn hold_back(&mut self, key: CidKey) {
        let until = self.now.after(self.config.limits.held_back);
        if let Some(session) = self.set_phase(key, Phase::HeldBack) {
            self.sessions.hold_until(session, until);
        }
    }

    /// Moves a want to another phase and to the list of that phase; returns its session.
    pub(crate) fn set_phase(&mut self, key: CidKey, phase: Phase) -> Option<SessionId> {
        let (session, order, before) = self.wants.set_phase(key, phase)?;
        self.sessions.file(session, (order, key), before, phase);
        Some(session)
    }

    /// Takes a want off a peer's wantlist before it answered.
    pub(super) fn take_back(&mut self, peer: PeerKey, key: CidKey) {
        if let Some(mut queue) = self.peers.outgoing(peer) {
            queue.cancel(self.now, Origin::Local, key, true);
        }
        if let Some(asked) = self.wants.answered(key, peer) {
            self.ask_ended((peer, key), asked, AskOutcome::Cancelled);
        }
    }

    /// Cancels a want at the peers that lacked the block, if another one is asked for it.
    pub(super) fn withdraw_refused(&mut self, key: CidKey) {
        let asked = self.wants.get(key).filter(|want| !want.block_asks_open().is_empty());
        for (peer, _) in asked.into_iter().flat_map(Want::asked_of).filter(|it| it.1.is_refused()) {
            if let Some(mut queue) = self.peers.outgoing(peer) {
                queue.cancel(self.now, Origin::Local, key, true);
            }
        }
    }

    /// An ask ended: its timeout is cancelled, and it is counted and reported.
    pub(crate) fn ask_ended(
        &mut self,
        (peer, want): (PeerKey, CidKey),
        asked: SentWant,
        outcome: AskOutcome,
    ) {
        self.out.stats.client.ask_ended(outcome);
        let after = self.now.since(asked.at);
        let SentWant { session, kind, .. } = asked;
        let event = StrategyEvent::AskEnded { session, peer, want, kind, outcome, after };
        self.strategies.notify(self.now, &event);
        self.out.report(Event::AskEnded { session, peer, want, kind, outcome, after });
        let mut known = self.peers.get_mut(peer);
        if known.as_mut().is_some_and(|known| known.deliveries.ask_ended(outcome)) {
            self.sessions.peer_changed(peer);
        }
        if kind == WantKind::Have {
            return;
        }
        self.sessions.ask_ended(session, want, peer);
        let Some(known) = known else {
            return;
        };
        self.timeouts.cancel(&mut known.timeouts, self.now, (peer, want));
        let came = outcome == AskOutcome::Block;
        known.window.taken_back.take_if(|at| came && asked.at >= *at);
        known.window.ended(asked.bytes, came.then_some(after));
        if known.window.asks == 0 {
            known.deliveries.rate.idle(self.now);
        }
        self.sessions.peer_changed(peer);
        self.note_room(peer);
    }
}
