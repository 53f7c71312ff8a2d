//! Views for serving blocks: queues, tasks, accounts and requests.

use crate::ids::{CidKey, PeerKey};
use crate::strategy::{PeerClass, Weight};
use crate::time::Timestamp;
use crate::wire::WantKind;

/// A peer that waits for blocks from us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerQueueView {
    /// Key of the peer.
    pub peer: PeerKey,
    /// Who the peer is to this node.
    pub class: PeerClass,
    /// Whether the peer is in the same local network.
    pub is_local: bool,
    /// The weight that the ledger policy gave the peer.
    pub weight: Weight,
    /// Blocks queued for the peer.
    pub pending_tasks: u32,
    /// Bytes of the blocks queued for the peer.
    pub pending_bytes: u64,
    /// Block bytes taken from the peer's queue and not yet sent.
    pub in_flight_bytes_to: u64,
    /// Size in bytes of the block that is taken next from the peer's queue.
    pub next_task_bytes: u32,
    /// Whether that block came from another peer for this one (it was relayed).
    pub next_task_relayed: bool,
    /// When the oldest queued block was requested.
    pub oldest_task_at: Timestamp,
    /// When a block was last taken from the peer's queue; `None` = never.
    pub last_served_at: Option<Timestamp>,
    /// Since when the peer has always had a block queued or in flight.
    pub backlogged_since: Timestamp,
    /// Block bytes taken from the peer's queue since then.
    pub served_since_backlogged: u64,
    /// The peer's start tag in start-time fair queueing (Goyal, Vin and Cheng 1996), in bytes: the
    /// block bytes taken from its queue, each divided by the weight that the peer had then, and
    /// never less than the tag of the peer that was served last when this one began to wait. The
    /// peer with the smallest tag has had least for its weight.
    pub start_tag: u64,
    /// The node's count of served turns when this peer was last served.
    pub turn: u64,
    /// Useful block bytes that were sent to the peer.
    pub sent_to: u64,
    /// Useful block bytes that were received from the peer.
    pub received_from: u64,
}

/// A block queued for a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskView {
    /// The requester.
    pub peer: PeerKey,
    /// The want, as its keyed CID.
    pub want: CidKey,
    /// Size of the block in bytes.
    pub bytes: u32,
    /// The requester's priority; higher first, relative to its other requests.
    pub priority: i32,
    /// Number of the request, in order of arrival over all peers.
    pub arrival: u64,
    /// When the request was received.
    pub arrived_at: Timestamp,
    /// Whether the block came from another peer for this one (it is relayed).
    pub relayed: bool,
}

/// The ledger account of one peer: what was exchanged with it. Kept when the peer disconnects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Key of the peer.
    pub peer: PeerKey,
    /// Who the peer is to this node; `Other` while it is not connected.
    pub class: PeerClass,
    /// Whether the peer is connected from the same local network.
    pub is_local: bool,
    /// Since when the peer is connected; `None` = it is not.
    pub connected_since: Option<Timestamp>,
    /// Wants of the peer that we hold, served or not: whether it is interested in us.
    pub wants_from_us: u32,
    /// Wants that the peer is asked for, or about to be: whether we are interested in it.
    pub asked_of: u32,
    /// Bytes of the blocks queued for the peer.
    pub pending_bytes: u64,
    /// Block bytes taken from the peer's queue and not yet sent.
    pub in_flight_bytes_to: u64,
    /// When the peer first connected.
    pub first_seen_at: Timestamp,
    /// When a block was last exchanged, in either direction.
    pub last_exchange_at: Option<Timestamp>,
    /// Block bytes sent to the peer.
    pub sent_to: u64,
    /// Blocks sent to the peer.
    pub blocks_sent_to: u64,
    /// Bytes of wanted blocks that the peer was the first to send.
    pub received_from: u64,
    /// Wanted blocks that the peer was the first to send.
    pub blocks_received_from: u64,
    /// Bytes of duplicate blocks received from the peer.
    pub duplicate_received_from: u64,
    /// Bytes of blocks received from the peer that nobody here asked for.
    pub unasked_received_from: u64,
    /// Block bytes sent to the peer that another peer gave us for it; not in
    /// [`sent_to`](Self::sent_to).
    pub relayed_sent_to: u64,
    /// Block bytes that the peer was the first to send and that we wanted for another peer only;
    /// not in [`received_from`](Self::received_from).
    pub relayed_received_from: u64,
    /// Requests of the peer that were refused.
    pub refusals: u32,
}

impl Account {
    /// An empty account.
    pub fn new(peer: PeerKey, first_seen_at: Timestamp) -> Self {
        Self { peer, first_seen_at, ..Self::default() }
    }

    /// Bytes sent to the peer beyond those received from it; 0 if there are none.
    pub const fn debt_owed_to_us(&self) -> u64 {
        self.sent_to.saturating_sub(self.received_from)
    }

    /// Bytes received from the peer beyond those sent to it; 0 if there are none.
    pub const fn debt_we_owe(&self) -> u64 {
        self.received_from.saturating_sub(self.sent_to)
    }
}

/// A request that needs admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// The want, as its keyed CID.
    pub want: CidKey,
    /// Whether the requester wants the block or only its presence.
    pub kind: WantKind,
    /// Size of the block in bytes; `None` before the store was asked.
    pub bytes: Option<u32>,
    /// The requester's priority.
    pub priority: i32,
    /// How many hops the want may be forwarded if we lack the block; 0 = it is for us alone.
    pub ttl: u8,
    /// How often this request was deferred before.
    pub deferrals: u32,
}
