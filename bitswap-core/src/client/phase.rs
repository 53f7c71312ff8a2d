//! A want from one phase to the next, and to its end.

use super::ClientRoom;
use super::wants::Want;
use crate::action::Action;
use crate::event::{AskOutcome, Event, WantOutcome};
use crate::ids::{CidKey, SessionId};
use crate::out::Effect;
use crate::queues::Origin;
use crate::wire::WantKind;

/// What is being done about a want: always one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Our own store is asked, and nobody else is yet.
    OwnStore,
    /// The selector of its session is asked next.
    Undecided,
    /// The selector left it aside while others are asked.
    HeldBack,
    /// The finder looks for somebody who has it.
    Searching,
    /// A block ask is open or planned.
    Asked,
}

impl ClientRoom<'_> {
    /// A want is over: everybody who was asked is told, and nothing refers to it any more.
    pub(crate) fn end_want(&mut self, key: CidKey, outcome: WantOutcome) -> Option<Want> {
        let want = self.wants.get(key)?;
        let (session, order, phase) = (want.session(), want.order, want.phase());
        let asked: Vec<_> = want.asked_of().collect();
        for (peer, asked) in asked {
            let soon = asked.open && asked.kind == WantKind::Block;
            self.peers.queue_cancel(self.now, Origin::Local, (peer, key), soon);
            if asked.open {
                self.ask_ended((peer, key), asked, AskOutcome::Cancelled);
            }
        }
        if let Some(session) = session {
            self.sessions.strike(session, order, phase);
        }
        if let Some(lookup) = self.searches.end(key) {
            self.out.act(Action::StopLookup { lookup });
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

    /// Something changed for a want: unless somebody is asked for it, or to be asked, its selector
    /// decides again.
    pub(crate) fn decide_again(&mut self, key: CidKey) {
        let is_asked = |want: &Want| want.phase() == Phase::OwnStore || want.is_asked();
        if self.wants.get(key).is_some_and(|want| !is_asked(want)) {
            self.set_phase(key, Phase::Undecided);
        }
    }

    /// Somebody is asked for the block: neither selector nor search need care for now.
    pub(crate) fn is_asked_for(&mut self, key: CidKey) {
        self.set_phase(key, Phase::Asked);
        self.searches.pause(key);
    }

    /// The selector left a want aside: should no block come in time, the engine asks somebody.
    pub(crate) fn hold_back(&mut self, key: CidKey) {
        let until = self.now.after(self.config.limits.held_back);
        if let Some(session) = self.set_phase(key, Phase::HeldBack) {
            self.sessions.hold_until(session, until);
        }
    }

    /// A want stands in the list of its session that its phase names, and in no other; its session.
    pub(crate) fn set_phase(&mut self, key: CidKey, phase: Phase) -> Option<SessionId> {
        let (session, order, before) = self.wants.set_phase(key, phase)?;
        self.sessions.file(session, (order, key), before, phase);
        Some(session)
    }
}
