//! Searches: executes the steps that the provider finder chooses.

use std::time::Duration;

use super::ClientRoom;
use super::search_state::chosen;
use super::wants::Phase;
use crate::action::Failure;
use crate::event::{Event, SearchStep, WantOutcome};
use crate::ids::{CidKey, SessionId};
use crate::limits::Limits;
use crate::strategy::{Reason, Role, SearchView, Step, WantSet};
use crate::time::Timestamp;

impl ClientRoom<'_> {
    /// Lets the search of its session find a want that no member can serve.
    pub(crate) fn begin_search(&mut self, key: CidKey) {
        let Some(want) = self.wants.get_mut(key) else {
            return;
        };
        let Some(session) = want.session() else {
            return;
        };
        let is_news = !std::mem::replace(&mut want.search_knows, true);
        self.set_phase(key, Phase::Searching);
        // Distrusted holders join, too, since there are no better ones.
        self.join_holders(key, session);
        self.ask_next_without_have(key);
        self.ask_the_others(session, key);
        if is_news {
            self.searches.wake_up(session);
        }
    }

    /// Takes the next step of the searches that are due, until about `budget` actions came of it.
    /// False if nothing was done.
    pub(crate) fn step_searches(&mut self, budget: &mut usize) -> bool {
        let mut any = self.ask_of_broadcasts();
        while *budget > 0
            && !self.searches.is_broadcasting()
            && let Some(session) = self.searches.next_due()
        {
            any = true;
            let before = self.out.work();
            self.step_search(session, *budget);
            *budget = budget.saturating_sub(self.out.work() - before);
        }
        any
    }

    fn step_search(&mut self, session: SessionId, budget: usize) {
        for _ in 0..Limits::SEARCH_STEPS {
            let Some(view) = self.search_view(session) else {
                return;
            };
            let step = self.strategies.next_step(self.now, &view);
            self.searches.decided(session, step.reason());
            if let Step::WaitUntil { at, .. } = step {
                if at <= self.now {
                    self.strategies.rejected(Role::ProviderFinder, "past_moment");
                }
                self.searches.wait(self.now, session, at);
                return;
            }
            if !self.take_step(&view, step, budget) {
                return;
            }
        }
        self.strategies.rejected(Role::ProviderFinder, "no_progress");
        self.searches.wait(self.now, session, self.now.after(Duration::from_secs(1)));
    }

    /// Takes a step that is no wait; false if the finder is not asked for the next one at once.
    fn take_step(&mut self, view: &SearchView, step: Step, budget: usize) -> bool {
        let (session, reason) = (view.session, step.reason());
        let is_done = match step {
            Step::Candidates { want, limit, .. } if !view.candidates_asked => {
                self.step_taken((session, want), SearchStep::Candidates, reason);
                if self.ask_registry(session, want, limit) {
                    // The peer selector decides about the wants first.
                    self.searches.wait(self.now, session, self.now);
                    return false;
                }
                true
            }
            Step::Ask { want, source, max_providers, timeout, .. }
                if !view.lookup_running && view.wants.iter().any(|it| it.want == want) =>
            {
                self.step_taken((session, want), SearchStep::LookUp, reason);
                self.look_up((session, want), source, max_providers, timeout);
                true
            }
            Step::Broadcast { wants, peers, ttl, reason } => {
                self.broadcast(view, (&wants, reason), &peers, ttl)
            }
            Step::GiveUp { wants, reason } => {
                return self.give_up_some(view, (&wants, reason), budget);
            }
            Step::Candidates { .. } | Step::Ask { .. } | Step::WaitUntil { .. } => false,
        };
        if !is_done {
            self.strategies.rejected(Role::ProviderFinder, "repeated_step");
            self.searches.wait(self.now, session, self.now);
        }
        is_done
    }

    /// The view of a session's search for its provider finder; `None` if there is none.
    fn search_view(&self, id: SessionId) -> Option<SearchView> {
        let (search, session) = self.searches.get(id).zip(self.sessions.get(id))?;
        // A part of a block is as good as a block.
        let longest = self.config.timeouts.max;
        let heard_at = self.sessions.heard_at((self.peers, self.wants, longest), id);
        let last_block_at = session.last_block_at.max(heard_at.map(|at| at.min(self.now)));
        // Those that came before the last block do not count any more.
        let is_over = last_block_at > search.last_broadcast_at;
        let view = SearchView {
            wants: self.wants_to_search(id, Limits::SEARCH_VIEW_WANTS),
            pending: session.pending,
            in_flight: session.block_asks_in_flight(),
            members: session.members().len() as u32,
            peers_connected: self.peers.len() as u32,
            candidates_asked: session.registry_asked,
            broadcasts: if is_over { 0 } else { search.broadcasts },
            last_broadcast_at: search.last_broadcast_at,
            others_left: search.others_left,
            lookups: search.lookups,
            last_lookup_at: search.last_lookup_at,
            lookup_running: search.lookup.is_some(),
            providers_found: search.providers_found,
            haves: search.haves,
            relayed_haves: search.relayed_haves,
            last_block_at,
            quiet_rounds: search.quiet_rounds,
            answer_time: session.answer_time(),
            ..SearchView::new(id, search.started_at)
        };
        Some(view)
    }

    /// Gives up wants that are searched for, as many as one input may; false if the search waits or
    /// ended.
    fn give_up_some(
        &mut self,
        view: &SearchView,
        (wants, reason): (&WantSet, Reason),
        budget: usize,
    ) -> bool {
        let (session, before) = (view.session, self.out.work());
        let (mut any, mut until) = (false, None);
        for key in chosen(view, wants) {
            let Some(want) = self.wants.get(key).filter(|want| want.phase() == Phase::Searching)
            else {
                continue;
            };
            if want.searching_until > self.now {
                until = until.into_iter().chain([want.searching_until]).min();
                continue;
            }
            any = true;
            self.step_taken((session, key), SearchStep::GiveUp, reason);
            self.give_up(key);
            if self.out.work() - before >= budget {
                self.searches.wake_up(session);
                return false;
            }
        }
        if !any {
            self.searches.wait(self.now, session, until.unwrap_or(Timestamp::NEVER));
        }
        any
    }

    /// Ends a want whose provider finder gave up; its callers are told.
    pub(super) fn give_up(&mut self, key: CidKey) {
        let Some(want) = self.end_want(key, WantOutcome::Failed) else {
            return;
        };
        for interest in want.interest {
            self.fail_cid(interest.call, key, Failure::NotFound);
        }
    }

    /// Asks the registry for candidates; true if a peer joined.
    fn ask_registry(&mut self, id: SessionId, key: CidKey, limit: usize) -> bool {
        if let Some(session) = self.sessions.get_mut(id) {
            session.registry_asked = true;
        }
        let limit = limit.min(Limits::CANDIDATES);
        let (peers, reason) = self.strategies.candidates(self.now, key, limit);
        let (named, mut joined) = (peers.len() as u32, 0);
        for peer in peers {
            if self.peers.contains(peer) {
                joined += u32::from(self.join_session(id, peer));
            } else {
                self.strategies.rejected(Role::Registry, "unknown_peer");
            }
        }
        self.out.report(Event::CandidatesNamed { session: id, want: key, named, joined, reason });
        if joined > 0 {
            // Also a want whose broadcast the candidate has not answered.
            self.decide_again(key);
        }
        joined > 0
    }
}
