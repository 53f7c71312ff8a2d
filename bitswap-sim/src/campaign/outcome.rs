//! What came of one run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::invariants::CheckCounts;
use crate::world::{Halt, NodeId, TraceHash};

/// One run, to its end or to its failure.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Inputs that engines were given.
    pub events: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Nodes, hostile ones included.
    pub nodes: usize,
    /// The hash of everything that happened.
    pub trace: TraceHash,
    /// How often each invariant had something to check.
    pub check_counts: CheckCounts,
    /// The most wants that one of its nodes had open at once.
    pub most_wants: u64,
    /// How its calls ended after it was healed.
    pub healing: Healing,
    /// What went wrong, if anything did.
    pub failure: Option<Failure>,
}

/// How calls ended once nothing went wrong any more, first in the world as it was by then.
#[derive(Clone, Debug, Default)]
pub struct Healing {
    /// Whether it came early, since too much happened at once.
    pub was_hurried: bool,
    /// How many calls ended with all their blocks, and in time if they had to.
    pub judged: u64,
    /// How many fell short and did not have to end otherwise, by the reason.
    pub exempt: BTreeMap<&'static str, u64>,
    /// How many had to end before anything was healed: somebody within reach had their blocks.
    pub due: u64,
    /// Of the judged ones that were open then, how long each took from then on.
    pub took: Vec<Duration>,
}

/// A run that showed something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The seed of its world.
    pub seed: u64,
    /// The number of the event after which it showed.
    pub event: u64,
    /// The node at which it showed, if at one.
    pub node: Option<NodeId>,
    /// The number of the invariant; 0 if an engine's own check failed.
    pub invariant: u8,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, event, node, invariant, what } = self;
        write!(f, "seed={seed} event={event} ")?;
        match node {
            Some(node) => write!(f, "node={} ", node.place())?,
            None => f.write_str("node=none ")?,
        }
        write!(f, "invariant=I{invariant}: {what}")
    }
}

impl From<Halt> for Failure {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Busy { seed, limit, at } => Self {
                seed,
                event: limit,
                node: None,
                invariant: 14,
                what: format!("still busy after {limit} more events, at {at:?}"),
            },
            Halt::Violation { seed, event, node, invariant, what } => {
                Self { seed, event, node: Some(node), invariant, what }
            }
        }
    }
}
