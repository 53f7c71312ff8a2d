//! What is to happen, in order. The only source of order in a world.

use std::collections::{BTreeMap, BTreeSet};

use bitswap_core::{CallId, Input, SendId, Timestamp};

use super::NodeId;
use crate::network::Parcel;
use crate::store::Job;

/// Something that happens at a moment.
#[derive(Debug)]
pub(super) enum Occasion {
    /// A message is through its receiver's downlink.
    Arrives(Parcel),
    /// An engine wanted to be called at this moment.
    Deadline(NodeId),
    /// A caller gives credit for more blocks.
    Demands(CallId),
    /// An engine is told something.
    Happens(NodeId, Input),
    /// The last byte of a message has left its sender.
    Left { from: NodeId, to: NodeId, send: SendId },
    /// The first byte of a message is at its receiver's downlink.
    Reaches(Parcel),
    /// A store has done what it was asked.
    StoreDone(NodeId, Job),
}

/// Occasions by time. Those of one moment take place in the order in which they were noted, then
/// the deadlines of that moment, by the number of their node.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    occasions: BTreeMap<(Timestamp, u64), Occasion>,
    noted: u64,
    deadlines: BTreeSet<(Timestamp, NodeId)>,
}

impl Agenda {
    /// Notes what is to happen.
    pub(super) fn note(&mut self, at: Timestamp, occasion: Occasion) {
        self.noted += 1;
        self.occasions.insert((at, self.noted), occasion);
    }

    /// Moves the deadline of `node`.
    pub(super) fn move_deadline(
        &mut self,
        node: NodeId,
        before: Option<Timestamp>,
        after: Option<Timestamp>,
    ) {
        if before == after {
            return;
        }
        if let Some(at) = before {
            self.deadlines.remove(&(at, node));
        }
        if let Some(at) = after {
            self.deadlines.insert((at, node));
        }
    }

    /// When something happens next.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        let occasion = self.occasions.first_key_value().map(|((at, _), _)| *at);
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        occasion.into_iter().chain(deadline).min()
    }

    /// Takes what happens next. A deadline stays until it is moved.
    pub(super) fn take_next(&mut self) -> Option<(Timestamp, Occasion)> {
        let deadline = self.deadlines.first().copied();
        let occasion = self.occasions.first_key_value().map(|((at, _), _)| *at);
        match deadline {
            Some((at, node)) if occasion.is_none_or(|occasion| at < occasion) => {
                Some((at, Occasion::Deadline(node)))
            }
            _ => self.occasions.pop_first().map(|((at, _), occasion)| (at, occasion)),
        }
    }
}
