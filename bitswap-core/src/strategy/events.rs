//! What the ears hear: one enum for all roles, so that an event has one name everywhere.

use std::ops::BitOr;
use std::time::Duration;

use crate::ids::{CidKey, PeerKey};
use crate::wire::WantKind;

/// One thing that happened. Unknown is `None`, never 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StrategyEvent {
    /// An ask ran out of patience.
    AskTimedOut {
        /// Who was asked.
        peer: PeerKey,
        /// For what.
        want: CidKey,
    },
    /// A wanted block came for the first time.
    BlockReceived {
        /// Who sent it.
        peer: PeerKey,
        /// Which.
        want: CidKey,
        /// Its size.
        bytes: u32,
        /// Time since this peer was asked for it.
        after: Option<Duration>,
    },
    /// A block of ours was written to its requester.
    BlockSent {
        /// Who got it.
        peer: PeerKey,
        /// Which.
        want: CidKey,
        /// Its size.
        bytes: u32,
    },
    /// A peer said that it does not have a block we asked about.
    DontHaveReceived {
        /// Who.
        peer: PeerKey,
        /// Which.
        want: CidKey,
    },
    /// A block came that had come before.
    DuplicateReceived {
        /// Who sent it.
        peer: PeerKey,
        /// Its size.
        bytes: u32,
    },
    /// A peer said that it has a block we asked about.
    HaveReceived {
        /// Who.
        peer: PeerKey,
        /// Which.
        want: CidKey,
    },
    /// The first connection of a peer that speaks Bitswap.
    PeerConnected {
        /// Who.
        peer: PeerKey,
    },
    /// The last connection of a peer is gone.
    PeerDisconnected {
        /// Who.
        peer: PeerKey,
    },
    /// A peer asked us for something.
    WantSeen {
        /// Who.
        peer: PeerKey,
        /// For what.
        want: CidKey,
        /// The block, or only whether we have it.
        kind: WantKind,
    },
}

impl StrategyEvent {
    /// The bit of this kind of event.
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

/// A set of kinds of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventMask(u32);

impl EventMask {
    /// No event at all.
    pub const NOTHING: Self = Self(0);
    /// Every event, also of kinds that come later.
    pub const ALL: Self = Self(u32::MAX);
    /// [`StrategyEvent::AskTimedOut`].
    pub const ASK_TIMED_OUT: Self = Self(1);
    /// [`StrategyEvent::BlockReceived`].
    pub const BLOCK_RECEIVED: Self = Self(1 << 1);
    /// [`StrategyEvent::BlockSent`].
    pub const BLOCK_SENT: Self = Self(1 << 2);
    /// [`StrategyEvent::DontHaveReceived`].
    pub const DONT_HAVE_RECEIVED: Self = Self(1 << 3);
    /// [`StrategyEvent::DuplicateReceived`].
    pub const DUPLICATE_RECEIVED: Self = Self(1 << 4);
    /// [`StrategyEvent::HaveReceived`].
    pub const HAVE_RECEIVED: Self = Self(1 << 5);
    /// [`StrategyEvent::PeerConnected`].
    pub const PEER_CONNECTED: Self = Self(1 << 6);
    /// [`StrategyEvent::PeerDisconnected`].
    pub const PEER_DISCONNECTED: Self = Self(1 << 7);
    /// [`StrategyEvent::WantSeen`].
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
