//! Wants that end before their callers give up, since nobody is left to ask: which sessions want
//! that, and whether it is so. Searches for nothing.

use std::collections::BTreeMap;

use super::ClientRoom;
use super::searches::Searches;
use super::wants::{Interest, OwnStore, Phase, SentWant, Want};
use crate::action::{Answers, Failure};
use crate::deadlines::sooner;
use crate::event::{SearchStep, WantOutcome};
use crate::ids::{CidKey, SessionId};
use crate::limits::Limits;
use crate::time::Timestamp;

/// The sessions whose wants end early, and what keeps them from it.
#[derive(Debug, Default)]
pub(super) struct EarlyEnds {
    /// Whether there is a router for each of them to ask.
    sessions: BTreeMap<SessionId, bool>,
    /// Whether peers may connect that the engine did not ask for.
    peers_expected: bool,
    /// When the next silent peer is waited for no longer, or what was too much at once goes on.
    again_at: Option<Timestamp>,
}

/// Who may still have a want.
enum Left {
    Nobody,
    /// Only peers that are silent, until then.
    Silent(Timestamp),
    Somebody,
}

impl EarlyEnds {
    pub(super) fn add(&mut self, session: SessionId, has_router: bool) {
        self.sessions.insert(session, has_router);
    }

    pub(super) fn forget(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// Whether a want may end early for anybody, so that peers without it have to say so.
    pub(super) fn concern(&self, want: &Want) -> bool {
        want.interest.iter().any(|interest| self.sessions.contains_key(&interest.session))
    }

    pub(super) const fn next_deadline(&self) -> Option<Timestamp> {
        self.again_at
    }

    /// Sessions that search for something. Of those that search and those that end early, the fewer
    /// are gone through.
    fn searching(&self, searches: &Searches) -> Vec<(SessionId, bool)> {
        let early = |id: SessionId| Some((id, *self.sessions.get(&id)?));
        if searches.len() < self.sessions.len() {
            return searches.sessions().filter_map(early).take(Limits::EARLY_ENDS).collect();
        }
        let searching = self.sessions.keys().filter(|id| searches.get(**id).is_some());
        searching.filter_map(|id| early(*id)).take(Limits::EARLY_ENDS).collect()
    }
}

impl ClientRoom<'_> {
    pub(crate) fn expect_peers(&mut self, expected: bool) {
        self.early_ends.peers_expected = expected;
    }

    /// Ends the wants that are searched for and that nobody is left to ask for, until about
    /// `budget` actions came of it; false if there are none.
    pub(super) fn end_wants_early(&mut self, budget: &mut usize) -> bool {
        self.early_ends.again_at = None;
        if self.early_ends.peers_expected || self.wants.in_phase(Phase::Searching) == 0 {
            return false;
        }
        let mut any = false;
        for (session, has_router) in self.early_ends.searching(self.searches) {
            let Some(open) = self.sessions.get(session) else {
                continue;
            };
            let wants: Vec<CidKey> = open.searched_wants(Limits::EARLY_ENDS).collect();
            for key in wants {
                let again_at = match self.left_to_ask(session, key, has_router) {
                    Left::Nobody if self.ask_the_others(session, key) => {
                        any = true;
                        continue;
                    }
                    Left::Nobody if *budget > 0 => {
                        any = true;
                        let before = self.out.work();
                        self.end_early(session, key);
                        *budget = budget.saturating_sub(self.out.work() - before);
                        continue;
                    }
                    Left::Nobody => self.now.after(Limits::SEARCH_PAUSE),
                    Left::Silent(until) => until,
                    Left::Somebody => continue,
                };
                self.early_ends.again_at = sooner(self.early_ends.again_at, Some(again_at));
            }
        }
        any
    }

    /// Who is left to ask for a want of this session.
    fn left_to_ask(&self, session: SessionId, key: CidKey, has_router: bool) -> Left {
        let Some((want, search)) = self.wants.get(key).zip(self.searches.get(session)) else {
            return Left::Somebody;
        };
        let is_searched = want.looked_up_at.is_some()
            || !has_router && (want.broadcast_at.is_some() || self.peers.len() == 0);
        let is_open = want.phase() != Phase::Searching
            || want.own_store != OwnStore::Missing
            || !want.planned.is_empty()
            || search.lookup.is_some();
        let is_at_work = self.searches.is_at_work(session) || self.searches.is_dialing_for(session);
        if !is_searched || is_open || is_at_work {
            return Left::Somebody;
        }
        let Some(open) = self.sessions.get(session).filter(|open| open.former.is_empty()) else {
            return Left::Somebody;
        };
        let mut until = self.now;
        for (peer, asked) in want.asked_of() {
            let known = self.peers.get(peer);
            let feeds = known.is_some_and(|it| it.feeds_since(asked.at));
            let is_unsaid = asked.is_silent() || asked.losses > 0 && asked.has.is_none();
            if asked.has == Some(true) || is_unsaid && feeds {
                return Left::Somebody;
            }
            // Asked by a selector, a peer looks only in its own store; a search has it relay.
            let relays = known.is_some_and(|it| it.capabilities.protocol.has_relay());
            if relays && asked.ttl < open.ttl {
                return Left::Somebody;
            }
            if asked.is_silent() || asked.open {
                if known.is_some_and(|it| it.useful || it.timeouts.heard_at > asked.at) {
                    return Left::Somebody;
                }
                until = until.max(asked.at.after(Limits::SILENCE));
            }
            // A peer that relays has the last word when its search is over, or before.
            if asked.open {
                until = until.max(want.searching_until);
            }
        }
        if until > self.now { Left::Silent(until) } else { Left::Nobody }
    }

    /// Ends a want for those of its callers whose session ends early; it goes on for others.
    fn end_early(&mut self, session: SessionId, key: CidKey) {
        let Some((want, search)) = self.wants.get(key).zip(self.searches.get(session)) else {
            return;
        };
        let is_silent = |row: &(_, SentWant)| row.1.is_silent() || row.1.open;
        let silent = want.asked_of().filter(is_silent).count();
        let answers = Answers {
            dont_have: (want.asked_of().count() - silent) as u32,
            silent: silent as u32,
            disconnected: want.disconnected,
            lookups: search.lookups,
            providers: search.providers_found,
            unreachable: search.unreachable,
        };
        let sessions = &self.early_ends.sessions;
        let is_early = |interest: &&Interest| sessions.contains_key(&interest.session);
        let callers: Vec<Interest> = want.interest.iter().filter(is_early).copied().collect();
        self.step_taken((session, key), SearchStep::GiveUp, "nobody is left to ask");
        for Interest { call, .. } in callers {
            self.drop_interest(key, call, WantOutcome::Failed);
            self.fail_cid(call, key, Failure::NobodyLeft(answers));
        }
    }
}
