//! What strategies answer. Checked by the engine before anything happens.

use std::time::Duration;

use super::Reason;
use crate::ids::{CidKey, PeerKey};
use crate::time::Timestamp;
use crate::wire::WantKind;

/// One question to one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What is asked for.
    pub want: CidKey,
    /// Who is asked.
    pub peer: PeerKey,
    /// The block, or only whether it is there.
    pub kind: WantKind,
    /// How long to wait before asking; at most 10 s. Dropped if the want is served by then.
    pub delay: Duration,
    /// How long silence may last, instead of the engine's own estimate; 50 ms to 60 s.
    pub timeout: Option<Duration>,
    /// Whether the block may be asked for although it is asked for elsewhere: the only way to
    /// have a second copy on its way.
    pub hedge: bool,
    /// Why.
    pub reason: Reason,
}

impl Ask {
    /// Asks `peer` for the block, now.
    pub const fn block(want: CidKey, peer: PeerKey, reason: Reason) -> Self {
        Self::of(WantKind::Block, want, peer, reason)
    }

    /// Asks `peer` whether it has the block, now.
    pub const fn have(want: CidKey, peer: PeerKey, reason: Reason) -> Self {
        Self::of(WantKind::Have, want, peer, reason)
    }

    const fn of(kind: WantKind, want: CidKey, peer: PeerKey, reason: Reason) -> Self {
        Self { want, peer, kind, delay: Duration::ZERO, timeout: None, hedge: false, reason }
    }

    /// The same, later.
    #[must_use]
    pub const fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The same, although the block is asked for elsewhere.
    #[must_use]
    pub const fn hedged(mut self) -> Self {
        self.hedge = true;
        self
    }
}

/// Where a selector puts its asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks(Vec<Ask>);

impl Asks {
    /// Adds an ask.
    pub fn push(&mut self, ask: Ask) {
        self.0.push(ask);
    }

    /// What was pushed, in order.
    pub fn as_slice(&self) -> &[Ask] {
        &self.0
    }

    /// Takes what was pushed and keeps the room for the next.
    pub fn drain(&mut self) -> impl Iterator<Item = Ask> {
        self.0.drain(..)
    }
}

/// A place in an order: four numbers, compared left to right, smaller first.
///
/// Integers, because floats have no total order and differ in the last bit between platforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    key: [i64; 4],
    recheck: Timestamp,
}

impl Rank {
    /// A rank that stays right until its view changes.
    pub const fn new(key: [i64; 4]) -> Self {
        Self { key, recheck: Timestamp::NEVER }
    }

    /// The same, to be asked again at `moment` even if nothing changed.
    #[must_use]
    pub const fn until(mut self, moment: Timestamp) -> Self {
        self.recheck = moment;
        self
    }

    /// The four numbers.
    pub const fn key(&self) -> [i64; 4] {
        self.key
    }

    /// When it must be asked again.
    pub const fn recheck(&self) -> Timestamp {
        self.recheck
    }
}

/// The share a peer deserves, in 1/1024; clamped to 16 … 65,536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u32);

impl Weight {
    /// The ordinary share.
    pub const ONE: Self = Self(1_024);
    /// The least.
    pub const LEAST: Self = Self(16);
    /// The most.
    pub const MOST: Self = Self(65_536);

    /// A weight of `parts` 1/1024, clamped.
    pub const fn parts(parts: u32) -> Self {
        if parts < Self::LEAST.0 {
            Self::LEAST
        } else if parts > Self::MOST.0 {
            Self::MOST
        } else {
            Self(parts)
        }
    }

    /// In 1/1024.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Whether a request is taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Ask me again at `until`, at most 60 s ahead.
    Defer {
        /// When to ask again.
        until: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// No: the peer is told DONT_HAVE if it wants to be told.
    Refuse {
        /// Why.
        reason: Reason,
    },
    /// Yes.
    Serve {
        /// Why.
        reason: Reason,
    },
}

impl Admission {
    /// Why.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Defer { reason, .. } | Self::Refuse { reason } | Self::Serve { reason } => reason,
        }
    }
}

/// What a search does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Asks outside the connected peers. Taken at once; the finder is asked again right away.
    Ask {
        /// Where.
        source: Source,
        /// How many providers are enough.
        max_providers: u32,
        /// How long it may take; at most 60 s.
        timeout: Duration,
        /// Why.
        reason: Reason,
    },
    /// Sends want-have to connected peers. Taken at once; the finder is asked again right away.
    Broadcast {
        /// To whom.
        peers: PeerSet,
        /// Why.
        reason: Reason,
    },
    /// Ends the want: its callers are told that nobody has it.
    GiveUp {
        /// Why.
        reason: Reason,
    },
    /// Waits; at most 60 s, and at least 100 ms if nothing else was done since the last wait.
    WaitUntil {
        /// Until when.
        at: Timestamp,
        /// Why.
        reason: Reason,
    },
}

impl Step {
    /// Why.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Ask { reason, .. }
            | Self::Broadcast { reason, .. }
            | Self::GiveUp { reason }
            | Self::WaitUntil { reason, .. } => reason,
        }
    }
}

/// Connected peers to send a broadcast to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerSet {
    /// Everybody.
    All,
    /// These.
    List(Vec<PeerKey>),
    /// So many, drawn by the engine.
    Random(u32),
    /// Those that ever sent us a block or a HAVE.
    Useful,
}

/// Where providers are looked up; what answers is the driver's router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Content routing: a DHT, a delegated router, a fixed list; whatever the driver was given.
    Routing,
}

/// What happens to a stranger's want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayPlan {
    /// The TTL it leaves with; below the one it came with.
    pub ttl: u8,
    /// Who is asked; eligible peers only.
    pub to: Vec<PeerKey>,
    /// Why.
    pub reason: Reason,
}

impl RelayPlan {
    /// Passes nothing on.
    pub const fn keep(reason: Reason) -> Self {
        Self { ttl: 0, to: Vec::new(), reason }
    }
}
