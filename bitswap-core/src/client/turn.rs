//! A turn of the client: the order of all that it does.
//!
//! After each input the engine calls, in this order, `expire` and `ask_for_all_held` if something
//! is due, `decide` until nothing is left to decide, and `finish_deciding`.

use cid::Cid;

use super::ClientRoom;
use super::wants::{Interest, Want, hash_kind};
use crate::action::{Action, Failure, ReadItem};
use crate::block::Block;
use crate::event::Event;
use crate::ids::{CidKey, SessionId};
use crate::strategy::Presence;

impl ClientRoom<'_> {
    /// Handles everything that is due: calls, answers, scheduled asks and searches.
    pub(crate) fn expire(&mut self) {
        self.expire_calls();
        self.expire_asks();
        self.send_scheduled_wants();
        self.searches.expire(self.now);
        self.wake_selectors();
    }

    /// Asks a peer for the wants that selectors held back for too long.
    pub(crate) fn ask_for_all_held(&mut self) {
        while let Some(session) = self.sessions.pop_held_too_long(self.now) {
            self.ask_for_held(session);
        }
    }

    /// Starts calls, asks peer selectors and provider finders; true if anything was done. Searches,
    /// and the ends of what they do not find, may cause about `budget` actions.
    pub(crate) fn decide(&mut self, budget: &mut usize) -> bool {
        let began = self.start_calls();
        let turns = self.take_turns();
        let decided = self.ask_selectors();
        let searched = self.step_searches(budget);
        let ended = self.end_wants_early(budget);
        began || turns || decided || searched || ended
    }

    /// Work that is done once, after all decisions on an input.
    pub(crate) fn finish_deciding(&mut self) {
        self.searches.put_off_rest(self.now);
        self.ask_about_broken_haves();
        self.move_waiting_asks();
    }

    /// Asks the selectors again that named this moment.
    fn wake_selectors(&mut self) {
        while let Some(id) = self.sessions.pop_wake(self.now) {
            let Some(open) = self.sessions.get_mut(id) else {
                continue;
            };
            open.is_woken = open.block_asks_in_flight() > 0;
            if open.to_decide_len() > 0 {
                self.sessions.wake(id, None);
            } else if open.is_woken {
                self.select(id, &[]);
            }
        }
    }

    /// A peer selector held wants back and no block came: the engine asks a peer itself.
    fn ask_for_held(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get(id) else {
            return;
        };
        let mut searches = self.config.limits.searches_per_session;
        // All wants, not only a view of them: nothing else would wake the others.
        for key in session.to_decide(usize::MAX) {
            let (_, full) = self.rooms(id, key);
            let Some((session, want)) = self.sessions.get(id).zip(self.wants.get(key)) else {
                continue;
            };
            let rank = |peer| match session.presence(want, peer) {
                Presence::Have => Some(0),
                Presence::Provider => Some(1),
                Presence::Unknown | Presence::Asked => Some(2),
                Presence::Reachable => Some(3),
                Presence::DontHave => None,
            };
            let members = session.members().iter().map(|member| member.peer);
            let ranked = members.filter_map(|peer| Some((rank(peer)?, peer)));
            let best = ranked.min_by_key(|(rank, peer)| (*rank, full.contains(peer)));
            if let Some((_, peer)) = best {
                self.ask_instead(key, peer, id);
            }
            if self.wants.get(key).is_none_or(Want::is_asked) {
                continue;
            }
            if searches == 0 || self.may_be_with(id, &full, key) {
                self.hold_back(key);
            } else {
                searches -= 1;
                self.begin_search(key);
            }
        }
    }

    /// Starts the CIDs for which calls have credit: the local store is read first. False if none
    /// started.
    pub(crate) fn start_calls(&mut self) -> bool {
        let mut to_read = Vec::new();
        let mut items = Vec::new();
        let mut any = false;
        while self.wants.len() < self.config.limits.open_wants {
            let Some((call, session, key, cid)) = self.calls.start_next() else {
                break;
            };
            any = true;
            self.sessions.waits(self.now, session, self.calls.started_len(session) == 1);
            if !Block::can_check(&cid) {
                self.fail_cid(call, key, Failure::Unverifiable);
            } else if self.start_want(Interest { session, call }, key, cid) {
                to_read.push(key);
                items.push(ReadItem { cid, size_only: false });
            }
        }
        if !items.is_empty() {
            let read = self.out.next_read();
            self.reads.insert(read, to_read);
            self.out.act(Action::Read { read, items });
        }
        if self.wants.len() >= self.config.limits.open_wants {
            self.look_without_room();
        }
        any
    }

    /// Adds a caller to a want; returns whether the want is new, so that the local store must be
    /// read.
    fn start_want(&mut self, interest: Interest, key: CidKey, cid: Cid) -> bool {
        if self.arrivals.attach(key, &cid, interest.call) {
            return false;
        }
        let kind = hash_kind(&cid);
        let session = self.sessions.open(self.now, interest.session);
        if session.hash_kinds.insert(kind) {
            self.wants.use_hash(kind);
        }
        let hash = self.config.keys().multihash(cid.hash());
        let priority = self.calls.get(interest.call).map_or(0, |open| open.priority);
        match self.wants.open(self.now, (key, cid, hash), interest, priority) {
            Some(true) => {
                if let Some(session) = self.sessions.get_mut(interest.session) {
                    session.pending += 1;
                }
                let told = self.calls.get(interest.call).and_then(|open| open.block_bytes);
                if let Some(want) = self.wants.get_mut(key) {
                    want.told_bytes = told;
                }
                self.out.stats.client.wants_started += 1;
                let session = interest.session;
                self.out.report(Event::WantOpened { session, want: key });
                true
            }
            Some(false) => {
                self.join_holders(key, interest.session);
                false
            }
            None => {
                self.fail_cid(interest.call, key, Failure::Unverifiable);
                false
            }
        }
    }

    /// Asks the selectors of sessions that a broken HAVE concerns, unless they decided since: they
    /// may hedge.
    pub(crate) fn ask_about_broken_haves(&mut self) {
        if !self.sessions.is_in_doubt() {
            return;
        }
        for id in self.sessions.take_in_doubt() {
            let Some(open) = self.sessions.get(id) else {
                continue;
            };
            if open.is_woken && !open.in_flight.is_empty() {
                self.select(id, &[]);
            }
        }
    }
}
