//! The five roles in which strategies decide: their traits, views and answers.
//!
//! Every role is a trait with one or two methods that decide, and one that observes events. A
//! strategy gets views, plain data that lasts for the call, and answers with decisions, plain data
//! that the engine checks: an unknown peer is dropped and counted, a number out of range is
//! clamped. So a bad strategy makes a node slow, but never incorrect, unsafe or stuck.
//!
//! A strategy has no clock and no random numbers of its own: both come with [`Ctx`]. Peers and CIDs
//! are [`PeerKey`](crate::PeerKey) and [`CidKey`](crate::CidKey), which stay the same as long as
//! the engine lives and may be kept.
//!
//! Strategies are replaced while the engine runs, one role at a time. A new strategy first takes
//! over what the old one leaves it (`export_state` and `import_state`, by default nothing), then
//! observes `PeerConnected` for every connected peer, also of those it knows from that state, and
//! `SessionOpened` for every open session, if it observes these kinds. Then whatever the old one
//! decided that still has an effect is decided again.

mod ctx;
mod decision;
mod events;
mod ledger_policy;
mod named;
mod outcome;
mod peer_class;
mod peer_selector;
pub mod plain;
mod provider_finder;
mod registry;
mod report;
mod role;
mod set;
mod state;
mod task_prioritizer;
mod view;

pub use ctx::{Candidates, Ctx, Reason};
pub use decision::{Admission, Ask, Asks, PeerSet, Rank, RelayPlan, Source, Step, WantSet, Weight};
pub use events::{EventMask, StrategyEvent};
pub use ledger_policy::LedgerPolicy;
pub use named::{Named, NamedStrategy};
pub use outcome::AskOutcome;
pub use peer_class::PeerClass;
pub use peer_selector::PeerSelector;
pub use provider_finder::ProviderFinder;
pub use registry::Registry;
pub use report::{Mean, PartReport, Report};
pub use role::Role;
pub use set::StrategySet;
pub use state::State;
pub use task_prioritizer::TaskPrioritizer;
pub use view::{
    Account, FullSessionView, InFlight, PeerQueueView, PeerView, Presence, RelayRequestView,
    RelayView, RequestView, SearchView, SearchedWant, SessionView, TaskView, WantPhase, WantView,
};
