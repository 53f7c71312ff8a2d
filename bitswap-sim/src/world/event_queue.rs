//! The queue of events to come. It is the only source of order in a world.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use bitswap_core::{CallId, Input, Timestamp};

use super::NodeId;
use crate::network::{Frame, InFlightFrame, Pair, Step};
use crate::routing::RoutingEvent;
use crate::store::Job;

/// An event of the simulation.
#[derive(Debug)]
pub(super) enum SimEvent {
    /// A message is through its receiver's downlink.
    Arrives(InFlightFrame),
    /// A connection of this life breaks.
    Breaks { from: NodeId, to: NodeId, life: u32 },
    /// A part of a message came.
    Comes(Box<Coming>),
    /// A node wanted to be called at about this moment.
    Deadline(NodeId),
    /// A caller gives credit for more blocks, or asks for more.
    Demands(CallId),
    /// A message was not taken, and is given up.
    GivesUp { from: NodeId, to: NodeId, number: u64 },
    /// A node is told something.
    Happens(NodeId, Box<Input>),
    /// The last byte of a message has left its sender.
    Left { from: NodeId, to: NodeId, pair: Pair, number: u64 },
    /// A stream is agreed on, and a message can be written.
    Negotiated(Box<Frame>),
    /// Two nodes whose connection broke connect again.
    Reconnects(NodeId, NodeId),
    /// A node learns that its peer had dropped their connection of this life.
    Notices { by: NodeId, of: NodeId, life: u32 },
    /// The first byte of a message is at its receiver's downlink.
    Reaches(InFlightFrame),
    /// A node runs again.
    Resumes(NodeId),
    /// Content routing has come to something for a node in this life.
    Routes(NodeId, u32, Box<RoutingEvent>),
    /// A transport with a ramp goes on.
    Steps(Box<Step>),
    /// A store has done what a node in this life asked.
    StoreDone(NodeId, u32, Box<Job>),
}

/// A message that takes long to come: what its receiver hears of it meanwhile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coming {
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) life: u32,
    /// What comes of it in [`Limits::BYTES_TOLD`](bitswap_core::Limits::BYTES_TOLD).
    pub(super) bytes: u64,
    /// When it is whole.
    pub(super) until: Timestamp,
}

/// Events by time. Those of one moment take place in the order in which they were scheduled.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    /// When, the number under which it was scheduled, and its place in `events`.
    order: BinaryHeap<Reverse<(Timestamp, u64, u32)>>,
    events: Vec<Option<SimEvent>>,
    free: Vec<u32>,
    /// Those that were due when they were scheduled, in order: half of all, and they need no heap.
    due: VecDeque<(Timestamp, u64, SimEvent)>,
    /// The time of the event that was taken last.
    taken_at: Timestamp,
    scheduled: u64,
}

impl EventQueue {
    /// Schedules an event.
    pub(super) fn schedule(&mut self, at: Timestamp, event: SimEvent) {
        self.scheduled += 1;
        // An event that is due goes behind those that are due since then or earlier. All others go
        // into the heap.
        if at <= self.taken_at && self.due.back().is_none_or(|(last, _, _)| *last <= at) {
            self.due.push_back((at, self.scheduled, event));
            return;
        }
        let place = if let Some(place) = self.free.pop() {
            self.events[place as usize] = Some(event);
            place
        } else {
            self.events.push(Some(event));
            (self.events.len() - 1) as u32
        };
        self.order.push(Reverse((at, self.scheduled, place)));
    }

    /// When something happens next, at the earliest.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        let planned = self.order.peek().map(|Reverse((at, _, _))| *at);
        let due = self.due.front().map(|(at, _, _)| *at);
        planned.into_iter().chain(due).min()
    }

    /// All events in the queue, in no order.
    pub(super) fn events(&self) -> impl Iterator<Item = &SimEvent> {
        let due = self.due.iter().map(|(_, _, event)| event);
        self.events.iter().flatten().chain(due)
    }

    /// Removes and returns the next event.
    pub(super) fn pop(&mut self) -> Option<(Timestamp, SimEvent)> {
        let planned = self.order.peek().map(|Reverse((at, scheduled, _))| (*at, *scheduled));
        let is_due = |(at, scheduled, _): &(Timestamp, u64, _)| {
            planned.is_none_or(|planned| (*at, *scheduled) < planned)
        };
        if self.due.front().is_some_and(is_due) {
            let (at, _, event) = self.due.pop_front()?;
            self.taken_at = at;
            return Some((at, event));
        }
        let Reverse((at, _, place)) = self.order.pop()?;
        let event = self.events.get_mut(place as usize)?.take()?;
        self.free.push(place);
        self.taken_at = at;
        Some((at, event))
    }
}
