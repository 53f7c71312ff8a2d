//! One input, what is done about it, and what must be true then.

use std::time::Duration;

use bitswap_core::wire::{Message, Skipped, WantKind};
use bitswap_core::{
    Action, Block, CallId, Engine, Event, Input, NewCall, ReadAnswer, ReadId, SearchStep, SendId,
    SessionId, Table, Timestamp, WriteId,
};
use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

use super::accounts::AccountChange;
use super::peer::Peer;
use super::room::Crowd;
use super::{CheckResult, InvariantChecker, name, violation};

/// What an engine waits for: the names of bytes read, the bytes written, and look-ups.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) reads: Table<ReadId, Vec<u64>>,
    pub(super) writes: Table<WriteId, Vec<Multihash<64>>>,
    lookups: usize,
    sends: usize,
}

impl Open {
    /// Whether bytes of this name are being read.
    pub(super) fn is_reading(&self, of_bytes: u64) -> bool {
        self.reads.values().any(|names| names.contains(&of_bytes))
    }

    /// Whether these bytes are being written.
    pub(super) fn is_writing(&self, hash: &Multihash<64>) -> bool {
        self.writes.values().any(|hashes| hashes.contains(hash))
    }

    fn is_nothing(&self) -> bool {
        self.lookups + self.sends + self.reads.len() + self.writes.len() == 0
    }
}

/// The input in hand.
#[derive(Debug, Default)]
pub(super) struct CurrentInput {
    pub(super) actions: usize,
    /// Reads that were begun.
    pub(super) reads: usize,
    /// The CID and the call that a caller was told of last.
    pub(super) told_last: (Option<Cid>, Option<CallId>),
    /// So many actions may come of it.
    pub(super) most: usize,
    /// The peer that sent or was sent a message.
    pub(super) peer: Option<PeerId>,
    pub(super) newcomer: Option<PeerId>,
    /// Broadcasts of the node before it came.
    pub(super) broadcasts: u64,
    /// Calls with more CIDs than any may have.
    pub(super) too_long: Vec<CallId>,
    gone: Option<PeerId>,
    closed: Option<SessionId>,
    /// Names of the bytes of the blocks that came with it.
    pub(super) came: Vec<u64>,
    account_change: Option<AccountChange>,
    /// CIDs that somebody waits for no more.
    over: Vec<Cid>,
    became_idle: bool,
    pub(super) crowd: Option<Crowd>,
    /// Peers that were asked whether they have a CID that only we want, and the TTL of that.
    pub(super) probes: Vec<(u64, Cid, u8)>,
    /// Peers that were sent a want, its CID, and whether it was for the block.
    pub(super) told: Vec<(u64, Cid, WantKind)>,
}

impl CurrentInput {
    pub(super) fn begin(&mut self, most: usize) {
        (self.actions, self.reads, self.most) = (0, 0, most);
        self.told_last = (None, None);
        self.came.clear();
        self.over.clear();
        self.probes.clear();
        self.told.clear();
        self.crowd = None;
        (self.peer, self.newcomer, self.gone) = (None, None, None);
        (self.closed, self.account_change) = (None, None);
        self.too_long.clear();
        self.became_idle = false;
    }
}

