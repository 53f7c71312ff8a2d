//! The queue of one peer: two lanes, at most one message on its way in each.

use std::collections::VecDeque;
use std::time::Duration;

use cid::Cid;

use super::in_flight::{InFlightMessage, OutgoingBlock};
use super::wantlist::Wantlist;
use crate::ids::{CidKey, SendId};
use crate::map::Table;
use crate::wire::{BlockPresence, Lane, Lanes, Message, PeerCapabilities};

/// How much goes into one message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Entries and presences.
    pub(crate) entries: usize,
    /// Bytes of blocks; one block may go over.
    pub(crate) block_bytes: usize,
    /// Presences that wait for a peer.
    pub(crate) presences: usize,
    /// Wants that a peer is told of at once.
    pub(crate) wants: usize,
    /// How long what nothing waits for is coalesced, at least and at most.
    pub(crate) coalesce: [Duration; 2],
    /// So much that is coalesced is worth a message of its own.
    pub(crate) coalesced: usize,
}

#[derive(Debug)]
pub(crate) struct MessageQueue {
    pub(crate) wants: Wantlist,
    capabilities: PeerCapabilities,
    presences: Table<CidKey, (Cid, BlockPresence)>,
    blocks: VecDeque<OutgoingBlock>,
    /// Whether something waits that should not.
    urgent: bool,
    /// How long entries that nothing waits for are coalesced: a round trip, since they make no
    /// difference to what is on its way.
    pub(crate) delay: Duration,
    control: Option<InFlightMessage>,
    data: Option<InFlightMessage>,
    /// The contents of a message between `take_message` and `departed`.
    staged: InFlightMessage,
    /// Want-blocks that found no room on the peer's list since these were last taken.
    pub(crate) unsent: Vec<CidKey>,
}

impl MessageQueue {
    pub(crate) fn new(capabilities: PeerCapabilities, bounds: &Bounds) -> Self {
        Self {
            wants: Wantlist::new(bounds.wants),
            capabilities,
            presences: Table::default(),
            blocks: VecDeque::new(),
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

    /// How long a byte takes to the peer and back.
    pub(crate) fn measured(&mut self, round_trip: Duration, bounds: &Bounds) {
        let [least, most] = bounds.coalesce;
        self.delay = round_trip.clamp(least, most);
    }

    /// What waits has waited long enough, or must not wait.
    pub(crate) const fn flush_soon(&mut self) {
        self.urgent = true;
    }

    /// Whether nothing that is to be said is in a hurry.
    pub(crate) fn can_coalesce(&self, bounds: &Bounds) -> bool {
        !self.urgent && self.wants.pending() < bounds.coalesced
    }

    /// Whether a want waits to be said, or is on its way.
    pub(crate) fn is_being_sent(&self, key: CidKey) -> bool {
        let is_asked =
            |flight: &InFlightMessage| flight.asks.iter().any(|(asked, _)| *asked == key);
        self.wants.has_to_send(key) || self.control.as_ref().is_some_and(is_asked)
    }

    /// False if there is no room among the `most` that may wait.
    pub(crate) fn queue_presence(
        &mut self,
        key: CidKey,
        said: (Cid, BlockPresence),
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

    pub(crate) fn queue_block(&mut self, given: OutgoingBlock) {
        self.drop_presence(given.key);
        self.blocks.push_back(given);
    }

    pub(crate) fn cancel_response(&mut self, key: CidKey) -> u64 {
        self.drop_presence(key);
        let Some(place) = self.blocks.iter().position(|given| given.key == key) else {
            return 0;
        };
        self.blocks.remove(place).map_or(0, |given| given.block.len() as u64)
    }

    /// Nothing is said of it any more; what is on its way is not said again, should it be lost.
    fn drop_presence(&mut self, key: CidKey) {
        self.presences.remove(&key);
        if let Some(flight) = &mut self.control {
            flight.presences.retain(|(said, ..)| *said != key);
        }
    }

    /// The peer no longer wants to hear of anything but what `wanted` says yes to.
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

    /// What an idle lane has to say. [`Self::departed`] must follow.
    pub(crate) fn take_message(&mut self, bounds: &Bounds) -> Option<(Lane, Message)> {
        let single = self.capabilities.lanes == Lanes::One;
        let control_idle = self.control.is_none() && (!single || self.data.is_none());
        let data_idle = self.data.is_none() && (!single || self.control.is_none());
        let mut message = Message::default();
        let blocks_too = single && !self.blocks.is_empty();
        if control_idle && (blocks_too || !self.can_coalesce(bounds)) {
            self.pack_control(bounds, &mut message);
            if single {
                self.pack_blocks(bounds, &mut message);
            }
            if !message.is_empty() {
                return Some((Lane::Control, message));
            }
        }
        if data_idle && !single {
            self.pack_blocks(bounds, &mut message);
        }
        (!message.is_empty()).then_some((Lane::Blocks, message))
    }

    pub(crate) fn send_started(&mut self, lane: Lane, send: SendId) {
        let flight = InFlightMessage { send, ..std::mem::take(&mut self.staged) };
        match lane {
            Lane::Control => self.control = Some(flight),
            Lane::Blocks => self.data = Some(flight),
        }
    }

    pub(crate) fn send_finished(&mut self, send: SendId) -> Option<InFlightMessage> {
        let is_it = |flight: &mut InFlightMessage| flight.send == send;
        self.control.take_if(is_it).or_else(|| self.data.take_if(is_it))
    }

    /// Nothing of `flight` was said: presences wait again, and all our wants go again. Its blocks
    /// are the server's to queue again.
    pub(crate) fn failed(&mut self, flight: &InFlightMessage, most_presences: usize) {
        for (key, cid, presence) in &flight.presences {
            if !self.presences.contains(key) {
                self.queue_presence(*key, (*cid, *presence), most_presences);
            }
        }
        if flight.speaks_of_wants {
            self.resend();
        }
    }

    fn pack_control(&mut self, bounds: &Bounds, message: &mut Message) {
        let difference = self.wants.take(bounds.entries);
        message.full = difference.full;
        message.entries = difference.entries;
        self.staged.speaks_of_wants = message.full || !message.entries.is_empty();
        self.staged.asks = difference.asks;
        self.unsent.extend(difference.unsent);
        while message.entries.len() + message.presences.len() < bounds.entries {
            let Some((&key, &(cid, presence))) = self.presences.iter().next() else {
                break;
            };
            self.presences.remove(&key);
            message.presences.push((cid, presence));
            self.staged.presences.push((key, cid, presence));
        }
        self.urgent = self.wants.pending() > 0 || !self.presences.is_empty();
    }

    fn pack_blocks(&mut self, bounds: &Bounds, message: &mut Message) {
        let mut bytes = 0;
        while let Some(next) = self.blocks.front() {
            if bytes > 0 && bytes + next.block.len() > bounds.block_bytes {
                break;
            }
            bytes += next.block.len().max(1);
            let Some(given) = self.blocks.pop_front() else {
                break;
            };
            message.blocks.push((given.cid, given.block.clone()));
            self.staged.blocks.push(given);
        }
    }
}
