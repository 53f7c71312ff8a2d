//! What one peer was told, what it wants, and what is on its way to it: I5, I6, I7 and I9.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_core::wire::{BlockPresence, Entry, Message, WantKind};
use bitswap_core::{Lane, Lanes, Limits, PeerCapabilities, SendId, Table, Timestamp};
use cid::Cid;
use libp2p_identity::PeerId;

use super::asks::Asks;
use super::{CheckResult, InvariantViolation, name, violation};

/// Notes on one peer, from its first connection to the end of its last one.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) id: PeerId,
    pub(super) capabilities: PeerCapabilities,
    /// Our wants, as handed to the transport, by name.
    pub(super) sent_wants: Table<u64, SentWant>,
    /// Whether it was told anything of our wants.
    pub(super) spoken: bool,
    /// Something was lost: the next list must be a full one.
    lost: bool,
    /// Something was lost, be it a want or a cancel: the peer may remember what it was told once.
    unsure: bool,
    /// How often what was on its way to it may have been lost, answers too.
    pub(super) resets: u32,
    /// Messages to it that could not be written.
    pub(super) lost_sends: u32,
    /// When its list was last said anew: what was in it may have been asked long before.
    relisted_at: Option<Timestamp>,
    /// Its wants, as it sent them, by name.
    pub(super) wants: Table<u64, Wanted>,
    in_flight: [Option<InFlightMessage>; 2],
    /// The last message that its connection did not take; `None` if it took a block since.
    pub(super) not_taken: Option<SendId>,
    /// How long it has been told one thing after another.
    busy: Busy,
    pub(super) asks: Asks,
}

/// One of our wants, as a peer was told of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentWant {
    pub(super) kind: WantKind,
    ttl: u8,
    pub(super) at: Timestamp,
    /// Whether the peer said anything about it since.
    pub(super) answered: bool,
}

/// A want of the peer's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    of_bytes: u64,
    pub(super) kind: WantKind,
    says_no: bool,
    /// Whether it may be passed on.
    pub(super) reaches: bool,
    /// Whether it was told last that the block is looked for elsewhere.
    pub(super) is_searched: bool,
    /// How often it was told since that it does not get it, or that could not be written.
    pub(super) setbacks: u32,
    /// The message in which the block leaves.
    leaving: Option<SendId>,
}

/// A message on its way.
#[derive(Debug)]
pub(super) struct InFlightMessage {
    send: SendId,
    items: usize,
    speaks_of_wants: bool,
    /// Blocks in it, by the name of their CID.
    blocks: Vec<u64>,
    pub(super) bytes: u64,
    /// Whether there are blocks in it and its receiver takes them.
    pub(super) moves: bool,
}

/// A time in which there was always a message on its way, but for short pauses.
#[derive(Debug, Default)]
struct Busy {
    since: Timestamp,
    until: Timestamp,
}

impl Busy {
    /// What is in no hurry waits for company for no longer.
    const PAUSE: Duration = Duration::from_millis(300);
}

impl Peer {
    pub(super) fn new(id: PeerId, capabilities: PeerCapabilities) -> Self {
        Self {
            id,
            capabilities,
            sent_wants: Table::default(),
            spoken: false,
            lost: false,
            unsure: false,
            resets: 0,
            lost_sends: 0,
            relisted_at: None,
            wants: Table::default(),
            in_flight: [None, None],
            not_taken: None,
            busy: Busy::default(),
            asks: Asks::default(),
        }
    }

    /// What it was told, and what it wants.
    pub(super) fn has(&self) -> usize {
        self.sent_wants.len() + self.wants.len()
    }

    /// What is in a message on its way.
    pub(super) fn items_of(&self, send: SendId) -> usize {
        let flight = self.in_flight.iter().flatten().find(|flight| flight.send == send);
        flight.map_or(0, |flight| flight.items)
    }

    /// The blocks that it wants and may get, by the names of their bytes: an engine gives up what
    /// it could not write three times.
    pub(super) fn servable(&self) -> impl Iterator<Item = u64> {
        let is_open = |want: &&Wanted| want.setbacks == 0;
        let blocks = self.wants.values().filter(|want| want.kind == WantKind::Block);
        blocks.filter(is_open).map(|want| want.of_bytes)
    }

    /// All that it wants, by the names of its bytes.
    pub(super) fn wanted_bytes(&self) -> impl Iterator<Item = u64> {
        self.wants.values().map(|want| want.of_bytes)
    }