impl InvariantChecker {
    pub(super) fn note_input(&mut self, engine: &Engine, input: &Input) -> CheckResult {
        match input {
            Input::BlocksAdded { blocks } => {
                for (cid, block) in blocks {
                    self.stored.insert(name::of_hash(cid.hash()), ());
                    self.fairness.restore(name::of_hash(cid.hash()));
                    self.sized(block.len());
                }
            }
            Input::CallCancelled { call } => self.callers.cancel(*call),
            Input::CallDemand { call, blocks } => self.callers.demand(*call, *blocks),
            Input::CallsOpened { calls } => calls.iter().for_each(|call| self.call_opened(call)),
            Input::LookupEnded { .. } => {
                self.open.lookups = self.open.lookups.saturating_sub(1);
            }
            Input::MessageReceived { peer, message, skipped } => {
                self.note_message(engine, peer, message, *skipped)?;
            }
            Input::PeerConnected { peer, capabilities } => {
                self.current.newcomer = Some(*peer);
                self.current.broadcasts = engine.stats().client.broadcasts;
                self.peers
                    .or_insert_with(name::of_peer(peer), || Peer::new(*peer, *capabilities))
                    .capabilities = *capabilities;
            }
            Input::PeerChanged { peer, capabilities } => {
                if let Some(known) = self.peers.get_mut(&name::of_peer(peer)) {
                    known.capabilities = *capabilities;
                }
            }
            Input::PeerDisconnected { peer } => self.forget(peer),
            Input::PeerReset { peer } => {
                self.peers.get_mut(&name::of_peer(peer)).into_iter().for_each(Peer::lose);
            }
            Input::ReadDone { read, answers } => self.read(*read, answers),
            Input::SendFailed { peer, send } => self.landed(engine, peer, *send, false),
            Input::Sent { peer, send } => self.landed(engine, peer, *send, true),
            Input::SessionClosed { session } => self.current.closed = Some(*session),
            Input::StrategiesReplaced { strategies } => self.turns.replaced(strategies),
            Input::WriteDone { write, outcome } => self.written(*write, outcome.is_ok()),
            Input::BytesReceived { .. }
            | Input::CidsDenied { .. }
            | Input::DeadlineReached
            | Input::DialFailed { .. }
            | Input::MessageRefused { .. }
            | Input::PeerClassified { .. }
            | Input::PeersExpected { .. }
            | Input::RttMeasured { .. }
            | Input::ProvidersFound { .. }
            | Input::SendWaits { .. }
            | Input::SessionOpened { .. }
            | Input::UploadLimited { .. } => {}
        }
        Ok(())
    }

    fn call_opened(&mut self, new: &NewCall) {
        let NewCall { session, call, cids, options } = new;
        if cids.len() > self.config.limits.cids_per_call {
            self.current.too_long.push(*call);
        }
        self.callers.open(self.now, (*session, *call), cids, options);
    }

    fn note_message(
        &mut self,
        engine: &Engine,
        peer: &PeerId,
        message: &Message,
        skipped: Skipped,
    ) -> CheckResult {
        let of_peer = name::of_peer(peer);
        let Some(known) = self.peers.get_mut(&of_peer) else {
            return Ok(());
        };
        self.current.peer = Some(*peer);
        let room = self.config.limits.requests_per_peer;
        self.current.crowd = Crowd::of(engine, (self.now, peer), message, room);
        known.said(message);
        if skipped.unhashed > 0 {
            known.pass_over(|of_cid| self.callers.waiting_for(of_cid) == 0);
        }
        self.fairness.said(of_peer, known, message, (&self.stored, room));
        self.relay.heard(self.now, of_peer, message);
        self.note_blocks(engine, peer, message)
    }

    pub(super) fn note_action(&mut self, action: &Action) -> CheckResult {
        self.current.actions += usize::from(self.counts(action));
        match action {
            Action::Deliver { call, cid, block } => {
                self.check_counts.note(3);
                if block.multihash() != cid.hash() {
                    return violation(3, || format!("{cid} is not what was delivered"));
                }
                self.check_counts.note(2);
                self.current.over.push(*cid);
                self.callers.told(*call, cid)
            }
            Action::Fail { call, cid, .. } => {
                self.check_counts.note(2);
                self.current.over.push(*cid);
                self.callers.told(*call, cid)
            }
            Action::Finish { call } => {
                self.current.became_idle = true;
                self.callers.finished(*call)
            }
            Action::Lookup { .. } => {
                self.open.lookups += 1;
                Ok(())
            }
            Action::Read { read, items } => {
                let names = items.iter().map(|item| name::of_hash(item.cid.hash())).collect();
                self.open.reads.insert(*read, names);
                self.note_turn(items);
                Ok(())
            }
            Action::Disconnect { peer } => {
                self.forget(peer);
                Ok(())
            }
            Action::Send { peer, lane, send, message } => {
                self.open.sends += 1;
                self.note_send(peer, (*lane, *send), message)
            }
            Action::Write { write, blocks } => self.note_write(*write, blocks),
            Action::Report(event) => self.note_event(event),
            Action::Connect { .. }
            | Action::StopLookup { .. }
            | Action::SuspendSend { .. }
            | Action::ResumeSend { .. } => Ok(()),
        }
    }

