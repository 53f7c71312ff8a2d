//! Which line of which story each event is.

use std::sync::Arc;

use bitswap_core::strategy::{Admission, FullSessionView, Role, StrategySet};
use bitswap_core::{CidKey, Event, OwnAsk, PeerKey, Reached, SearchStep, Timestamp};

use super::story::{Happening, Line};
use super::{By, Trace, WANTS_PER_DIAL};

impl Trace {
    /// Notes an event of an engine with these strategies.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events are about other things")]
    pub(crate) fn note(&mut self, now: Timestamp, event: &Event, set: &StrategySet) {
        match event {
            Event::AskEnded { peer, want, kind, outcome, .. } => {
                let what = Happening::Answered(*kind, *outcome);
                self.tell_both(*want, *peer, &Line::new(now, what, By::NOBODY));
            }
            Event::AskMade { peer, want, kind, own, reason, .. } => {
                let by = match own {
                    Some(_) => By(None, reason),
                    None => By::strategy(set, Role::PeerSelector, reason),
                };
                let line = Line::new(now, Happening::Asked(*kind), by);
                self.tell_peer(*peer, line.clone());
                let line = line.about(*peer);
                let of_broadcast = *own == Some(OwnAsk::Broadcast);
                self.tell_want(*want, if of_broadcast { line.of_broadcast() } else { line });
            }
            Event::BlockUnawaited { peer, want } => {
                self.tell_both(*want, *peer, &Line::new(now, Happening::Late, By::NOBODY));
            }
            Event::LookupEnded { want, found, .. } => {
                self.tell_want(*want, Line::new(now, Happening::LookUpEnded(*found), By::NOBODY));
            }
            Event::WantEnded { want, outcome, .. } => self.end(now, *want, *outcome),
            Event::WantOpened { session, want } => self.open(now, *want, *session),
            Event::CandidatesNamed { want, named, joined, reason, .. } => {
                let by = By::strategy(set, Role::Registry, reason);
                self.tell_want(*want, Line::new(now, Happening::Named(*named, *joined), by));
            }
            Event::MemberReplaced { want, newcomer, evicted, reason, .. } => {
                let by = match reason {
                    Some(reason) => By::strategy(set, Role::PeerSelector, reason),
                    None => By(None, FullSessionView::LEAST_USEFUL),
                };
                let line = Line::new(now, Happening::Joined, by.clone());
                self.tell_want(*want, line.clone().about(*newcomer).about(*evicted));
                self.tell_peer(*newcomer, line);
                self.tell_peer(*evicted, Line::new(now, Happening::GaveWay, by));
            }
            Event::SearchStep { want, step, reason, .. } => {
                let what = match step {
                    SearchStep::Broadcast { peers } => Happening::Broadcast(*peers),
                    SearchStep::Candidates => Happening::Candidates,
                    SearchStep::GiveUp => Happening::GaveUp,
                    SearchStep::LookUp => Happening::LookUp,
                };
                let by = By::strategy(set, Role::ProviderFinder, reason);
                self.tell_want(*want, Line::new(now, what, by));
            }
            _ => self.note_of_peer(now, event, set),
        }
    }

    /// Notes an event that is about a peer, or its requests.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other events are about wants")]
    fn note_of_peer(&mut self, now: Timestamp, event: &Event, set: &StrategySet) {
        match event {
            Event::PeerConnected { peer, id } => {
                self.meet(now, *peer, *id, true);
                self.tell_peer(*peer, Line::new(now, Happening::Connected, By::NOBODY));
                for want in self.dialled.remove(peer).unwrap_or_default() {
                    let line = Line::new(now, Happening::Connected, By::NOBODY);
                    self.tell_want(want, line.about(*peer));
                }
            }
            Event::PeerDisconnected { peer } => {
                self.tell_peer(*peer, Line::new(now, Happening::Disconnected, By::NOBODY));
                self.leave(*peer);
            }
            Event::ProviderFound { want, peer, id, reached, .. } => {
                self.meet(now, *peer, *id, false);
                if *reached == Reached::Dialled || self.dialled.contains_key(peer) {
                    let wants = self.dialled.entry(*peer).or_default();
                    if wants.len() < WANTS_PER_DIAL {
                        wants.push(*want);
                    }
                }
                let line = Line::new(now, Happening::Provider(*reached), By::NOBODY);
                self.tell_both(*want, *peer, &line);
            }
            Event::RequestDecided { peer, kind, admission, .. } => {
                let what = match admission {
                    Admission::Defer { until, .. } => Happening::Deferred(*until),
                    Admission::Refuse { .. } => Happening::Refused,
                    Admission::Serve { .. } => Happening::Requested(*kind),
                };
                let by = By::strategy(set, Role::LedgerPolicy, admission.reason());
                self.tell_peer(*peer, Line::new(now, what, by));
            }
            Event::RequestEvicted { peer, .. } => {
                self.tell_peer(*peer, Line::new(now, Happening::Evicted, By::NOBODY));
            }
            Event::RequestServed { peer, want, bytes, .. } => {
                self.relayed.served(now, *want, *peer, *bytes);
                let line = Line::new(now, Happening::Served, By::NOBODY);
                self.tell_peer(*peer, line.of_blocks(1, (*bytes).into()));
            }
            Event::TurnTaken { peer, blocks, bytes, reason } => {
                let by = By::strategy(set, Role::TaskPrioritizer, reason);
                let line = Line::new(now, Happening::TurnTaken, by);
                self.tell_peer(*peer, line.of_blocks((*blocks).into(), *bytes));
            }
            _ => self.note_of_relay(now, event, set),
        }
    }

    /// Notes an event that is about a want that is forwarded for a requester.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other events are not told")]
    fn note_of_relay(&mut self, now: Timestamp, event: &Event, set: &StrategySet) {
        match event {
            Event::RelayAdmitted { requester, want, ttl } => {
                self.relayed.admitted(now, *want, *requester, *ttl);
            }
            Event::RelayAsked { peer, want, kind, ttl } => {
                let line = Line::new(now, Happening::RelayAsked(*kind, *ttl), By::NOBODY);
                self.relayed.tell(*want, line.about(*peer));
            }
            Event::RelayEnded { requester, want, outcome } => {
                self.relayed.ended(now, *want, *requester, *outcome);
            }
            Event::RelayPlanned { requester, want, to, ttl, reason } => {
                let is_kept = *to == 0;
                let what = if is_kept { Happening::NotRelayed } else { Happening::Relayed(*ttl) };
                let line = Line::new(now, what, By::strategy(set, Role::Registry, reason));
                let line = line.of_blocks((*to).into(), 0);
                self.tell_peer(*requester, line.clone());
                self.relayed.tell(*want, line.about(*requester));
            }
            _ => {}
        }
    }

    /// Remembers why the dial failed that the engine hears of next.
    pub(crate) fn dial_fails(&mut self, cause: String) {
        self.cause = Some(cause.into());
    }

    /// The engine hears that a provider cannot be reached.
    pub(crate) fn dial_failed(&mut self, now: Timestamp, peer: PeerKey) {
        let cause = self.cause.take().unwrap_or_else(|| Arc::from("it does not speak Bitswap"));
        let line = Line::new(now, Happening::DialFailed(cause), By::NOBODY);
        self.tell_peer(peer, line.clone());
        for want in self.dialled.remove(&peer).unwrap_or_default() {
            self.tell_want(want, line.clone().about(peer));
        }
    }

    fn tell_both(&mut self, want: CidKey, peer: PeerKey, line: &Line) {
        self.tell_peer(peer, line.clone());
        self.tell_want(want, line.clone().about(peer));
    }
}
