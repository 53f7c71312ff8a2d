//! One request of a peer, and its state.

use cid::Cid;

use crate::ids::HashKey;
use crate::short_cid::ShortCid;
use crate::time::Timestamp;
use crate::wire::{RelayHeader, WantKind};

/// A request: a want of a peer.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) cid: ShortCid,
    pub(crate) hash: HashKey,
    pub(crate) kind: WantKind,
    pub(crate) priority: i32,
    pub(crate) send_dont_have: bool,
    /// Whether its queued block came from another peer for the requester.
    pub(crate) is_relayed: bool,
    /// Number of the request, in order of arrival over all peers.
    pub(crate) arrival: u64,
    pub(crate) arrived_at: Timestamp,
    pub(crate) state: State,
    rare: Option<Box<Rare>>,
}

/// What few requests have.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rare {
    pub(crate) deferrals: u32,
    /// How often a message with the answer failed.
    pub(crate) failed_sends: u32,
    /// How far the want may be forwarded, and until when.
    pub(crate) relay: Option<(RelayHeader, Timestamp)>,
}

/// The state of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The local store is being read.
    Looking,
    /// The block is missing; the request is remembered until it comes.
    Absent,
    /// The store failed to read: treated as missing, but read again if the peer asks again.
    Unread,
    /// The ledger policy deferred the request.
    Deferred,
    /// A block of this size is queued to be served.
    Queued(u32),
    /// The block is being read, or in flight.
    Leaving,
}

impl State {
    /// Whether the request waits for the block to be stored.
    pub(crate) const fn waits_for_block(self) -> bool {
        matches!(self, Self::Looking | Self::Absent | Self::Unread)
    }

    /// Whether the block was looked for and is missing.
    pub(crate) const fn is_missing(self) -> bool {
        matches!(self, Self::Absent | Self::Unread)
    }
}

impl Request {
    /// A request that was just received.
    pub(crate) fn new(cid: Cid, hash: HashKey, kind: WantKind) -> Self {
        Self {
            cid: cid.into(),
            hash,
            kind,
            priority: 0,
            send_dont_have: false,
            is_relayed: false,
            arrival: 0,
            arrived_at: Timestamp::ZERO,
            state: State::Looking,
            rare: None,
        }
    }

    pub(crate) fn rare(&self) -> Rare {
        self.rare.as_deref().copied().unwrap_or_default()
    }

    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Sets how far the want may be forwarded, and until when.
    pub(crate) fn set_relay(&mut self, relay: Option<(RelayHeader, Timestamp)>) {
        if relay.is_some() || self.rare.is_some() {
            self.rare_mut().relay = relay;
        }
    }

    /// How many hops the want may be forwarded.
    pub(crate) fn ttl(&self) -> u8 {
        self.rare().relay.map_or(0, |(relay, _)| relay.ttl())
    }

    /// Arrival and size of a queued task; size 0 if it is not queued.
    pub(crate) const fn queued(&self) -> (u64, u32) {
        match self.state {
            State::Queued(bytes) => (self.arrival, bytes),
            State::Looking | State::Absent | State::Unread | State::Deferred | State::Leaving => {
                (self.arrival, 0)
            }
        }
    }
}