    /// I15: who broadcasts once more since no block comes is right.
    fn note_event(&mut self, event: &Event) -> CheckResult {
        const QUIET: Duration = Duration::from_millis(500);

        let Event::SearchStep { step: SearchStep::Broadcast { .. }, reason, .. } = event else {
            return Ok(());
        };
        let Some(fed_at) = self.callers.fed_at().filter(|_| *reason == "still quiet") else {
            return Ok(());
        };
        self.check_counts.note(15);
        if self.now < fed_at.after(QUIET) {
            return violation(15, || format!("broadcast, though a block came at {fed_at:?}"));
        }
        Ok(())
    }

    /// What must be true after each input; `deadline` is when the engine wants to be called next.
    pub(super) fn look(&mut self, engine: &Engine, deadline: Option<Timestamp>) -> CheckResult {
        self.look_at_calls(engine, deadline)?;
        self.look_at_ends(engine)?;
        self.look_at_sizes(engine)?;
        self.look_at_turns(engine)?;
        self.look_at_fairness(engine)?;
        self.look_at_room(engine)?;
        self.look_at_repeats(engine)?;
        self.look_at_waits(engine)?;
        // An account that made room for another begins anew.
        let all_kept = engine.gauges().accounts < self.config.limits.accounts as u64;
        if let Some(account_change) = self.current.account_change.take() {
            if all_kept {
                self.check_counts.note(11);
                account_change.closes(engine)?;
            }
            self.check_counts.leave_out(11, !all_kept || !account_change.is_exact());
        }
        self.look_at_pace(deadline)
    }

    /// I1, I4: wants go on, and are those of callers.
    fn look_at_calls(&mut self, engine: &Engine, deadline: Option<Timestamp>) -> CheckResult {
        self.check_counts.note_many(1, u64::from(!self.callers.are_gone()));
        if let Some((at, call)) = self.callers.overdue(self.now) {
            return violation(1, || format!("{call:?} was to end at {at:?}"));
        }
        let waits = deadline.is_some() || !self.open.is_nothing();
        if self.callers.are_hungry() && !waits {
            return violation(1, || "callers wait, and nothing will ever happen".into());
        }
        for place in 0..self.current.over.len() {
            let cid = self.current.over[place];
            let of_cid = name::of_cid(&cid);
            let (callers, counted) = (self.callers.waiting_for(of_cid), engine.interested_in(&cid));
            self.check_counts.note(4);
            if counted > callers as usize {
                return violation(4, || {
                    format!("{cid}: {counted} callers counted, {callers} wait")
                });
            }
            if callers == 0 {
                self.relay.own_is_over(of_cid);
            }
        }
        Ok(())
    }

    /// I8: peers and sessions that are gone are forgotten.
    fn look_at_ends(&mut self, engine: &Engine) -> CheckResult {
        if let Some(peer) = self.current.gone {
            self.check_counts.note(8);
            if let Some(place) = engine.trace_of_peer(&peer) {
                return violation(8, || format!("{place} still know of a peer that left"));
            }
        }
        if let Some(session) = self.current.closed {
            self.check_counts.note(8);
            if let Some(call) = self.callers.of_session(session) {
                return violation(8, || format!("{session:?} is closed, and {call:?} is open"));
            }
            if let Some(place) = engine.trace_of_session(session) {
                return violation(8, || {
                    format!("{place} still know of {session:?}, which is closed")
                });
            }
        }
        if self.current.became_idle && self.callers.are_gone() {
            self.check_counts.note(8);
            if let Some(place) = engine.leftover() {
                return violation(8, || {
                    format!("nobody waits for anything, and there are {place}")
                });
            }
        }
        Ok(())
    }

    /// I10: no peer waits too long for its turn.
    fn look_at_turns(&mut self, engine: &Engine) -> CheckResult {
        let at = (self.now, engine.turns());
        let bound = (self.config.limits.starvation, self.peers.len());
        if let Some((peer, standing)) =
            self.current.peer.and_then(|peer| Some((peer, engine.standing(&peer)?)))
        {
            self.turns.stands(at, name::of_peer(&peer), standing, bound)?;
        }
        if at.1 == self.turns.seen && !self.turns.look_at_all() {
            return Ok(());
        }
        self.turns.seen = at.1;
        if engine.gauges().tasks == 0 && self.turns.are_empty() {
            return Ok(());
        }
        for (of_peer, known) in self.peers.iter() {
            if let Some(standing) = engine.standing(&known.id) {
                self.check_counts.note_many(10, u64::from(standing.tasks > 0));
                self.turns.stands(at, *of_peer, standing, bound)?;
            }
        }
        Ok(())
    }

