//! The message queue of one peer: two lanes, each with at most one message in flight.

use std::collections::VecDeque;
use std::time::Duration;

use cid::Cid;

use super::batch::BatchSize;
use super::in_flight::{InFlightMessage, LeavingBlock, OutgoingBlock};
use super::wantlist::Wantlist;
use crate::ids::{CidKey, SendId};
use crate::limits::LARGE_BLOCK_ENTRIES;
use crate::map::Table;
use crate::short_cid::ShortCid;
use crate::time::Timestamp;
use crate::wire::{BlockPresence, Lane, Lanes, MAX_BLOCKS, Message, PeerCapabilities};

/// Limits of messages and of a message queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Entries and presences in one message.
    pub(crate) entries: usize,
    /// Block bytes in one message, unless the peer takes messages fast; one block may exceed it.
    pub(crate) block_bytes: usize,
    /// Presences queued for one peer.
    pub(crate) presences: usize,
    /// Wantlist entries that one peer holds at once.
    pub(crate) wants: usize,
    /// The shortest and the longest time for which non-urgent entries are coalesced.
    pub(crate) coalesce: [Duration; 2],
    /// Number of coalesced entries that are sent without waiting any longer.
    pub(crate) coalesced: usize,
}

#[derive(Debug)]
pub(crate) struct MessageQueue {
    pub(crate) wants: Wantlist,
    capabilities: PeerCapabilities,
    presences: Table<CidKey, (ShortCid, BlockPresence)>,
    blocks: VecDeque<OutgoingBlock>,
    batch: BatchSize,
    /// Whether anything queued must be sent without delay.
    urgent: bool,
    /// How long non-urgent entries are coalesced: a round trip, since what is in flight is not
    /// affected by them anyway.
    pub(crate) delay: Duration,
    control: Option<InFlightMessage>,
    data: Option<InFlightMessage>,
    /// The contents of a message between `take_message` and `send_started`.
    staged: InFlightMessage,
    /// Want-blocks that found no room on the peer's wantlist since these were last taken.
    pub(crate) unsent: Vec<CidKey>,
}

impl MessageQueue {
    pub(crate) fn new(capabilities: PeerCapabilities, bounds: &Bounds) -> Self {
        Self {
            wants: Wantlist::new(bounds.wants),
            capabilities,
            presences: Table::default(),
            blocks: VecDeque::new(),
            batch: BatchSize::default(),
            urgent: false,
            delay: bounds.coalesce[0],
            control: None,
            data: None,
            staged: InFlightMessage::default(),
            unsent: Vec::new(),
        }
    }

    pub(crate) fn change(&mut self, capabilities: PeerCapabilities) {
        let other_dialect = self.capabilities.protocol != capabilities.protocol;
        self.capabilities = capabilities;
        if other_dialect {
            self.resend();
            self.urgent |= self.wants.pending() > 0;
        }
    }

    pub(crate) fn resend(&mut self) {
        self.wants.resend();
        self.urgent |= self.wants.owes();
    }

    /// Sets the round-trip time to the peer, for which entries are coalesced.
    pub(crate) fn measured(&mut self, round_trip: Duration, bounds: &Bounds) {
        let [least, most] = bounds.coalesce;
        self.delay = round_trip.clamp(least, most);
    }

    /// Ends coalescing: what is queued is sent as soon as its lane is idle.
    pub(crate) const fn flush_soon(&mut self) {
        self.urgent = true;
    }

    /// Whether everything queued is non-urgent, so that it may be coalesced.
    pub(crate) fn can_coalesce(&self, bounds: &Bounds) -> bool {
        !self.urgent && self.wants.pending() < bounds.coalesced
    }

    /// Whether a want is queued to be sent, or in flight.
    pub(crate) fn is_being_sent(&self, key: CidKey) -> bool {
        let is_asked =
            |flight: &InFlightMessage| flight.asks.iter().any(|(asked, _)| *asked == key);
        self.wants.has_to_send(key) || self.control.as_ref().is_some_and(is_asked)
    }

    /// Queues a presence; false if `most` are queued already.
    pub(crate) fn queue_presence(
        &mut self,
        key: CidKey,
        said: (ShortCid, BlockPresence),
        most: usize,
    ) -> bool {
        if !self.capabilities.protocol.has_presences() {
            return true;
        }
        let has_room = self.presences.len() < most || self.presences.contains(&key);
        if has_room {
            self.presences.insert(key, said);
            self.urgent = true;
        }
        has_room
    }

    pub(crate) fn presences(&self) -> usize {
        self.presences.len()
    }

    /// Whether a block waits to be sent.
    pub(crate) fn has_blocks(&self) -> bool {
        !self.blocks.is_empty()
    }

    pub(crate) fn queue_block(&mut self, given: OutgoingBlock) {
        self.drop_presence(given.leaving.key);
        self.blocks.push_back(given);
    }

    /// Takes the blocks that are in no message yet.
    pub(crate) fn take_blocks(&mut self) -> VecDeque<OutgoingBlock> {
        std::mem::take(&mut self.blocks)
    }

    /// The message in flight that has blocks, and these.
    pub(crate) fn blocks_in_flight(&self) -> Option<(SendId, &[LeavingBlock])> {
        let mut flights = [&self.data, &self.control].into_iter().flatten();
        let flight = flights.find(|flight| !flight.blocks.is_empty())?;
        Some((flight.send, &flight.blocks))
    }

