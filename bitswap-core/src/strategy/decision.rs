//! Decisions that strategies return. The engine checks them before it acts.

use std::time::Duration;

use super::Reason;
use crate::ids::{CidKey, PeerKey};
use crate::time::Timestamp;
use crate::wire::WantKind;

/// A decision of a peer selector: one want that is sent to one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The want, as its keyed CID.
    pub want: CidKey,
    /// The peer to ask.
    pub peer: PeerKey,
    /// Whether the peer is asked for the block or only for its presence.
    pub kind: WantKind,
    /// How long to wait before the want is sent; at most 10 s. The ask is dropped if the block has
    /// come by then.
    pub delay: Duration,
    /// The timeout of the answer, 50 ms to 60 s; `None` = the engine's own estimate.
    pub timeout: Option<Duration>,
    /// Whether the want may be sent although another peer was asked for the block. Only hedges let
    /// two copies of a block be in flight.
    pub hedge: bool,
    /// Why this peer is asked.
    pub reason: Reason,
}

impl Ask {
    /// Asks `peer` for the block, without a delay.
    pub const fn block(want: CidKey, peer: PeerKey, reason: Reason) -> Self {
        Self::of(WantKind::Block, want, peer, reason)
    }

    /// Asks `peer` whether it has the block, without a delay.
    pub const fn have(want: CidKey, peer: PeerKey, reason: Reason) -> Self {
        Self::of(WantKind::Have, want, peer, reason)
    }

    const fn of(kind: WantKind, want: CidKey, peer: PeerKey, reason: Reason) -> Self {
        Self { want, peer, kind, delay: Duration::ZERO, timeout: None, hedge: false, reason }
    }

    /// This ask, sent after `delay`.
    #[must_use]
    pub const fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// This ask, as a hedge: it is sent although another peer was asked for the block.
    #[must_use]
    pub const fn hedged(mut self) -> Self {
        self.hedge = true;
        self
    }
}

/// The list to which a peer selector adds its asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    list: Vec<Ask>,
    wake_at: Option<Timestamp>,
}

impl Asks {
    /// Adds an ask.
    pub fn push(&mut self, ask: Ask) {
        self.list.push(ask);
    }

    /// Has the selector asked again about this session at `moment`, 1 ms to 60 s ahead, also if no
    /// want needs a decision then, as long as want-blocks are in flight. Of several moments the
    /// earliest counts; each answer replaces the moment that an earlier one named.
    pub fn wake_at(&mut self, moment: Timestamp) {
        self.wake_at = Some(self.wake_at.map_or(moment, |earlier| earlier.min(moment)));
    }

    /// When the selector is to be asked again.
    pub const fn wakes_at(&self) -> Option<Timestamp> {
        self.wake_at
    }

    /// The asks that were added, in order.
    pub fn as_slice(&self) -> &[Ask] {
        &self.list
    }

    /// Removes all asks, in order, and the moment of waking; keeps the memory for the next ones.
    pub fn drain(&mut self) -> impl Iterator<Item = Ask> {
        self.wake_at = None;
        self.list.drain(..)
    }
}

/// A position in an order: four numbers, compared from left to right, smaller first.
///
/// Integers, because floats have no total order and differ in the last bit between platforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    key: [i64; 4],
    recheck: Timestamp,
    not_before: Timestamp,
}

impl Rank {
    /// A rank that is valid until its view changes.
    pub const fn new(key: [i64; 4]) -> Self {
        Self { key, recheck: Timestamp::NEVER, not_before: Timestamp::ZERO }
    }

    /// This rank, to be computed again at `moment` even if its view does not change.
    #[must_use]
    pub const fn until(mut self, moment: Timestamp) -> Self {
        self.recheck = moment;
        self
    }

    /// This rank, for a peer that is not served before `moment`, at most 60 s ahead: it waits
    /// without starving, and is ranked again then. Has no effect on the rank of a task.
    #[must_use]
    pub const fn not_before(mut self, moment: Timestamp) -> Self {
        self.not_before = moment;
        self
    }

    /// The moment before which the peer is not served.
    pub const fn served_from(&self) -> Timestamp {
        self.not_before
    }

    /// The four numbers, compared from left to right.
    pub const fn key(&self) -> [i64; 4] {
        self.key
    }

    /// When the rank must be computed again.
    pub const fn recheck(&self) -> Timestamp {
        self.recheck
    }
}

/// The share of serving that a peer gets, in units of 1/1024; clamped to 16 … 65,536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u32);

impl Weight {
    /// The normal share: 1,024/1024.
    pub const ONE: Self = Self(1_024);
    /// The smallest share: 16/1024.
    pub const LEAST: Self = Self(16);
    /// The largest share: 65,536/1024.
    pub const MOST: Self = Self(65_536);

    /// A weight of `parts`/1024, clamped to the bounds.
    pub const fn parts(parts: u32) -> Self {
        if parts < Self::LEAST.0 {
            Self::LEAST
        } else if parts > Self::MOST.0 {
            Self::MOST
        } else {
            Self(parts)
        }
    }

