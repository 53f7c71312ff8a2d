//! Views for serving blocks.

use crate::ids::{CidKey, PeerKey};
use crate::strategy::Weight;
use crate::time::Timestamp;
use crate::wire::WantKind;

/// A peer that waits for blocks from us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerQueueView {
    /// Which peer.
    pub peer: PeerKey,
    /// What the ledger says of it.
    pub weight: Weight,
    /// Blocks queued for it.
    pub pending_tasks: u32,
    /// Bytes of those blocks.
    pub pending_bytes: u64,
    /// Bytes taken from its queue and not yet written to it.
    pub in_flight_bytes_to: u64,
    /// When its oldest queued task arrived.
    pub oldest_task_at: Timestamp,
    /// When a block was last taken from its queue; `None` = never.
    pub last_served_at: Option<Timestamp>,
    /// How many times anybody was served before this peer's last turn.
    pub turn: u64,
    /// Useful block bytes it got from us.
    pub sent_to: u64,
    /// Useful block bytes it gave us.
    pub received_from: u64,
}

/// A block queued for a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskView {
    /// For whom.
    pub peer: PeerKey,
    /// Which block.
    pub want: CidKey,
    /// Its size.
    pub bytes: u32,
    /// The requester's priority; higher first, relative to its other requests.
    pub priority: i32,
    /// A number that grows with each request of the node.
    pub arrival: u64,
    /// When the request came.
    pub arrived_at: Timestamp,
}

/// What passed between us and one peer. Kept when the peer leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which peer.
    pub peer: PeerKey,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When a block last passed, either way.
    pub last_exchange_at: Option<Timestamp>,
    /// Block bytes written to it.
    pub sent_to: u64,
    /// Blocks written to it.
    pub blocks_sent_to: u64,
    /// Bytes of wanted blocks that it was the first to bring.
    pub received_from: u64,
    /// Wanted blocks that it was the first to bring.
    pub blocks_received_from: u64,
    /// Bytes of blocks from it that had come before.
    pub duplicate_received_from: u64,
    /// Bytes of blocks from it that nobody here had asked for.
    pub unasked_received_from: u64,
    /// Its requests that were refused.
    pub refusals: u32,
}

impl Account {
    /// An account with nothing in it.
    pub const fn new(peer: PeerKey, first_seen_at: Timestamp) -> Self {
        Self {
            peer,
            first_seen_at,
            last_exchange_at: None,
            sent_to: 0,
            blocks_sent_to: 0,
            received_from: 0,
            blocks_received_from: 0,
            duplicate_received_from: 0,
            unasked_received_from: 0,
            refusals: 0,
        }
    }

    /// Bytes it got beyond what it gave.
    pub const fn debt_owed_to_us(&self) -> u64 {
        self.sent_to.saturating_sub(self.received_from)
    }

    /// Bytes it gave beyond what it got.
    pub const fn debt_we_owe(&self) -> u64 {
        self.received_from.saturating_sub(self.sent_to)
    }
}

/// A request that asks for admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// What is asked for.
    pub want: CidKey,
    /// The block, or only whether we have it.
    pub kind: WantKind,
    /// The block's size; `None` while we have not looked.
    pub bytes: Option<u32>,
    /// The requester's priority.
    pub priority: i32,
    /// How often this request was deferred.
    pub deferrals: u32,
}