    /// Most cancels are of blocks that were sent, so that those which wait are searched only if
    /// there `may_be_a_block`.
    pub(crate) fn cancel_response(&mut self, key: CidKey, may_be_a_block: bool) -> u64 {
        self.drop_presence(key);
        let mut waiting = self.blocks.iter().filter(|_| may_be_a_block);
        let Some(place) = waiting.position(|given| given.leaving.key == key) else {
            return 0;
        };
        self.blocks.remove(place).map_or(0, |given| given.block.len() as u64)
    }

    /// Drops a queued presence; one that is in flight is not sent again if the message fails.
    fn drop_presence(&mut self, key: CidKey) {
        self.presences.remove(&key);
        if let Some(flight) = &mut self.control {
            flight.presences.retain(|(said, ..)| *said != key);
        }
    }

    /// Drops all presences except those for which `wanted` returns true.
    pub(crate) fn keep_presences(&mut self, wanted: impl Fn(CidKey) -> bool) {
        let unwanted: Vec<CidKey> =
            self.presences.keys().copied().filter(|key| !wanted(*key)).collect();
        for key in unwanted {
            self.presences.remove(&key);
        }
        if let Some(flight) = &mut self.control {
            flight.presences.retain(|(said, ..)| wanted(*said));
        }
    }

    /// Builds the next message of an idle lane, if there is anything to send; `send_started` must
    /// follow.
    pub(crate) fn take_message(&mut self, bounds: &Bounds) -> Option<(Lane, Message)> {
        let single = self.capabilities.lanes == Lanes::One;
        let control_idle = self.control.is_none() && (!single || self.data.is_none());
        let data_idle = self.data.is_none() && (!single || self.control.is_none());
        let mut message = Message::default();
        let blocks_too = single && !self.blocks.is_empty();
        if control_idle && (blocks_too || !self.can_coalesce(bounds)) {
            let large_block =
                single && self.blocks.front().is_some_and(OutgoingBlock::leaves_little_room);
            let entries = if large_block { LARGE_BLOCK_ENTRIES } else { usize::MAX };
            self.pack_control(bounds.entries.min(entries), &mut message);
            if single {
                self.pack_blocks(bounds, &mut message);
            }
            if !message.is_empty() {
                return Some((Lane::Control, message));
            }
        }
        // One message with blocks at a time, also where the one lane was given a second.
        if data_idle && !single && self.blocks_in_flight().is_none() {
            self.pack_blocks(bounds, &mut message);
        }
        (!message.is_empty()).then_some((Lane::Blocks, message))
    }

    pub(crate) fn send_started(&mut self, started_at: Timestamp, lane: Lane, send: SendId) {
        let flight = InFlightMessage { send, started_at, ..std::mem::take(&mut self.staged) };
        match lane {
            Lane::Control => self.control = Some(flight),
            Lane::Blocks => self.data = Some(flight),
        }
    }

    pub(crate) fn send_finished(&mut self, send: SendId) -> Option<InFlightMessage> {
        let is_it = |flight: &mut InFlightMessage| flight.send == send;
        self.control.take_if(is_it).or_else(|| self.data.take_if(is_it))
    }

    /// A message was written.
    pub(crate) fn written(&mut self, now: Timestamp, flight: &InFlightMessage) {
        if !flight.blocks.is_empty() {
            self.batch.written(now.since(flight.started_at), flight.left_blocks);
        }
    }

    /// A message failed: its presences are queued again, and the whole wantlist is sent again. The
    /// server queues its blocks again.
    pub(crate) fn failed(&mut self, flight: &InFlightMessage, most_presences: usize) {
        for (key, cid, presence) in &flight.presences {
            if !self.presences.contains(key) {
                self.queue_presence(*key, (cid.clone(), *presence), most_presences);
            }
        }
        if flight.speaks_of_wants {
            self.resend();
        }
    }

    fn pack_control(&mut self, entries: usize, message: &mut Message) {
        let difference = self.wants.take(entries, self.capabilities.protocol.has_relay());
        message.full = difference.full;
        message.entries = difference.entries;
        self.staged.speaks_of_wants = message.full || !message.entries.is_empty();
        self.staged.asks = difference.asks;
        self.unsent.extend(difference.unsent);
        let most = self.presences.len().min(entries);
        message.presences.reserve_exact(most);
        self.staged.presences.reserve_exact(most);
        while message.entries.len() + message.presences.len() < entries {
            let Some((key, (cid, presence))) = self.presences.take_first() else {
                self.presences.give_back();
                break;
            };
            message.presences.push((Cid::from(&cid), presence));
            self.staged.presences.push((key, cid, presence));
        }
        self.urgent = self.wants.pending() > 0 || !self.presences.is_empty();
    }

    fn pack_blocks(&mut self, bounds: &Bounds, message: &mut Message) {
        let most = self.batch.bytes(bounds.block_bytes);
        let mut bytes = 0;
        while let Some(next) = self.blocks.front() {
            let is_full = bytes > 0 && bytes + next.block.len() > most;
            if is_full || message.blocks.len() >= MAX_BLOCKS {
                break;
            }
            bytes += next.block.len().max(1);
            let Some(given) = self.blocks.pop_front() else {
                break;
            };
            message.blocks.push((given.leaving.cid, given.block));
            self.staged.blocks.push(given.leaving);
        }
        self.staged.left_blocks = !self.blocks.is_empty();
    }
}
