//! Why a run stops before its end; says how to come to the same point again.

use bitswap_core::Timestamp;

use super::NodeId;

/// Why a run stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Halt {
    /// The events that the run was given were not enough. It can go on.
    #[error("seed {seed}: still busy after {limit} more events, at {at:?}")]
    Busy {
        /// The world's seed.
        seed: u64,
        /// How many events it was given.
        limit: u64,
        /// The moment reached.
        at: Timestamp,
    },
    /// An engine broke one of its invariants; nothing that follows means anything.
    #[error("seed {seed}, event {event}, {node}: I{invariant}: {what}")]
    Violation {
        /// The world's seed.
        seed: u64,
        /// The event after which the invariant was broken, from 1.
        event: u64,
        /// The node of the engine.
        node: NodeId,
        /// The number of the invariant, as in [`CheckCounts`](crate::invariants::CheckCounts); 0 if
        /// the engine's own check failed.
        invariant: u8,
        /// A description of what is wrong.
        what: String,
    },
}
