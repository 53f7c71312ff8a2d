//! Sends asks: every decision of a peer selector is checked here before it takes effect.
//!
//! An ask that is not allowed is dropped and counted by cause; a value out of range is clamped.

use std::num::NonZero;
use std::time::Duration;

use super::ClientRoom;
use super::sessions::{Session, Sessions};
use super::wants::{Interest, Phase, SaidBy, ScheduledWant, SentWant, Want};
use crate::chance::Chance;
use crate::config::RelayConfig;
use crate::event::{Event, OwnAsk};
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::peers::{Peer, can_carry};
use crate::queues::{Origin, WantlistEntry};
use crate::strategy::{Ask, AskOutcome, InFlight, PeerView, Reason, Role, StrategyEvent};
use crate::wire::{RelayHeader, WantKind};

/// The parameters of an ask that was checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AskParams {
    pub(crate) kind: WantKind,
    pub(crate) session: SessionId,
    pub(crate) timeout: Option<Duration>,
    /// The TTL at a peer that relays, in hops; `None` = the session's own.
    pub(crate) ttl: Option<u8>,
    /// Why the engine sends the ask itself, if no peer selector decided it.
    pub(crate) own: Option<OwnAsk>,
    /// Why the peer is asked.
    pub(crate) reason: Reason,
}

/// Why a peer is not asked whose window is full.
const NO_ROOM: &str = "full";

/// What the peer of an ask is to the session that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Membership {
    Member,
    /// It joins if the ask is allowed.
    Outsider,
}

