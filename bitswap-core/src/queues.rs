//! The parts of a peer's message queue: what is to be sent, and what is in flight.
//!
//! A message is built when its lane is idle, never before: what is queued meanwhile is merged, so
//! that a slow peer costs one message. Non-urgent entries are coalesced for a while.

mod batch;
mod in_flight;
mod queue;
mod wantlist;

pub(crate) use in_flight::{InFlightMessage, LeavingBlock, OutgoingBlock};
pub(crate) use queue::{Bounds, MessageQueue};
pub(crate) use wantlist::{Answer, Origin, WantlistEntry};
