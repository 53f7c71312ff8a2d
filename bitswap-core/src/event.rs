//! What an engine tells people: made once here, told by drivers as metrics, logs and traces.

use std::time::Duration;

use crate::ids::{CidKey, PeerKey};
use crate::wire::WantKind;

/// Something worth telling that a count alone would not show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An ask was answered or given up.
    AskEnded {
        /// Who was asked.
        peer: PeerKey,
        /// For what.
        want: CidKey,
        /// For the block, or only whether it is there.
        kind: WantKind,
        /// How it ended.
        outcome: AskOutcome,
        /// Time since the ask was made.
        after: Duration,
    },
    /// A block was written to its requester.
    RequestServed {
        /// Who got it.
        peer: PeerKey,
        /// Which.
        want: CidKey,
        /// Its size.
        bytes: u32,
        /// Time since it was asked for.
        after: Duration,
    },
    /// A want of ours ended.
    WantEnded {
        /// Which.
        want: CidKey,
        /// How.
        outcome: WantOutcome,
        /// Time since it was first wanted.
        after: Duration,
    },
}

/// How an ask ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AskOutcome {
    /// With the block.
    Block,
    /// Nobody wants it any more.
    Cancelled,
    /// The peer left.
    Disconnected,
    /// The peer does not have it.
    DontHave,
    /// The peer has it.
    Have,
    /// The peer stayed silent.
    TimedOut,
}

impl AskOutcome {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::Block,
        Self::Cancelled,
        Self::Disconnected,
        Self::DontHave,
        Self::Have,
        Self::TimedOut,
    ];

    /// The word in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Cancelled => "cancelled",
            Self::Disconnected => "disconnected",
            Self::DontHave => "dont_have",
            Self::Have => "have",
            Self::TimedOut => "timed_out",
        }
    }
}

/// Why the engine asked a peer of its own accord, and not since a selector said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnAsk {
    /// A search asks peers whether they have a block.
    Broadcast,
    /// A peer said HAVE and did not send the block: others that say HAVE are asked too.
    Hedge,
    /// The selector left a want aside for too long.
    HeldBack,
    /// A peer has connected while a search goes on.
    NewPeer,
    /// A search asks a peer that cannot say HAVE for the block itself.
    WithoutHave,
}

impl OwnAsk {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::Broadcast, Self::Hedge, Self::HeldBack, Self::NewPeer, Self::WithoutHave];

    /// The word in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Hedge => "hedge",
            Self::HeldBack => "held_back",
            Self::NewPeer => "new_peer",
            Self::WithoutHave => "without_have",
        }
    }
}

/// How a want ended. Every want ends exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WantOutcome {
    /// All its callers gave up.
    Cancelled,
    /// The search gave up, or the store refused the block.
    Failed,
    /// It was in our own store.
    Local,
    /// A peer sent it.
    Received,
    /// The time of its last caller ran out.
    TimedOut,
}

impl WantOutcome {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::Cancelled, Self::Failed, Self::Local, Self::Received, Self::TimedOut];

    /// The word in metrics.
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