impl ClientRoom<'_> {
    /// Sends or schedules one ask of a session's peer selector, if it is allowed.
    pub(crate) fn accept_ask(&mut self, session: SessionId, ask: &Ask) {
        match self.examine(session, ask) {
            Ok(Membership::Member) => {}
            Ok(Membership::Outsider) => {
                self.join_session(session, ask.peer);
            }
            // It is shown the others that have room.
            Err(NO_ROOM) => return,
            Err(cause) => return self.strategies.rejected(Role::PeerSelector, cause),
        }
        if let Some(open) = self.sessions.get_mut(session) {
            open.selector_asked = true;
        }
        if ask.delay.is_zero() {
            self.strategies.decided(Role::PeerSelector, ask.reason);
            let (kind, timeout) = (ask.kind, ask.timeout);
            let (ttl, own, reason) = (None, None, ask.reason);
            let permitted = AskParams { kind, session, timeout, ttl, own, reason };
            self.send_want(ask.want, ask.peer, permitted);
            return;
        }
        let planned = ScheduledWant {
            kind: ask.kind,
            session,
            timeout: ask.timeout,
            hedge: ask.hedge,
            reason: ask.reason,
        };
        let at = self.now.after(ask.delay.min(Limits::ASK_DELAY));
        if self.wants.schedule(self.peers, (ask.want, ask.peer), planned, at) {
            if ask.kind == WantKind::Block {
                self.mark_asked(ask.want);
            }
        } else {
            self.strategies.rejected(Role::PeerSelector, "planned_twice");
        }
    }

    /// Asks a member for the block although its session's peer selector did not, if it is allowed.
    pub(crate) fn ask_instead(&mut self, key: CidKey, peer: PeerKey, session: SessionId) {
        let ask = Ask::block(key, peer, OwnAsk::HeldBack.name());
        if self.examine(session, &ask).is_ok() {
            self.ask_for_engine(session, &ask, OwnAsk::HeldBack);
        }
    }

    /// Asks for a reason of the engine's own.
    pub(super) fn ask_for_engine(&mut self, session: SessionId, ask: &Ask, why: OwnAsk) {
        let Ask { kind, timeout, reason, .. } = *ask;
        let permitted = AskParams { kind, session, timeout, ttl: None, own: Some(why), reason };
        self.send_want(ask.want, ask.peer, permitted);
    }

    /// Sends the scheduled asks that are due, if they are still allowed.
    pub(crate) fn send_scheduled_wants(&mut self) {
        while let Some((key, peer, planned)) = self.wants.pop_scheduled(self.peers, self.now) {
            let ScheduledWant { kind, session, timeout, hedge, reason } = planned;
            let delay = Duration::ZERO;
            let ask = Ask { want: key, peer, kind, delay, timeout, hedge, reason };
            self.accept_ask(session, &ask);
            self.decide_again(key);
        }
    }

    /// Adds a want to a peer's wantlist, and waits for the answer.
    pub(crate) fn send_want(&mut self, key: CidKey, peer: PeerKey, permitted: AskParams) {
        let AskParams { kind, session, timeout, ttl, own, .. } = permitted;
        let broadcast = own.is_some_and(OwnAsk::is_broadcast);
        let before = self.wants.asked(key, peer);
        if let Some(before) = before.filter(|before| before.open) {
            self.ask_ended((peer, key), before, AskOutcome::Cancelled);
        }
        self.ask_made((peer, key), &permitted);
        let bytes = self.expected_bytes(session, peer, key);
        let Some((want, mut queue)) = self.wants.get_mut(key).zip(self.peers.outgoing(peer)) else {
            return;
        };
        let again = before.is_some_and(|before| before.kind >= kind);
        let hedged = !want.block_asks_open().is_empty() || own == Some(OwnAsk::Moved);
        let open = self.sessions.get(session);
        let relays = broadcast || open.is_some_and(|open| open.relays_to_others(peer));
        let relays = relays && queue.known.capabilities.protocol.has_relay();
        let header = || relay_header(want, self.sessions, self.dice, &self.config.relay, ttl);
        let relay = relays.then(header).flatten();
        let answerless = before.filter(|it| !it.is_taken_back() && !queue.known.feeds_since(it.at));
        let asked = SentWant {
            kind,
            at: self.now,
            bytes,
            open: true,
            session,
            timeout,
            own,
            ttl: relay.map_or(0, |header| header.ttl()).max(before.map_or(0, |before| before.ttl)),
            retries: answerless.map_or(0, |before| before.retries.saturating_add(again.into())),
            block_not_delivered: false,
            losses: before.map_or(0, |it| it.losses.saturating_add(it.is_refused().into())),
            // An earlier answer does not count any more once the peer is asked the same again.
            has: before.filter(|_| !again).and_then(|before| before.has),
            said_by: SaidBy::Peer,
            hops: before.map_or(0, |before| before.hops),
        };
        want.ask((key, peer), queue.known, asked);
        // A relayed want of the same CID does not count: nothing waits for its answer.
        let again = again || queue.known.has_sent(key, kind);
        let (priority, order) = (priority((peer, queue.known), want, open, kind), want.order);
        // Others wait for those that a broadcast asks first.
        let is_awaited = relay.is_some() || want.for_others.is_some();
        let send_dont_have = !broadcast || is_awaited || self.early_ends.concern(want);
        let line = WantlistEntry { kind, priority, order, send_dont_have, relay };
        let is_probe = kind == WantKind::Have && !broadcast && !again;
        if is_probe && open.is_some_and(|open| is_asked_of_a_proven_peer(want, open)) {
            queue.want_coalesced(self.now, (key, &want.cid), line);
        } else {
            queue.want(Origin::Local, (key, &want.cid), line, again);
        }
        if kind == WantKind::Have {
            self.out.stats.client.have_asks += 1;
            return;
        }
        self.out.stats.client.block_asks += 1;
        queue.known.window.asked(bytes);
        queue.known.deliveries.rate.asked(self.now);
        self.block_asked(session, InFlight { want: key, peer, since: self.now, hedged });
    }

    /// A want-block is in flight: its session and its phase show it, and who is late is not asked
    /// any more.
    fn block_asked(&mut self, session: SessionId, ask: InFlight) {
        let InFlight { want, peer, .. } = ask;
        if let Some(open) = self.sessions.get_mut(session) {
            open.in_flight.add(ask);
        }
        self.sessions.peer_changed(peer);
        self.mark_asked(want);
        self.withdraw_refused(want);
    }

    /// An ask is made: it is counted and reported.
    fn ask_made(&mut self, (peer, want): (PeerKey, CidKey), permitted: &AskParams) {
        let AskParams { kind, session, own, reason, .. } = *permitted;
        if let Some(why) = own {
            self.out.stats.client.own_asks[why as usize] += 1;
        }
        let event = StrategyEvent::AskMade { session, peer, want, kind, reason };
        self.strategies.notify(self.now, &event);
        self.out.report(Event::AskMade { session, peer, want, kind, own, reason });
    }

    /// Whether an ask of a member is allowed.
    pub(super) fn is_allowed(&self, session: SessionId, ask: &Ask) -> bool {
        self.examine(session, ask) == Ok(Membership::Member)
    }

    /// Whether an ask is allowed, and what its peer is to the session; or why it is not.
    fn examine(&self, session: SessionId, ask: &Ask) -> Result<Membership, &'static str> {
        let want = self.wants.get(ask.want).ok_or("unknown_want")?;
        if want.phase() == Phase::OwnStore || !want.waits_in(session) {
            return Err("unknown_want");
        }
        let peer = self.peers.get(ask.peer).ok_or("unknown_peer")?;
        let open = self.sessions.get(session).ok_or("no_room")?;
        let is_member = open.is_member(ask.peer);
        if !is_member && open.members().len() >= self.config.limits.session_members {
            return Err("no_room");
        }
        let membership = if is_member { Membership::Member } else { Membership::Outsider };
        if !can_carry(peer.capabilities.protocol, &want.cid, ask.kind) {
            return Err("unspeakable");
        }
        let asked = want.asked(ask.peer);
        // A leecher that lacked the block may say when it has it.
        let may_get = |it: &SentWant| it.is_refused() && it.losses < Limits::LOSSES;
        let may_say = asked.is_none_or(|it| may_get(it) && open.leechers.contains(&ask.peer));
        match ask.kind {
            WantKind::Have if may_say => Ok(membership),
            WantKind::Have => Err("asked_already"),
            WantKind::Block => {
                if asked.is_some_and(|asked| asked.open && asked.kind == WantKind::Block) {
                    return Err("asked_already");
                }
                // Otherwise one peer that never sends the block would keep the search from going
                // on.
                if self.is_in_retry_pause(ask.peer, ask.want) {
                    return Err("asked_in_vain");
                }
                if want.is_asked() && !ask.hedge {
                    return Err("asked_elsewhere");
                }
                if want.block_asks_open().len() >= self.most_block_asks(want) {
                    return Err("too_many");
                }
                if !self.has_room(session, ask.peer, ask.want) {
                    return Err(NO_ROOM);
                }
                Ok(membership)
            }
        }
    }

    /// How many peers may be asked for a block at once: more if peers answered HAVE and sent none.
    fn most_block_asks(&self, want: &Want) -> usize {
        let limits = &self.config.limits;
        let usual = limits.block_asks_per_want;
        if want.haves_without_block > 0 { limits.block_asks_in_doubt.max(usual) } else { usual }
    }
}

