//! Events that strategies observe: one enum for all roles, so that an event has one name
//! everywhere.

use std::ops::BitOr;
use std::time::Duration;

use crate::ids::{CidKey, PeerKey};
use crate::wire::WantKind;

/// A strategy event: one thing that happened. An unknown value is `None`, never 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StrategyEvent {
    /// A peer did not answer an ask before its timeout.
    AskTimedOut {
        /// The peer that was asked.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
    },
    /// A wanted block was received for the first time.
    BlockReceived {
        /// The peer that sent the block.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Size of the block in bytes.
        bytes: u32,
        /// Time since the peer was asked for the block; `None` if it was not asked.
        after: Option<Duration>,
    },
    /// A block was sent to its requester.
    BlockSent {
        /// The requester that got the block.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Size of the block in bytes.
        bytes: u32,
    },
    /// A peer answered DONT_HAVE to an ask.
    DontHaveReceived {
        /// The peer that answered.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
    },
    /// A block was received that had been received before (a duplicate).
    DuplicateReceived {
        /// The peer that sent the block.
        peer: PeerKey,
        /// Size of the block in bytes.
        bytes: u32,
    },
    /// A peer answered HAVE to an ask.
    HaveReceived {
        /// The peer that answered.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
    },
    /// The first connection to a peer that speaks Bitswap was established.
    PeerConnected {
        /// The peer that is connected now.
        peer: PeerKey,
    },
    /// The last connection to a peer was closed.
    PeerDisconnected {
        /// The peer that is not connected any more.
        peer: PeerKey,
    },
    /// A want of a remote peer was received.
    WantSeen {
        /// The requester.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Whether the requester wants the block or only its presence.
        kind: WantKind,
    },
}

impl StrategyEvent {
    /// The kind of this event, as a mask with one bit.
    pub const fn kind(&self) -> EventMask {
        match self {
            Self::AskTimedOut { .. } => EventMask::ASK_TIMED_OUT,
            Self::BlockReceived { .. } => EventMask::BLOCK_RECEIVED,
            Self::BlockSent { .. } => EventMask::BLOCK_SENT,
            Self::DontHaveReceived { .. } => EventMask::DONT_HAVE_RECEIVED,
            Self::DuplicateReceived { .. } => EventMask::DUPLICATE_RECEIVED,
            Self::HaveReceived { .. } => EventMask::HAVE_RECEIVED,
            Self::PeerConnected { .. } => EventMask::PEER_CONNECTED,
            Self::PeerDisconnected { .. } => EventMask::PEER_DISCONNECTED,
            Self::WantSeen { .. } => EventMask::WANT_SEEN,
        }
    }
}

/// A set of kinds of strategy events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventMask(u32);

impl EventMask {
    /// The empty set.
    pub const NOTHING: Self = Self(0);
    /// All kinds of events, also those added in later versions.
    pub const ALL: Self = Self(u32::MAX);
    /// The kind of [`StrategyEvent::AskTimedOut`].
    pub const ASK_TIMED_OUT: Self = Self(1);
    /// The kind of [`StrategyEvent::BlockReceived`].
    pub const BLOCK_RECEIVED: Self = Self(1 << 1);
    /// The kind of [`StrategyEvent::BlockSent`].
    pub const BLOCK_SENT: Self = Self(1 << 2);
    /// The kind of [`StrategyEvent::DontHaveReceived`].
    pub const DONT_HAVE_RECEIVED: Self = Self(1 << 3);
    /// The kind of [`StrategyEvent::DuplicateReceived`].
    pub const DUPLICATE_RECEIVED: Self = Self(1 << 4);
    /// The kind of [`StrategyEvent::HaveReceived`].
    pub const HAVE_RECEIVED: Self = Self(1 << 5);
    /// The kind of [`StrategyEvent::PeerConnected`].
    pub const PEER_CONNECTED: Self = Self(1 << 6);
    /// The kind of [`StrategyEvent::PeerDisconnected`].
    pub const PEER_DISCONNECTED: Self = Self(1 << 7);
    /// The kind of [`StrategyEvent::WantSeen`].
    pub const WANT_SEEN: Self = Self(1 << 8);

    /// Whether all kinds of `other` are in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for EventMask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