    /// `count` divided by the weight: what fair shares are compared by.
    pub const fn divides(self, count: u64) -> u64 {
        let parts = count as u128 * 1_024 / self.0 as u128;
        if parts > u64::MAX as u128 { u64::MAX } else { parts as u64 }
    }

    /// The weight in units of 1/1024.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The decision of a ledger policy about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Decide again later.
    Defer {
        /// When to decide again; at most 60 s ahead.
        until: Timestamp,
        /// Why the request is deferred.
        reason: Reason,
    },
    /// Do not serve: a DONT_HAVE is sent if the requester asked for one.
    Refuse {
        /// Why the request is refused.
        reason: Reason,
    },
    /// Serve the request.
    Serve {
        /// Why the request is served.
        reason: Reason,
    },
}

impl Admission {
    /// Why the decision was made.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Defer { reason, .. } | Self::Refuse { reason } | Self::Serve { reason } => reason,
        }
    }
}

/// The decision of a provider finder: what a search does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Looks up providers of one want; one look-up of a session runs at a time. Starts at once, and
    /// the finder is asked for the next step immediately.
    Ask {
        /// The want whose providers are looked up; one of the view's.
        want: CidKey,
        /// The routing to ask.
        source: Source,
        /// The number of providers after which the look-up may end.
        max_providers: u32,
        /// The timeout of the look-up; at most 60 s.
        timeout: Duration,
        /// Why providers are looked up.
        reason: Reason,
    },
    /// Sends want-haves to connected peers, and the finder is asked for the next step immediately.
    Broadcast {
        /// The wants to send.
        wants: WantSet,
        /// The peers to send want-haves to.
        peers: PeerSet,
        /// The TTL of the wants at peers that relay, in hops; `None` = the session's own.
        ttl: Option<u8>,
        /// Why the peers are asked.
        reason: Reason,
    },
    /// Asks the registry who may have a want: connected candidates join the session, and the peer
    /// selector decides about its wants again. Once, until the session has had members and lost
    /// them. The finder is asked for the next step immediately.
    Candidates {
        /// The want to ask for; one of the view's.
        want: CidKey,
        /// The largest number of candidates; at most 10.
        limit: usize,
        /// Why the registry is asked.
        reason: Reason,
    },
    /// Ends wants that no member can serve: their callers get
    /// [`Failure::NotFound`](crate::Failure::NotFound). Has no effect on others. The finder is
    /// asked for the next step immediately.
    GiveUp {
        /// The wants to give up.
        wants: WantSet,
        /// Why the search gives up.
        reason: Reason,
    },
    /// Waits; at most 60 s, and at least 100 ms if nothing else was done since the last wait.
    WaitUntil {
        /// The end of the wait.
        at: Timestamp,
        /// Why the search waits.
        reason: Reason,
    },
}

impl Step {
    /// Why the step was chosen.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Ask { reason, .. }
            | Self::Broadcast { reason, .. }
            | Self::Candidates { reason, .. }
            | Self::GiveUp { reason, .. }
            | Self::WaitUntil { reason, .. } => reason,
        }
    }

    /// Broadcasts `wants` to `peers`, with the session's own TTL.
    pub const fn broadcast(wants: WantSet, peers: PeerSet, reason: Reason) -> Self {
        Self::Broadcast { wants, peers, ttl: None, reason }
    }
}

/// The wants that a step is about. Only wants of the view count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantSet {
    /// All wants of the view.
    All,
    /// The wants that no member can serve, and that were not broadcast yet.
    New,
    /// This want.
    One(CidKey),
    /// The listed wants.
    List(Vec<CidKey>),
}

/// The connected peers that a broadcast is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerSet {
    /// All connected peers.
    All,
    /// At most this many peers of a set, drawn at random by the engine.
    AtMost(u32, Box<Self>),
    /// The listed peers.
    List(Vec<PeerKey>),
    /// The peers in the same local network.
    Local,
    /// The peers that the operator named.
    Peered,
    /// This many peers, drawn at random by the engine.
    Random(u32),
    /// The peers that are in any of these sets.
    Union(Vec<Self>),
    /// The peers that ever sent us a wanted block, or a HAVE since they connected.
    Useful,
    /// All connected peers, the likely ones first: the useful and the peered ones, and so many
    /// others, drawn at random by the engine. The rest is asked once none of these may have a want.
    UsefulFirst(u32),
}

impl PeerSet {
    /// Whether all connected peers are asked in the end.
    pub(crate) const fn is_everybody(&self) -> bool {
        matches!(self, Self::All | Self::UsefulFirst(_))
    }
}

/// Where providers are looked up; the driver implements it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Content routing, such as a DHT, a delegated router or a fixed list, as the driver provides
    /// it.
    Routing,
}

/// The decision of a registry about a relayed want: whether, to whom and how far to forward it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayPlan {
    /// The TTL to forward it with, in hops; smaller than the TTL that it came with.
    pub ttl: u8,
    /// The peers to forward it to; only eligible ones.
    pub to: Vec<PeerKey>,
    /// Why it is forwarded, or not.
    pub reason: Reason,
}

impl RelayPlan {
    /// A plan that forwards nothing.
    pub const fn keep(reason: Reason) -> Self {
        Self { ttl: 0, to: Vec::new(), reason }
    }
}
