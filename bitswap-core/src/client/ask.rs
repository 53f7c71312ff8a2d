//! The one gate through which a strategy's word becomes a fact.
//!
//! What cannot be obeyed is dropped and counted by cause; what is out of range is clamped.

use std::num::NonZero;
use std::time::Duration;

use super::ClientRoom;
use super::phase::Phase;
use super::sessions::Session;
use super::wants::{Asked, Planned, Want};
use crate::event::{AskOutcome, Event, OwnAsk};
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::limits::Limits;
use crate::peers::can_carry;
use crate::queues::{Behalf, Line};
use crate::strategy::{Ask, PeerView, Role};
use crate::wire::{Reach, WantKind};

/// What an ask is made with, once it has passed the gate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permitted {
    pub(crate) kind: WantKind,
    pub(crate) session: SessionId,
    pub(crate) timeout: Option<Duration>,
    pub(crate) broadcast: bool,
    /// Why the engine makes it, if no selector said so.
    pub(crate) own: Option<OwnAsk>,
}

impl ClientRoom<'_> {
    /// Acts on one ask of a session's selector, unless it breaks a rule.
    pub(crate) fn accept_ask(&mut self, session: SessionId, ask: &Ask) {
        if let Err(cause) = self.examine(session, ask) {
            self.judges.corrected(Role::PeerSelector, cause);
            return;
        }
        if ask.delay.is_zero() {
            self.judges.decided(Role::PeerSelector, ask.reason);
            let (kind, timeout) = (ask.kind, ask.timeout);
            let (broadcast, own) = (false, None);
            let permitted = Permitted { kind, session, timeout, broadcast, own };
            self.make_ask(ask.want, ask.peer, permitted);
            return;
        }
        let planned = Planned {
            kind: ask.kind,
            session,
            timeout: ask.timeout,
            hedge: ask.hedge,
            reason: ask.reason,
        };
        let at = self.now.after(ask.delay.min(Limits::ASK_DELAY));
        if self.wants.plan(ask.want, ask.peer, planned, at) {
            if ask.kind == WantKind::Block {
                self.is_asked_for(ask.want);
            }
        } else {
            self.judges.corrected(Role::PeerSelector, "planned_twice");
        }
    }

    /// Asks a member for the block although its session's selector did not, unless that breaks a
    /// rule.
    pub(crate) fn ask_instead(&mut self, key: CidKey, peer: PeerKey, session: SessionId) {
        let ask = Ask::block(key, peer, OwnAsk::HeldBack.name());
        if self.examine(session, &ask).is_ok() {
            let (kind, timeout) = (WantKind::Block, None);
            let (broadcast, own) = (false, Some(OwnAsk::HeldBack));
            self.make_ask(key, peer, Permitted { kind, session, timeout, broadcast, own });
        }
    }

    /// Makes the asks whose delay is over, if they still break no rule.
    pub(crate) fn make_planned_asks(&mut self) {
        while let Some((key, peer, planned)) = self.wants.pop_planned(self.now) {
            let Planned { kind, session, timeout, hedge, reason } = planned;
            let delay = Duration::ZERO;
            let ask = Ask { want: key, peer, kind, delay, timeout, hedge, reason };
            self.accept_ask(session, &ask);
            self.decide_again(key);
        }
    }

    /// Puts a want on a peer's list, and waits for the answer.
    pub(crate) fn make_ask(&mut self, key: CidKey, peer: PeerKey, permitted: Permitted) {
        let Permitted { kind, session, timeout, broadcast, own } = permitted;
        if let Some(why) = own {
            self.out.stats.client.own_asks[why as usize] += 1;
        }
        let before = self.wants.get(key).and_then(|want| want.asked(peer)).copied();
        let again = before.is_some_and(|before| before.kind >= kind);
        let silent = before.filter(|before| !self.feeds_since(peer, before.at));
        let asked = Asked {
            kind,
            at: self.now,
            open: true,
            session,
            timeout,
            broadcast,
            repeats: silent.map_or(0, |before| before.repeats.saturating_add(again.into())),
            in_vain: false,
            // What a peer said counts no longer once it is asked the same again.
            has: before.filter(|_| !again).and_then(|before| before.has),
        };
        self.wants.ask(key, peer, asked);
        if let Some(before) = before.filter(|before| before.open) {
            self.ask_ended((peer, key), before, AskOutcome::Cancelled);
        }
        let reach = self.reach(key, peer, &permitted);
        // What was told on a stranger's behalf was not told for us, and nobody would wait for it.
        let again = again || self.peers.queues.has_told(peer, key, kind);
        let Some(want) = self.wants.get(key) else {
            return;
        };
        // Older wants first, within the priority that the caller gave.
        let age = i32::try_from(want.order % (1 << 24)).unwrap_or(0);
        let priority = want.priority.saturating_mul(1 << 24).saturating_add((1 << 24) - age);
        let send_dont_have = !broadcast || reach.is_some();
        let line = Line { kind, priority, send_dont_have, reach };
        let is_probe = kind == WantKind::Have && !broadcast && !again;
        if is_probe && self.is_in_good_hands(want, session) {
            self.peers.queues.mention(self.now, (peer, key, &want.cid), line);
        } else {
            self.peers.queues.want(Behalf::Own, (peer, key, &want.cid), line, again);
        }
        if kind == WantKind::Have {
            self.out.stats.client.have_asks += 1;
            return;
        }
        self.out.stats.client.block_asks += 1;
        if let Some(known) = self.peers.get_mut(peer) {
            known.block_asks_in_flight += 1;
        }
        if let Some(open) = self.sessions.get_mut(session) {
            open.block_asks_in_flight += 1;
        }
        self.refresh_member(peer);
        self.is_asked_for(key);
    }

    /// Whether the block is asked of somebody who sends this session what it is asked for: nothing
    /// hangs on what others say.
    fn is_in_good_hands(&self, want: &Want, session: SessionId) -> bool {
        let Some(open) = self.sessions.get(session) else {
            return false;
        };
        let sends = |row: &PeerView| row.first_deliveries > 0 && row.dont_haves_in_a_row == 0;
        want.asked_of().any(|(peer, asked)| {
            asked.open && asked.kind == WantKind::Block && open.member(peer).is_some_and(sends)
        })
    }

    /// How far a peer may pass a want of ours on: a search's, or one that it knows a holder of.
    fn reach(&mut self, key: CidKey, peer: PeerKey, permitted: &Permitted) -> Option<Reach> {
        let Self { wants, sessions, peers, dice, config, .. } = self;
        let want = wants.get_mut(key)?;
        let ttl_of = |session| sessions.get(session).map(|open| open.ttl);
        let ttl = want.interest.iter().filter_map(|interest| ttl_of(interest.session)).max()?;
        let relays = |open: &Session| open.relays.contains(&peer);
        let may = permitted.broadcast || sessions.get(permitted.session).is_some_and(relays);
        if !may || !peers.get(peer)?.speaks.dialect.has_reach() {
            return None;
        }
        let ttl = NonZero::new(ttl)?;
        let want_id = *want.reach_id.get_or_insert_with(|| dice.bits());
        let expires_in_ms = u32::try_from(config.relay.life.as_millis()).unwrap_or(u32::MAX);
        Reach::new(ttl.get(), want_id, expires_in_ms)
    }

    /// An ask was answered or given up; nobody waits for it any more.
    pub(crate) fn ask_ended(
        &mut self,
        (peer, want): (PeerKey, CidKey),
        asked: Asked,
        outcome: AskOutcome,
    ) {
        self.patience.cancel(peer, want);
        self.out.stats.client.ask_ended(outcome);
        let after = self.now.since(asked.at);
        self.out.report(Event::AskEnded { peer, want, kind: asked.kind, outcome, after });
        if asked.kind == WantKind::Have {
            return;
        }
        if let Some(known) = self.peers.get_mut(peer) {
            known.block_asks_in_flight = known.block_asks_in_flight.saturating_sub(1);
        }
        if let Some(open) = self.sessions.get_mut(asked.session) {
            open.block_asks_in_flight = open.block_asks_in_flight.saturating_sub(1);
        }
        self.refresh_member(peer);
    }

    fn examine(&self, session: SessionId, ask: &Ask) -> Result<(), &'static str> {
        let want = self.wants.get(ask.want).ok_or("unknown_want")?;
        if want.phase() == Phase::OwnStore || !want.waits_in(session) {
            return Err("unknown_want");
        }
        let peer = self.peers.get(ask.peer).ok_or("unknown_peer")?;
        if !self.sessions.get(session).is_some_and(|open| open.is_member(ask.peer)) {
            return Err("unknown_peer");
        }
        if !can_carry(peer.speaks.dialect, &want.cid, ask.kind) {
            return Err("unspeakable");
        }
        let asked = want.asked(ask.peer);
        match ask.kind {
            WantKind::Have if asked.is_some() => Err("asked_already"),
            WantKind::Have => Ok(()),
            WantKind::Block => {
                if asked.is_some_and(|asked| asked.open && asked.kind == WantKind::Block) {
                    return Err("asked_already");
                }
                // Or else one peer that never sends it would keep us from looking further.
                if self.is_in_vain(ask.peer, ask.want) {
                    return Err("asked_in_vain");
                }
                if want.is_asked() && !ask.hedge {
                    return Err("asked_elsewhere");
                }
                if want.block_asks_open() >= self.config.limits.block_asks_per_want {
                    return Err("too_many");
                }
                Ok(())
            }
        }
    }
}
