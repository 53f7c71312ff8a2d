//! Views that strategies get: plain data that lasts for a call.
//!
//! An unknown value is `None`, never 0. Names give the direction as seen from this node: `sent_to`
//! a peer, `received_from` it.

mod full_session;
mod getting;
mod relaying;
mod searching;
mod serving;

pub use full_session::FullSessionView;
pub use getting::{InFlight, PeerView, Presence, SessionView, WantView};
pub use relaying::{RelayRequestView, RelayView};
pub use searching::{SearchView, SearchedWant, WantPhase};
pub use serving::{Account, PeerQueueView, RequestView, TaskView};
