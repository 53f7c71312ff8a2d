//! What is to happen, in order. The only source of order in a world.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use bitswap_core::{CallId, Input, Timestamp};

use super::NodeId;
use crate::network::{Letter, Pair, Parcel};
use crate::routing::Errand;
use crate::store::Job;

/// Something that happens at a moment.
#[derive(Debug)]
pub(super) enum Occasion {
    /// A message is through its receiver's downlink.
    Arrives(Parcel),
    /// A connection of this life breaks.
    Breaks { from: NodeId, to: NodeId, life: u32 },
    /// A node wanted to be called at about this moment.
    Deadline(NodeId),
    /// A caller gives credit for more blocks.
    Demands(CallId),
    /// A message was not taken, and is given up.
    GivesUp { from: NodeId, to: NodeId, number: u64 },
    /// A node is told something.
    Happens(NodeId, Box<Input>),
    /// The last byte of a message has left its sender.
    Left { from: NodeId, to: NodeId, pair: Pair, number: u64 },
    /// A stream is agreed on, and a message can be written.
    Negotiated(Box<Letter>),
    /// Two nodes whose connection broke connect again.
    Reconnects(NodeId, NodeId),
    /// A node learns that its peer had dropped their connection of this life.
    Notices { by: NodeId, of: NodeId, life: u32 },
    /// The first byte of a message is at its receiver's downlink.
    Reaches(Parcel),
    /// A node runs again.
    Resumes(NodeId),
    /// Content routing has come to something for a node in this life.
    Routes(NodeId, u32, Box<Errand>),
    /// A store has done what a node in this life asked.
    StoreDone(NodeId, u32, Box<Job>),
}

/// Occasions by time. Those of one moment take place in the order in which they were noted.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// When, the how manieth that was noted, and where it stands.
    order: BinaryHeap<Reverse<(Timestamp, u64, u32)>>,
    occasions: Vec<Option<Occasion>>,
    free: Vec<u32>,
    /// Those that were due when they were noted, in order: half of all, and they need no heap.
    due: VecDeque<(Timestamp, u64, Occasion)>,
    /// The moment of the occasion that was taken last.
    taken_at: Timestamp,
    noted: u64,
}

impl Agenda {
    /// Notes what is to happen.
    pub(super) fn note(&mut self, at: Timestamp, occasion: Occasion) {
        self.noted += 1;
        // Who is due stands behind who is due since then or earlier, and else in the heap.
        if at <= self.taken_at && self.due.back().is_none_or(|(last, _, _)| *last <= at) {
            self.due.push_back((at, self.noted, occasion));
            return;
        }
        let place = if let Some(place) = self.free.pop() {
            self.occasions[place as usize] = Some(occasion);
            place
        } else {
            self.occasions.push(Some(occasion));
            (self.occasions.len() - 1) as u32
        };
        self.order.push(Reverse((at, self.noted, place)));
    }

    /// When something happens next, at the earliest.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        let planned = self.order.peek().map(|Reverse((at, _, _))| *at);
        let due = self.due.front().map(|(at, _, _)| *at);
        planned.into_iter().chain(due).min()
    }

    /// All that is to happen, in no order.
    pub(super) fn occasions(&self) -> impl Iterator<Item = &Occasion> {
        let due = self.due.iter().map(|(_, _, occasion)| occasion);
        self.occasions.iter().flatten().chain(due)
    }

    /// Takes what happens next.
    pub(super) fn take_next(&mut self) -> Option<(Timestamp, Occasion)> {
        let planned = self.order.peek().map(|Reverse((at, noted, _))| (*at, *noted));
        let is_due = |(at, noted, _): &(Timestamp, u64, _)| {
            planned.is_none_or(|planned| (*at, *noted) < planned)
        };
        if self.due.front().is_some_and(is_due) {
            let (at, _, occasion) = self.due.pop_front()?;
            self.taken_at = at;
            return Some((at, occasion));
        }
        let Reverse((at, _, place)) = self.order.pop()?;
        let occasion = self.occasions.get_mut(place as usize)?.take()?;
        self.free.push(place);
        self.taken_at = at;
        Some((at, occasion))
    }
}
