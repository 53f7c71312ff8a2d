//! Events for metrics, logs and traces: the engine makes them, drivers export them.

use std::sync::Arc;
use std::time::Duration;

use crate::ids::{CidKey, PeerKey, SessionId};
use crate::strategy::{AskOutcome, Reason, Role};
use crate::wire::WantKind;

/// An event that a counter alone would not show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An ask (a want that was sent to a peer) was answered or ended without an answer.
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
        /// Time from the ask to its end.
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
        /// Why the peer is asked: the reason of the peer selector, or the name of an [`OwnAsk`].
        reason: Reason,
    },
    /// A block was sent to its requester.
    RequestServed {
        /// The requester that got the block.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Size of the block in bytes.
        bytes: u32,
        /// Time from the request until the block was sent.
        after: Duration,
    },
    /// Another strategy took over a role.
    StrategyReplaced {
        /// The role of the strategy.
        role: Role,
        /// The name of the new strategy; that of the old one may be the same.
        name: Arc<str>,
        /// How many times strategies were replaced so far, counting this time.
        generation: u64,
    },
    /// A want of this node ended.
    WantEnded {
        /// The want, as its keyed CID.
        want: CidKey,
        /// How the want ended.
        outcome: WantOutcome,
        /// Time from the first call for this CID to the end.
        after: Duration,
    },
}

/// Why the engine sent a want by itself, without a decision of the peer selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnAsk {
    /// A search broadcasts want-haves to connected peers.
    Broadcast,
    /// The peer selector left a want without an ask for too long.
    HeldBack,
    /// A peer connected while a search runs.
    NewPeer,
    /// A search asks a peer for the block itself, since its protocol version has no want-have.
    WithoutHave,
}

impl OwnAsk {
    /// All reasons, in the order in which they are counted.
    pub const ALL: [Self; 4] = [Self::Broadcast, Self::HeldBack, Self::NewPeer, Self::WithoutHave];

    /// The name of the reason in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::HeldBack => "held_back",
            Self::NewPeer => "new_peer",
            Self::WithoutHave => "without_have",
        }
    }
}

/// How a want ended. Every want ends exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WantOutcome {
    /// All callers of the want gave up.
    Cancelled,
    /// The search gave up, or the store refused the block.
    Failed,
    /// The block was in the local store.
    Local,
    /// A peer sent the block.
    Received,
    /// The timeout of the last caller expired.
    TimedOut,
}

impl WantOutcome {
    /// All outcomes, in the order in which they are counted.
    pub const ALL: [Self; 5] =
        [Self::Cancelled, Self::Failed, Self::Local, Self::Received, Self::TimedOut];

    /// The name of the outcome in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Local => "local",
            Self::Received => "received",
            Self::TimedOut => "timed_out",
        }
    }
}
