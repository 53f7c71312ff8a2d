//! What strategies see: plain data that lasts for a call. No view holds a machine.
//!
//! Unknown is `None`, never 0. Names say the direction from where we stand.

mod getting;
mod relaying;
mod serving;

pub use getting::{PeerView, Presence, SearchView, SessionView, WantView};
pub use relaying::{RelayRequestView, RelayView};
pub use serving::{Account, PeerQueueView, RequestView, TaskView};