    /// Since when what it is told now of a want that is open since `opened` may have waited to be
    /// told.
    pub(super) fn waited_since(&self, opened: Timestamp) -> Timestamp {
        let is_listed = self.relisted_at.is_some_and(|at| at >= opened);
        if is_listed { opened } else { self.busy.since }
    }

    /// What it was told may be lost.
    pub(super) fn lose(&mut self) {
        self.lost |= !self.sent_wants.is_empty();
        self.unsure |= self.spoken;
        self.resets = self.resets.saturating_add(1);
    }

    /// Whether what it was told may be lost, and was not made good.
    pub(super) const fn is_unsure(&self) -> bool {
        self.unsure
    }

    /// Messages on their way to it.
    pub(super) fn flights(&self) -> usize {
        self.in_flight.iter().flatten().count()
    }

    /// Messages with blocks on their way to it that it takes.
    pub(super) fn moving(&self) -> usize {
        self.in_flight.iter().flatten().filter(|flight| flight.moves).count()
    }

    /// Its connection takes nothing of a message; how many fewer move now.
    pub(super) fn takes_nothing(&mut self, send: SendId) -> usize {
        self.not_taken = Some(send);
        let flight = self.in_flight.iter_mut().flatten().find(|flight| flight.send == send);
        flight.map_or(0, |flight| usize::from(std::mem::take(&mut flight.moves)))
    }

    /// A message has left, or could not; what was in it.
    pub(super) fn landed(
        &mut self,
        now: Timestamp,
        send: SendId,
        written: bool,
    ) -> Option<InFlightMessage> {
        let lane = self.in_flight.iter_mut().find(|flight| is_of(flight.as_ref(), send))?;
        let flight = lane.take()?;
        self.busy.until = now;
        self.lost_sends += u32::from(!written);
        if written && !flight.blocks.is_empty() {
            self.not_taken = None;
        }
        for of_cid in &flight.blocks {
            let leaves = |want: &&mut Wanted| want.leaving == Some(send);
            if written && self.wants.get(of_cid).is_some_and(|want| want.leaving == Some(send)) {
                self.wants.remove(of_cid);
            } else if let Some(want) = self.wants.get_mut(of_cid).filter(leaves) {
                want.leaving = None;
                want.setbacks += 1;
            }
        }
        if !written && flight.speaks_of_wants {
            self.lose();
        }
        Some(flight)
    }

    /// It says what it wants, and what it has.
    pub(super) fn said(&mut self, message: &Message) {
        if message.full {
            let listed = message.entries.iter().map(|entry| name::of_cid(entry.cid()));
            let listed: BTreeSet<u64> = listed.collect();
            let over = self.wants.keys().copied().filter(|want| !listed.contains(want));
            let over: Vec<u64> = over.collect();
            for of_cid in over {
                self.wants.remove(&of_cid);
            }
        }
        for entry in &message.entries {
            self.said_entry(entry);
        }
        let answers = message.presences.iter().map(|(cid, _)| cid);
        for cid in answers.chain(message.blocks.iter().map(|(cid, _)| cid)) {
            if let Some(told) = self.sent_wants.get_mut(&name::of_cid(cid)) {
                told.answered = true;
            }
        }
    }

    /// Blocks of it were not looked at: they may have answered whatever is over by now.
    pub(super) fn pass_over(&mut self, is_over: impl Fn(u64) -> bool) {
        for (of_cid, sent) in self.sent_wants.iter_mut() {
            sent.answered |= is_over(*of_cid);
        }
    }

