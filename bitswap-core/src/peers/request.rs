//! One want of one peer, and how far we are with it.

use cid::Cid;

use crate::ids::HashKey;
use crate::time::Timestamp;
use crate::wire::{RelayHeader, WantKind};

/// A want of a peer.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) cid: Cid,
    pub(crate) hash: HashKey,
    pub(crate) kind: WantKind,
    pub(crate) priority: i32,
    pub(crate) send_dont_have: bool,
    /// Grows with each request of the node.
    pub(crate) arrival: u64,
    pub(crate) arrived_at: Timestamp,
    pub(crate) state: State,
    pub(crate) deferrals: u32,
    /// Messages with the answer that could not be written.
    pub(crate) failed_sends: u32,
    /// How far the want may be passed on, and until when.
    pub(crate) relay: Option<(RelayHeader, Timestamp)>,
}

/// How far we are with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Our store is being asked.
    Looking,
    /// We lack the block; remembered until it comes.
    Absent,
    /// Our store could not say whether it has the block: as if we lacked it, but asked again when
    /// the peer asks again.
    Unread,
    /// Put off by the ledger's policy.
    Deferred,
    /// A block of this size waits for its turn.
    Queued(u32),
    /// Its turn has come: being read, or on its way.
    Leaving,
}

impl State {
    /// Whether the arrival of the block would change something.
    pub(crate) const fn waits_for_block(self) -> bool {
        matches!(self, Self::Looking | Self::Absent | Self::Unread)
    }

    /// Whether the block was looked for and is not here.
    pub(crate) const fn is_missing(self) -> bool {
        matches!(self, Self::Absent | Self::Unread)
    }
}

impl Request {
    /// A request that has just come.
    pub(crate) const fn new(cid: Cid, hash: HashKey, kind: WantKind) -> Self {
        Self {
            cid,
            hash,
            kind,
            priority: 0,
            send_dont_have: false,
            arrival: 0,
            arrived_at: Timestamp::ZERO,
            state: State::Looking,
            deferrals: 0,
            failed_sends: 0,
            relay: None,
        }
    }

    /// Arrival and size of a request that waits for its turn; size 0 if it does not.
    pub(crate) const fn queued(&self) -> (u64, u32) {
        match self.state {
            State::Queued(bytes) => (self.arrival, bytes),
            State::Looking | State::Absent | State::Unread | State::Deferred | State::Leaving => {
                (self.arrival, 0)
            }
        }
    }
}
