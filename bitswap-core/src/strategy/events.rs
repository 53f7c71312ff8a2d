//! Events that strategies observe: one enum for all roles, so that an event has one name
//! everywhere.

use std::ops::BitOr;
use std::time::Duration;

use super::{AskOutcome, Reason};
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::wire::WantKind;

/// A strategy event: one thing that happened. An unknown value is `None`, never 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StrategyEvent {
    /// An ask ended: it was answered, cancelled, or timed out.
    AskEnded {
        /// The session that asked.
        session: SessionId,
        /// The peer that was asked.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Whether the peer was asked for the block or only for its presence.
        kind: WantKind,
        /// How the ask ended.
        outcome: AskOutcome,
        /// Time since the peer was asked.
        after: Duration,
    },
    /// A peer was asked.
    AskMade {
        /// The session that asks.
        session: SessionId,
        /// The peer that is asked.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Whether the peer is asked for the block or only for its presence.
        kind: WantKind,
        /// Why the peer is asked: the reason of the peer selector, or the name of an
        /// [`OwnAsk`](crate::OwnAsk).
        reason: Reason,
    },
    /// A wanted block was received for the first time.
    BlockReceived {
        /// The session that asked for it, or the oldest one that waits for it.
        session: SessionId,
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
    /// A want was broadcast to connected peers.
    BroadcastMade {
        /// The session that searches.
        session: SessionId,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Number of peers that the broadcast is for.
        peers: u32,
    },
    /// A peer answered DONT_HAVE to an ask.
    DontHaveReceived {
        /// The session that asked.
        session: SessionId,
        /// The peer that answered.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
    },
    /// A block was received that had been received before (a duplicate).
    DuplicateReceived {
        /// The oldest session that the block had come for.
        session: Option<SessionId>,
        /// The peer that sent the block.
        peer: PeerKey,
        /// Size of the block in bytes.
        bytes: u32,
    },
    /// A peer answered HAVE to an ask.
    HaveReceived {
        /// The session that asked.
        session: SessionId,
        /// The peer that answered.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Time since the peer was asked; `None` if it had answered already.
        after: Option<Duration>,
        /// How far from the peer the block is, in hops; 0 = the peer has it.
        hops: u8,
    },
    /// A look-up of providers ended.
    LookupEnded {
        /// The session that searches.
        session: SessionId,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Number of providers that the look-up found.
        found: u32,
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
    /// A message to a peer failed, or the peer lost its other connection: it may have lost what it
    /// was sent, and what it was about to send.
    PeerReset {
        /// The peer whose messages were lost.
        peer: PeerKey,
    },
    /// Routing found a provider, connected or not.
    ProviderFound {
        /// The session that searches.
        session: SessionId,
        /// The provider.
        peer: PeerKey,
        /// The want that it provides, as its keyed CID.
        want: CidKey,
    },
    /// All blocks that were queued for a peer are on their way.
    QueueEmptied {
        /// The requester.
        peer: PeerKey,
    },
    /// A session was closed.
    SessionClosed {
        /// The session that is over.
        session: SessionId,
    },
    /// A session was opened.
    SessionOpened {
        /// The new session.
        session: SessionId,
    },
    /// A peer's turn to be served: blocks were taken from its queue.
    TurnTaken {
        /// The requester.
        peer: PeerKey,
        /// Bytes of the blocks that were taken.
        bytes: u64,
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
    /// The peer that the event is about, if it is about one.
    pub const fn peer(&self) -> Option<PeerKey> {
        match self {
            Self::AskEnded { peer, .. }
            | Self::AskMade { peer, .. }
            | Self::BlockReceived { peer, .. }
            | Self::BlockSent { peer, .. }
            | Self::DontHaveReceived { peer, .. }
            | Self::DuplicateReceived { peer, .. }
            | Self::HaveReceived { peer, .. }
            | Self::PeerConnected { peer }
            | Self::PeerDisconnected { peer }
            | Self::PeerReset { peer }
            | Self::ProviderFound { peer, .. }
            | Self::QueueEmptied { peer }
            | Self::TurnTaken { peer, .. }
            | Self::WantSeen { peer, .. } => Some(*peer),
            Self::BroadcastMade { .. }
            | Self::LookupEnded { .. }
            | Self::SessionClosed { .. }
            | Self::SessionOpened { .. } => None,
        }
    }

    /// The want that the event is about, if it is about one.
    pub const fn want(&self) -> Option<CidKey> {
        match self {
            Self::AskEnded { want, .. }
            | Self::AskMade { want, .. }
            | Self::BlockReceived { want, .. }
            | Self::BlockSent { want, .. }
            | Self::BroadcastMade { want, .. }
            | Self::DontHaveReceived { want, .. }
            | Self::HaveReceived { want, .. }
            | Self::LookupEnded { want, .. }
            | Self::ProviderFound { want, .. }
            | Self::WantSeen { want, .. } => Some(*want),
            Self::DuplicateReceived { .. }
            | Self::PeerConnected { .. }
            | Self::PeerDisconnected { .. }
            | Self::PeerReset { .. }
            | Self::QueueEmptied { .. }
            | Self::SessionClosed { .. }
            | Self::SessionOpened { .. }
            | Self::TurnTaken { .. } => None,
        }
    }

    /// The session that the event belongs to, if it belongs to one.
    pub const fn session(&self) -> Option<SessionId> {
        match self {
            Self::AskEnded { session, .. }
            | Self::AskMade { session, .. }
            | Self::BlockReceived { session, .. }
            | Self::BroadcastMade { session, .. }
            | Self::DontHaveReceived { session, .. }
            | Self::HaveReceived { session, .. }
            | Self::LookupEnded { session, .. }
            | Self::ProviderFound { session, .. }
            | Self::SessionClosed { session }
            | Self::SessionOpened { session } => Some(*session),
            Self::DuplicateReceived { session, .. } => *session,
            Self::BlockSent { .. }
            | Self::PeerConnected { .. }
            | Self::PeerDisconnected { .. }
            | Self::PeerReset { .. }
            | Self::QueueEmptied { .. }
            | Self::TurnTaken { .. }
            | Self::WantSeen { .. } => None,
        }
    }

    /// The kind of this event, as a mask with one bit.
    pub const fn kind(&self) -> EventMask {
        match self {
            Self::AskEnded { .. } => EventMask::ASK_ENDED,
            Self::AskMade { .. } => EventMask::ASK_MADE,
            Self::BlockReceived { .. } => EventMask::BLOCK_RECEIVED,
            Self::BlockSent { .. } => EventMask::BLOCK_SENT,
            Self::BroadcastMade { .. } => EventMask::BROADCAST_MADE,
            Self::DontHaveReceived { .. } => EventMask::DONT_HAVE_RECEIVED,
            Self::DuplicateReceived { .. } => EventMask::DUPLICATE_RECEIVED,
            Self::HaveReceived { .. } => EventMask::HAVE_RECEIVED,
            Self::LookupEnded { .. } => EventMask::LOOKUP_ENDED,
            Self::PeerConnected { .. } => EventMask::PEER_CONNECTED,
            Self::PeerDisconnected { .. } => EventMask::PEER_DISCONNECTED,
            Self::PeerReset { .. } => EventMask::PEER_RESET,
            Self::ProviderFound { .. } => EventMask::PROVIDER_FOUND,
            Self::QueueEmptied { .. } => EventMask::QUEUE_EMPTIED,
            Self::SessionClosed { .. } => EventMask::SESSION_CLOSED,
            Self::SessionOpened { .. } => EventMask::SESSION_OPENED,
            Self::TurnTaken { .. } => EventMask::TURN_TAKEN,
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
    /// The kind of [`StrategyEvent::AskEnded`].
    pub const ASK_ENDED: Self = Self(1);
    /// The kind of [`StrategyEvent::AskMade`].
    pub const ASK_MADE: Self = Self(1 << 1);
    /// The kind of [`StrategyEvent::BlockReceived`].
    pub const BLOCK_RECEIVED: Self = Self(1 << 2);
    /// The kind of [`StrategyEvent::BlockSent`].
    pub const BLOCK_SENT: Self = Self(1 << 3);
    /// The kind of [`StrategyEvent::BroadcastMade`].
    pub const BROADCAST_MADE: Self = Self(1 << 4);
    /// The kind of [`StrategyEvent::DontHaveReceived`].
    pub const DONT_HAVE_RECEIVED: Self = Self(1 << 5);
    /// The kind of [`StrategyEvent::DuplicateReceived`].
    pub const DUPLICATE_RECEIVED: Self = Self(1 << 6);
    /// The kind of [`StrategyEvent::HaveReceived`].
    pub const HAVE_RECEIVED: Self = Self(1 << 7);
    /// The kind of [`StrategyEvent::LookupEnded`].
    pub const LOOKUP_ENDED: Self = Self(1 << 8);
    /// The kind of [`StrategyEvent::PeerConnected`].
    pub const PEER_CONNECTED: Self = Self(1 << 9);
    /// The kind of [`StrategyEvent::PeerDisconnected`].
    pub const PEER_DISCONNECTED: Self = Self(1 << 10);
    /// The kind of [`StrategyEvent::PeerReset`].
    pub const PEER_RESET: Self = Self(1 << 11);
    /// The kind of [`StrategyEvent::ProviderFound`].
    pub const PROVIDER_FOUND: Self = Self(1 << 12);
    /// The kind of [`StrategyEvent::QueueEmptied`].
    pub const QUEUE_EMPTIED: Self = Self(1 << 13);
    /// The kind of [`StrategyEvent::SessionClosed`].
    pub const SESSION_CLOSED: Self = Self(1 << 14);
    /// The kind of [`StrategyEvent::SessionOpened`].
    pub const SESSION_OPENED: Self = Self(1 << 15);
    /// The kind of [`StrategyEvent::TurnTaken`].
    pub const TURN_TAKEN: Self = Self(1 << 16);
    /// The kind of [`StrategyEvent::WantSeen`].
    pub const WANT_SEEN: Self = Self(1 << 17);

    /// Whether all kinds of `other` are in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The kinds of all these sets.
    pub(crate) fn union(sets: &[Self]) -> Self {
        sets.iter().fold(Self::NOTHING, |all, set| all | *set)
    }
}

impl BitOr for EventMask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