/// Whether the block is awaited from a peer that reliably sends blocks to this session: then the
/// answers of other peers are not urgent.
fn is_asked_of_a_proven_peer(want: &Want, open: &Session) -> bool {
    let sends = |row: &PeerView| row.first_deliveries > 0 && row.dont_haves_in_a_row == 0;
    want.block_asks_open().iter().any(|peer| open.member(*peer).is_some_and(sends))
}

/// The priority that a peer is told. What a session that has nothing there asks for need not wait
/// for all that others did.
fn priority(
    (peer, known): (PeerKey, &Peer),
    want: &Want,
    open: Option<&Session>,
    kind: WantKind,
) -> i32 {
    let has_nothing = |open: &Session| !open.in_flight.shown().iter().any(|it| it.peer == peer);
    let is_first = || open.is_some_and(has_nothing);
    let is_ahead = kind == WantKind::Block && known.window.asks > 0 && is_first();
    want.priority.saturating_add(is_ahead.into())
}

/// The relay header of a want: sent by searches, and to peers that know of a holder.
fn relay_header(
    want: &mut Want,
    sessions: &Sessions,
    dice: &mut Chance,
    config: &RelayConfig,
    ttl: Option<u8>,
) -> Option<RelayHeader> {
    let ttl = NonZero::new(relay_ttl(want, sessions, ttl))?;
    let want_id = *want.relay_id.get_or_insert_with(|| dice.bits());
    let expires_in_ms = u32::try_from(config.life.as_millis()).unwrap_or(u32::MAX);
    RelayHeader::new(ttl.get(), want_id, expires_in_ms)
}

/// The TTL of a want at peers that relay: the one that is given, or the highest of its sessions'.
pub(super) fn relay_ttl(want: &Want, sessions: &Sessions, given: Option<u8>) -> u8 {
    let ttl_of = |interest: &Interest| Some(sessions.get(interest.session)?.ttl);
    let ttl = given.or_else(|| want.interest.iter().filter_map(ttl_of).max());
    ttl.unwrap_or(0).min(RelayConfig::MAX_TTL)
}