    fn note_blocks(&mut self, engine: &Engine, peer: &PeerId, message: &Message) -> CheckResult {
        for (cid, block) in &message.blocks {
            let of_bytes = name::of_hash(block.multihash());
            self.current.came.push(of_bytes);
            self.sized(block.len());
            let (own, _) = engine.awaits(peer, block.multihash());
            if own && !self.callers.want_bytes(of_bytes) {
                return violation(4, || format!("{cid} is wanted, and nobody waits for it"));
            }
            if own {
                self.callers.feed(self.now);
            }
            if self.relay.is_live_for(self.now, of_bytes) {
                self.relay.came(self.now, of_bytes);
            }
        }
        if !message.blocks.is_empty() {
            let wanted = |cid: &Cid, block: &Block| self.wanted(cid, block);
            self.current.account_change =
                Some(AccountChange::received(engine, (peer, message), wanted));
        }
        Ok(())
    }

    fn note_write(&mut self, write: WriteId, blocks: &[Block]) -> CheckResult {
        self.check_counts.note(3);
        let hashes: Vec<_> = blocks.iter().map(|block| *block.multihash()).collect();
        for of_bytes in hashes.iter().map(name::of_hash) {
            let is_on_its_way = self.relay.had(of_bytes);
            self.check_counts.note_many(13, is_on_its_way.into());
            if !self.callers.want_bytes(of_bytes) {
                let invariant = if is_on_its_way { 13 } else { 3 };
                return violation(invariant, || "a block is stored that nobody here wants".into());
            }
            if !self.current.came.contains(&of_bytes) && !is_on_its_way {
                return violation(3, || "a block is stored that did not come".into());
            }
        }
        self.open.writes.insert(write, hashes);
        Ok(())
    }

    fn read(&mut self, read: ReadId, answers: &[ReadAnswer]) {
        let names = self.open.reads.remove(&read).unwrap_or_default();
        for (of_bytes, answer) in names.into_iter().zip(answers) {
            match answer {
                ReadAnswer::Block(block) => {
                    self.stored.insert(of_bytes, ());
                    self.sized(block.len());
                }
                ReadAnswer::Size(bytes) => {
                    self.stored.insert(of_bytes, ());
                    self.sized(*bytes as usize);
                }
                ReadAnswer::Denied(_) | ReadAnswer::Failed(_) | ReadAnswer::Missing => {
                    self.fairness.deny(of_bytes);
                }
            }
        }
    }

    fn landed(&mut self, engine: &Engine, peer: &PeerId, send: SendId, written: bool) {
        let Some(known) = self.peers.get_mut(&name::of_peer(peer)) else {
            return;
        };
        self.current.peer = Some(*peer);
        let Some(flight) = known.landed(self.now, send, written) else {
            return;
        };
        self.open.sends -= 1;
        self.fairness.landed(flight.moves.into());
        if flight.bytes > 0 {
            let bytes = if written { flight.bytes } else { 0 };
            self.current.account_change = Some(AccountChange::sent(engine, peer, bytes));
        }
    }

    fn written(&mut self, write: WriteId, is_stored: bool) {
        let written = self.open.writes.remove(&write).unwrap_or_default();
        for of_bytes in written.iter().filter(|_| is_stored).map(name::of_hash) {
            self.stored.insert(of_bytes, ());
            self.fairness.restore(of_bytes);
        }
    }

    /// A block is this large.
    fn sized(&mut self, bytes: usize) {
        self.largest = self.largest.max(bytes as u64);
    }

    /// A peer is gone, or was let go before it was let in.
    fn forget(&mut self, peer: &PeerId) {
        let of_peer = name::of_peer(peer);
        if let Some(known) = self.peers.remove(&of_peer) {
            self.open.sends -= known.flights();
            self.fairness.landed(known.moving());
            self.turns.forget(of_peer);
            self.fairness.forget(of_peer);
            self.current.gone = Some(*peer);
        }
    }
}
