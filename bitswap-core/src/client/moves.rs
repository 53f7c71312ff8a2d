//! Asks that wait are moved: a peer that has nothing to send takes over what waits longest in the
//! queues of others, in sessions that have nothing else to ask it for. It decides by bytes and
//! rates; who is asked first is the selectors'.

use std::time::Duration;

use super::ClientRoom;
use super::sessions::Session;
use super::wants::Want;
use crate::event::OwnAsk;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::strategy::{Ask, InFlight};

impl ClientRoom<'_> {
    /// Notes that a peer was asked for nothing more, or has something: it may take over asks of a
    /// session.
    pub(super) fn may_take_over(&mut self, peer: PeerKey, session: SessionId) {
        if self.is_free(peer) && !self.free.contains(&(peer, session)) {
            self.free.push((peer, session));
        }
    }

    /// A part of a block came from a peer: another one that has nothing to send may be sooner.
    pub(super) fn look_for_sooner(&mut self, slow: PeerKey) {
        let oldest = self.peers.get(slow).and_then(|known| known.timeouts.oldest());
        let want = oldest.and_then(|key| self.wants.get(key));
        for session in want.map(Want::sessions).into_iter().flatten() {
            let members = self.sessions.get(session).map(Session::members).unwrap_or_default();
            let free = members.iter().map(|member| member.peer).filter(|peer| self.is_free(*peer));
            let soonest = free.filter_map(|peer| Some((self.time_to_answer(peer, 1)?, peer))).min();
            if let Some((_, peer)) = soonest {
                self.may_take_over(peer, session);
            }
        }
    }

    /// Moves asks to the peers that have nothing to send.
    pub(super) fn move_waiting_asks(&mut self) {
        for (peer, session) in std::mem::take(self.free) {
            // What it takes over at once is what it has room for.
            let most = if self.is_free(peer) { Limits::MOVED_AT_ONCE } else { 0 };
            for _ in 0..most {
                let Some(ask) = self.ask_to_move(session, peer) else { break };
                // What comes already comes on: the tail of a fetch may come twice.
                if let Some(known) = self.peers.get_mut(ask.peer).filter(|it| it.window.asks > 1) {
                    known.window.taken_back = Some(self.now);
                    self.take_back(ask.peer, ask.want);
                }
                let moved = Ask::block(ask.want, peer, OwnAsk::Moved.name());
                self.ask_for_engine(session, &moved, OwnAsk::Moved);
            }
        }
    }

    /// A leecher has what waits at a peer that is no leecher, and sends it much sooner.
    pub(super) fn move_to_leecher(&mut self, to: PeerKey, key: CidKey) {
        let Some(want) = self.wants.get(key) else { return };
        let [from] = *want.block_asks_open() else { return };
        let session = want.session().filter(|id| self.can_take_over(*id, key, to));
        let Some(session) = session else { return };
        let Some(open) = self.sessions.get(session) else { return };
        let is_moved = |row: &InFlight| row.want == key && row.hedged;
        let leeches = |peer: PeerKey| open.leechers.contains(&peer);
        // The first one that it was asked for may come already.
        let first = self.peers.get(from).and_then(|known| known.timeouts.oldest());
        let stays = first == Some(key) || open.in_flight.shown().iter().any(is_moved);
        if !leeches(to) || leeches(from) || stays {
            return;
        }
        let times = self.time_to_answer(to, 1).zip(self.time_to_answer(from, 0));
        if times.is_some_and(|(to, from)| to.saturating_mul(2) < from) {
            self.take_back(from, key);
            self.ask_for_engine(session, &Ask::block(key, to, OwnAsk::Moved.name()), OwnAsk::Moved);
        }
    }

    fn is_free(&self, peer: PeerKey) -> bool {
        self.peers.get(peer).is_some_and(|it| it.window.asks == 0 && it.window.taken_back.is_none())
    }

    /// The ask of a session that waits longest elsewhere, if a peer would answer it much sooner.
    fn ask_to_move(&self, session: SessionId, to: PeerKey) -> Option<InFlight> {
        let open = self.sessions.get(session)?;
        if open.in_flight.is_empty() || open.to_decide_len() > 0 || !open.is_member(to) {
            return None;
        }
        let sooner = if open.leechers.is_empty() { 2 } else { Limits::SOONER_IN_A_CROWD };
        let least = self.time_to_answer(to, 1)?.saturating_mul(sooner) + Limits::SLOW_SEND;
        let others = open.members().iter().map(|member| member.peer).filter(|peer| *peer != to);
        let times = others.filter_map(|peer| Some((self.time_to_answer(peer, 0)?, peer)));
        let mut times: Vec<_> = times.filter(|(time, _)| *time > least).collect();
        times.sort_unstable();
        times.into_iter().rev().find_map(|(_, from)| {
            // What was moved is not moved again: between two peers it might never be late.
            let rows = open.in_flight.shown().iter().filter(|row| row.peer == from && !row.hedged);
            // The last one asked of a peer is the last one that it sends.
            rows.filter(|row| self.can_take_over(session, row.want, to))
                .max_by_key(|row| (row.since, row.want))
                .copied()
        })
    }

    fn can_take_over(&self, session: SessionId, key: CidKey, to: PeerKey) -> bool {
        let ask = Ask { hedge: true, ..Ask::block(key, to, OwnAsk::Moved.name()) };
        self.may_have(session, key, to) && self.is_allowed(session, &ask)
    }

    /// How long a peer takes for what it is asked for, and for so many blocks more; `None` if
    /// nothing is known of its rate, and it had no time to send anything.
    fn time_to_answer(&self, peer: PeerKey, more: u32) -> Option<Duration> {
        let known = self.peers.get(peer)?;
        let round_trip = known.round_trip.unwrap_or_default();
        let at_it = known.timeouts.at_it_since().map(|since| self.now.since(since));
        let at_it = at_it.map(|time| time.saturating_sub(round_trip.saturating_mul(3)));
        let Some(rate) = known.delivery_rate() else {
            // How far it is tells how soon it could have sent something.
            known.round_trip?;
            let untried = known.timeouts.untried(&self.config.timeouts);
            return at_it.filter(|time| !time.is_zero()).or_else(|| (more > 0).then_some(untried));
        };
        let more = known.block_bytes().saturating_mul(more.into());
        let bytes = known.window.bytes.saturating_add(more);
        let takes = Duration::from_micros(bytes.saturating_mul(1_000_000) / rate.max(1));
        Some((takes + round_trip).max(at_it.unwrap_or_default()))
    }
}
