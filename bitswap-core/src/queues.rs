//! The parts of a peer's message queue: what it is to learn, and what is on its way to it.
//!
//! A message is made when its lane is idle, never before: what gathers meanwhile is merged, so a
//! slow peer costs one message. Entries that are not urgent are coalesced for a while.

mod in_flight;
mod queue;
mod wantlist;

pub(crate) use in_flight::{InFlightMessage, OutgoingBlock};
pub(crate) use queue::{Bounds, MessageQueue};
pub(crate) use wantlist::{Answer, Origin, WantlistEntry};
