//! What a run came to, in whole numbers of simulated time, blocks and bytes.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::{BlockCount, CallId, Failure, SessionId, Stats, Timestamp};

use crate::world::{NodeId, TraceHash};

/// A whole run, up to a moment.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the run was made from.
    pub seed: u64,
    /// The moment.
    pub at: Timestamp,
    /// Inputs that engines were given.
    pub events: u64,
    /// The hash of everything that happened.
    pub trace: TraceHash,
    /// All fetches, in the order in which they began.
    pub fetches: Vec<FetchReport>,
    /// All nodes, by number.
    pub nodes: Vec<NodeReport>,
    /// What went from one node to another.
    pub traffic: BTreeMap<(NodeId, NodeId), Traffic>,
}

/// One call of one caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchReport {
    /// The node of the call.
    pub node: NodeId,
    /// The session of the call.
    pub session: SessionId,
    /// The call.
    pub call: CallId,
    /// When the caller asked.
    pub started_at: Timestamp,
    /// When the first block was delivered.
    pub first_block_at: Option<Timestamp>,
    /// When nothing was left to come.
    pub ended_at: Option<Timestamp>,
    /// Blocks delivered.
    pub got: BlockCount,
    /// CIDs that the caller was told will not come.
    pub failed: u64,
    /// Why they will not, each reason once.
    pub failures: Vec<Failure>,
    /// Whether its node crashed before its end.
    pub is_lost: bool,
}

impl FetchReport {
    pub(crate) const fn new(
        now: Timestamp,
        node: NodeId,
        session: SessionId,
        call: CallId,
    ) -> Self {
        Self {
            node,
            session,
            call,
            started_at: now,
            first_block_at: None,
            ended_at: None,
            got: BlockCount { blocks: 0, bytes: 0 },
            failed: 0,
            failures: Vec::new(),
            is_lost: false,
        }
    }

    /// From the call to its end; `None` while it goes on.
    pub fn time(&self) -> Option<Duration> {
        Some(self.ended_at?.since(self.started_at))
    }

    /// From the call to the first block; `None` if none came.
    pub fn time_to_first_block(&self) -> Option<Duration> {
        Some(self.first_block_at?.since(self.started_at))
    }
}

/// One node.
#[derive(Clone, Debug)]
pub struct NodeReport {
    /// The node.
    pub node: NodeId,
    /// Its engine's own counts, duplicates among them.
    pub stats: Stats,
    /// The nodes that were first to bring it wanted blocks, by number.
    pub sources: Vec<Source>,
    /// What it sent, to all nodes together.
    pub sent: Tally,
    /// What came to it, from all nodes together.
    pub received: Tally,
}

impl NodeReport {
    /// Wanted blocks that `node` was first to bring, of how many that anybody was.
    pub fn share_of(&self, node: NodeId) -> (u64, u64) {
        let all = self.sources.iter().map(|source| source.first.blocks).sum();
        let of_node = self.sources.iter().find(|source| source.node == node);
        (of_node.map_or(0, |source| source.first.blocks), all)
    }
}

/// A node that brought blocks, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The node.
    pub node: NodeId,
    /// Wanted blocks that it was first to bring.
    pub first: BlockCount,
    /// Bytes in blocks that had come before.
    pub duplicate_bytes: u64,
}

/// What went from one node to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// What left the sender. What did not arrive is on its way or lost with its connection.
    pub sent: Tally,
    /// What arrived.
    pub arrived: Tally,
}

/// Messages and what was in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages.
    pub messages: u64,
    /// Their bytes on the wire, framing included.
    pub bytes: u64,
    /// Blocks in them.
    pub blocks: BlockCount,
}

impl Tally {
    pub(crate) const fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.blocks.blocks += other.blocks.blocks;
        self.blocks.bytes += other.blocks.bytes;
    }
}
