//! Views that strategies get: plain data that lasts for a call.
//!
//! An unknown value is `None`, never 0. Names give the direction as seen from this node: `sent_to`
//! a peer, `received_from` it.

mod getting;
mod relaying;
mod serving;

pub use getting::{InFlight, PeerView, Presence, SearchView, SessionView, WantView};
pub use relaying::{RelayRequestView, RelayView};
pub use serving::{Account, PeerQueueView, RequestView, TaskView};