    fn said_entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Cancel { cid } => {
                self.wants.remove(&name::of_cid(cid));
            }
            Entry::Want { cid, kind, send_dont_have, relay: reach, .. } => {
                let want = self.wants.or_insert_with(name::of_cid(cid), || Wanted {
                    of_bytes: name::of_hash(cid.hash()),
                    kind: *kind,
                    says_no: false,
                    reaches: false,
                    is_searched: false,
                    setbacks: 0,
                    leaving: None,
                });
                want.setbacks = 0;
                want.kind = want.kind.max(*kind);
                // A peer whose want is relayed is told how the search ends.
                want.says_no |= *send_dont_have || reach.is_some();
                want.reaches |= reach.is_some();
            }
        }
    }

    /// I7: one message for each lane, and no larger than it may be.
    pub(super) fn departs(
        &mut self,
        (now, lane, send): (Timestamp, Lane, SendId),
        message: &Message,
        limits: &Limits,
    ) -> CheckResult {
        let busy = match self.capabilities.lanes {
            Lanes::One => self.in_flight.iter().any(Option::is_some),
            Lanes::Two => self.in_flight[lane as usize].is_some(),
        };
        if busy {
            return violation(7, || format!("a second message on lane {lane:?}"));
        }
        if message.is_empty() {
            return violation(7, || "a message with nothing in it".into());
        }
        let items = message.entries.len() + message.presences.len();
        if items > limits.message_entries {
            return violation(7, || format!("{items} items in a message"));
        }
        let bytes = message.blocks.iter().map(|(_, block)| block.len()).sum::<usize>();
        if message.blocks.len() > 1 && bytes > limits.message_bytes.max(Limits::MESSAGE_BYTES_MOST)
        {
            return violation(7, || format!("{bytes} bytes of blocks in a message"));
        }
        if self.flights() == 0 && now > self.busy.until.after(Busy::PAUSE) {
            self.busy.since = now;
        }
        self.in_flight[lane as usize] = Some(InFlightMessage {
            send,
            items: items + message.blocks.len(),
            speaks_of_wants: message.full || !message.entries.is_empty(),
            blocks: message.blocks.iter().map(|(cid, _)| name::of_cid(cid)).collect(),
            bytes: bytes as u64,
            moves: !message.blocks.is_empty(),
        });
        Ok(())
    }

    /// I5: a list that may be lost is replaced before anything is added to it.
    pub(super) fn begins_list(&mut self, now: Timestamp, message: &Message) -> CheckResult {
        let is_first = !std::mem::replace(&mut self.spoken, true);
        if message.full {
            self.relisted_at = (!is_first).then_some(now).or(self.relisted_at);
            self.sent_wants = Table::default();
            (self.lost, self.unsure) = (false, false);
        } else if self.lost && !message.entries.is_empty() {
            return violation(5, || "a list was lost, and not made good".into());
        } else if is_first {
            return violation(5, || "the first list does not replace what was said before".into());
        }
        Ok(())
    }

    /// I6: what was not told is not cancelled, and nothing is told twice; but a peer that answers
    /// it may be asked whether it has what it was to send.
    pub(super) fn tells(&mut self, now: Timestamp, entry: &Entry) -> CheckResult {
        match entry {
            Entry::Cancel { cid } => match self.sent_wants.remove(&name::of_cid(cid)) {
                Some(sent) => {
                    let is_answer = sent.answered && sent.kind == WantKind::Have;
                    self.asks.cancelled(name::of_cid(cid), is_answer);
                    Ok(())
                }
                None => violation(6, || format!("{cid} was cancelled without having been wanted")),
            },
            Entry::Want { cid, kind, relay: reach, .. } => {
                let ttl = reach.map_or(0, |reach| reach.ttl());
                let told = SentWant { kind: *kind, ttl, at: now, answered: false };
                let answers = self.capabilities.protocol.has_relay();
                let is_again = |before: &SentWant| {
                    before.ttl >= ttl && (before.kind == *kind || before.kind > *kind && !answers)
                };
                match self.sent_wants.insert(name::of_cid(cid), told) {
                    Some(before) if is_again(&before) => {
                        violation(6, || format!("{cid} was wanted twice"))
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    /// I9: only a live want is answered with a block, and a want-have only with a small one.
    pub(super) fn gives(
        &mut self,
        send: SendId,
        (cid, bytes): (&Cid, usize),
        inline: u32,
    ) -> Result<Wanted, InvariantViolation> {
        let Some(want) = self.wants.get_mut(&name::of_cid(cid)) else {
            return violation(9, || format!("a block for {cid}, which the peer does not want"));
        };
        if want.kind == WantKind::Have && bytes > inline as usize {
            return violation(9, || format!("{bytes} bytes in answer to a want-have"));
        }
        if want.leaving.is_some() {
            return violation(9, || {
                format!("{cid} is sent a second time before the first is there")
            });
        }
        want.leaving = Some(send);
        Ok(*want)
    }

    /// I9: no is only said to those who want to hear it, and nothing about what nobody asked.
    pub(super) fn answers(
        &self,
        cid: &Cid,
        presence: BlockPresence,
    ) -> Result<Wanted, InvariantViolation> {
        let Some(want) = self.wants.get(&name::of_cid(cid)) else {
            return violation(9, || {
                format!("{presence:?} for {cid}, which the peer does not want")
            });
        };
        let is_no = matches!(presence, BlockPresence::DontHave | BlockPresence::Searching { .. });
        if is_no && !want.says_no {
            return violation(9, || format!("{presence:?} for {cid} was not asked for"));
        }
        Ok(*want)
    }
}

fn is_of(flight: Option<&InFlightMessage>, send: SendId) -> bool {
    flight.is_some_and(|flight| flight.send == send)
}
