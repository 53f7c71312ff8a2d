//! Asks the peer selectors of sessions for decisions; wants that get no ask are searched for or
//! held back.

use super::ClientRoom;
use super::sessions::Session;
use super::wants::{Phase, Wants};
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::strategy::{Asks, Presence, Role, SessionView, WantView};
use crate::time::Timestamp;

/// Buffers that are reused for every view.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    asks: Asks,
    wants: Vec<WantView>,
    presences: Vec<Presence>,
}

impl ClientRoom<'_> {
    /// Asks the peer selectors of all sessions that have something to decide.
    pub(super) fn ask_selectors(&mut self) -> bool {
        let mut any = false;
        while let Some(session) = self.sessions.next_dirty() {
            any = true;
            while self.ask_selector(session) {}
        }
        any
    }

    /// Asks the selectors of sessions that hold wants back, one after the other, until those have
    /// the room that peers got; true if any was asked.
    pub(super) fn take_turns(&mut self) -> bool {
        let mut any = false;
        while let Some(peer) = self.roomy.pop() {
            let mut first = None;
            for _ in 0..Limits::TURNS {
                let Some(known) = self.peers.get_mut(peer).filter(|known| known.has_room()) else {
                    break;
                };
                let next = self.sessions.next_in_turn(&known.sessions, known.last_turn);
                // Once all had theirs, what room is left nobody wants.
                let Some(session) = next.filter(|_| first != next) else {
                    break;
                };
                first = first.or(next);
                known.last_turn = session;
                any = true;
                self.sessions.decides_now(session);
                while self.ask_selector(session) {}
            }
        }
        any
    }

    /// True if there is more to decide, and asking again will make progress.
    fn ask_selector(&mut self, id: SessionId) -> bool {
        let Some(session) = self.sessions.get(id) else {
            return false;
        };
        if session.to_decide_len() == 0 {
            return false;
        }
        self.searches.start(self.now, id);
        let has_members = !session.members().is_empty();
        if has_members && self.select_within_room(id) {
            self.hold_the_rest(id);
            return false;
        }
        let view = self.config.limits.session_view_wants;
        let keys = self.decided_next(id, view);
        if !has_members {
            self.decide_without_members(id, keys);
            return false;
        }
        let mut progress = false;
        let mut searches = self.config.limits.searches_per_session;
        let (_, full) = keys.first().map(|key| self.rooms(id, *key)).unwrap_or_default();
        for key in keys {
            progress |= self.set_aside(id, key, &full, &mut searches);
        }
        let more = self.sessions.get(id).is_some_and(Session::has_news);
        let goes_on = more && progress && searches > 0;
        if more && !goes_on {
            self.hold_the_rest(id);
        }
        goes_on
    }

    /// Passes a session to its peer selector, for as many wants as its members have room for, and
    /// again while it finds some; true if the session has asks in flight, and the rest waits.
    fn select_within_room(&mut self, id: SessionId) -> bool {
        let view = self.config.limits.session_view_wants;
        // Those that are oldest may be of no use to those that have room.
        let mut sees_all = false;
        let oldest = |open: &Session| open.to_decide(1).first().copied();
        while let Some(oldest) = self.sessions.get(id).and_then(oldest) {
            let (room, _) = self.rooms(id, oldest);
            if room == 0 {
                break;
            }
            let keys = self.decided_next(id, if sees_all { view } else { room.min(view) });
            let before = self.sessions.get(id).map_or(0, Session::to_decide_len);
            self.select(id, &keys);
            let left = self.sessions.get(id).map_or(0, Session::to_decide_len);
            if left == before && (sees_all || keys.len() == left.min(view)) {
                break;
            }
            sees_all |= left == before;
        }
        self.sessions.get(id).is_some_and(|open| open.block_asks_in_flight() > 0)
    }

    /// A session has no members: its selector may ask other peers, and the other wants are searched
    /// for.
    fn decide_without_members(&mut self, id: SessionId, mut keys: Vec<CidKey>) {
        if self.strategies.set().peer_selector.strategy.asks_outsiders() {
            self.select(id, &keys);
            keys.retain(|key| self.wants.get(*key).is_some_and(|want| !want.is_asked()));
        }
        self.search_for(id, &keys);
    }

    /// No member can be asked: starts searches for some wants; a peer that answers may have the
    /// others.
    fn search_for(&mut self, id: SessionId, keys: &[CidKey]) {
        let limit = self.config.limits.searches_per_session;
        for key in keys {
            let searched = self.sessions.get(id).map_or(0, Session::searched_len);
            let all = self.wants.in_phase(Phase::Searching);
            if searched == 0 || (searched < limit && all < limit) {
                self.begin_search(*key);
            } else {
                self.hold_back(*key);
            }
        }
        self.hold_the_rest(id);
    }

    /// Passes a session to its peer selector, and acts on the answer.
    pub(super) fn select(&mut self, id: SessionId, keys: &[CidKey]) {
        let mut scratch = std::mem::take(self.scratch);
        let Some(session) = self.sessions.shown(self.now, self.peers, id) else {
            return;
        };
        session.is_woken &= !session.in_flight.is_empty();
        let is_woken = std::mem::take(&mut session.is_woken);
        let session = &*session;
        let undecided = fill(&mut scratch, self.wants, session, keys);
        if is_woken {
            let asked = session.in_flight.wants(self.config.limits.session_view_wants);
            fill(&mut scratch, self.wants, session, &asked);
        }
        let (wants, asked) = scratch.wants.split_at(undecided);
        let view = SessionView {
            session: id,
            opened_at: session.opened_at,
            wants,
            asked,
            peers: session.members(),
            presences: &scratch.presences,
            pending_wants: session.to_decide_len() as u32,
            in_flight: session.in_flight.shown(),
            block_asks_in_flight: session.block_asks_in_flight(),
            blocks_received: session.blocks_received,
            bytes_received: session.bytes_received,
            duplicates: session.duplicates,
            block_bytes: session.block_bytes(),
            last_progress_at: session.last_block_at,
            answer_times: &session.answer_times,
        };
        self.strategies.select(self.now, &view, &mut scratch.asks);
        scratch.wants.clear();
        scratch.presences.clear();
        self.accept_asks(id, &mut scratch.asks);
        *self.scratch = scratch;
    }

    /// Acts on the answer of a peer selector.
    fn accept_asks(&mut self, id: SessionId, asks: &mut Asks) {
        let [least, most] = [Limits::SELECTOR_WAKE_LEAST, Limits::SELECTOR_WAKE_MOST];
        let clamped = |at: Timestamp| at.clamp(self.now.after(least), self.now.after(most));
        self.sessions.wake_selector(id, asks.wakes_at().map(clamped));
        let limit = self.config.limits.asks_per_answer;
        for (place, ask) in asks.drain().enumerate() {
            if place < limit {
                self.accept_ask(id, &ask);
            } else {
                self.strategies.rejected(Role::PeerSelector, "too_many");
            }
        }
    }

    /// Decides about a want that its peer selector gave no ask; true if it was decided. One that a
    /// member may have that is `full` waits. At most `searches` may start at once; the other wants
    /// wait as if they were held back.
    fn set_aside(
        &mut self,
        id: SessionId,
        key: CidKey,
        full: &[PeerKey],
        searches: &mut usize,
    ) -> bool {
        let Some(want) = self.wants.get(key) else {
            return true;
        };
        if want.is_asked() {
            return true;
        }
        let waits = want.awaits_answers() || self.may_be_with(id, full, key);
        if *searches == 0 || waits || self.is_with_a_member(id, key) {
            self.hold_back(key);
            return false;
        }
        *searches -= 1;
        self.begin_search(key);
        true
    }

    /// Whether a member of the session answered HAVE: then no search is needed.
    fn is_with_a_member(&self, id: SessionId, key: CidKey) -> bool {
        let Some((open, want)) = self.sessions.get(id).zip(self.wants.get(key)) else {
            return false;
        };
        want.asked_of().any(|(peer, asked)| asked.has == Some(true) && open.is_member(peer))
    }

    /// The view is full of wants that are held back: those that did not fit are held back, too.
    fn hold_the_rest(&mut self, id: SessionId) {
        let rest = self.sessions.get(id).map(Session::news).unwrap_or_default();
        for key in rest {
            self.hold_back(key);
        }
    }
}

/// Adds rows for wants of a session to the view of it; returns how many.
fn fill(scratch: &mut Scratch, wants: &Wants, open: &Session, keys: &[CidKey]) -> usize {
    let peers = open.members();
    let before = scratch.wants.len();
    for key in keys {
        let Some(want) = wants.get(*key) else {
            continue;
        };
        let mut row = WantView {
            priority: want.priority,
            failed_asks: want.failed_asks,
            broken_haves: want.haves_without_block,
            ..WantView::new(*key, want.since)
        };
        let all_unknown = want.was_asked_of_nobody() && want.providers.is_empty();
        if all_unknown && open.leechers.is_empty() && open.relays.is_empty() {
            let all = scratch.presences.len() + peers.len();
            scratch.presences.resize(all, Presence::Unknown);
        } else {
            for member in peers {
                let presence = open.presence(want, member.peer);
                row.holders += u32::from(matches!(presence, Presence::Have | Presence::Reachable));
                scratch.presences.push(presence);
            }
        }
        scratch.wants.push(row);
    }
    scratch.wants.len() - before
}
