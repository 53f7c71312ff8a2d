//! Events for metrics, logs and traces: the engine makes them, drivers export them.

use std::sync::Arc;
use std::time::Duration;

use libp2p_identity::PeerId;

use crate::ids::{CidKey, PeerKey, SessionId};
use crate::strategy::{Admission, AskOutcome, Reason, Role};
use crate::wire::WantKind;

/// An event that a counter alone would not show: together they tell what happened to a want or with
/// a peer, and why.
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
        /// Why the engine asks by itself; `None` = the peer selector decided it.
        own: Option<OwnAsk>,
        /// Why the peer is asked: the reason of the peer selector, or the name of the [`OwnAsk`].
        reason: Reason,
    },
    /// A wanted block came from a peer whose ask had ended before, or that was not asked for it.
    BlockUnawaited {
        /// The peer that sent it.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
    },
    /// The registry was asked for peers that may have a want.
    CandidatesNamed {
        /// The session whose search asked.
        session: SessionId,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Number of peers that the registry named.
        named: u32,
        /// How many of them are connected and new members of the session.
        joined: u32,
        /// The reason of the registry.
        reason: Reason,
    },
    /// A look-up of providers ended.
    LookupEnded {
        /// The session whose search it was for.
        session: SessionId,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Number of providers that were found.
        found: u32,
    },
    /// A full session none of whose members has a want took in a peer that answered HAVE for it, in
    /// place of a member.
    MemberReplaced {
        /// The session.
        session: SessionId,
        /// The want, as its keyed CID.
        want: CidKey,
        /// The peer that joined.
        newcomer: PeerKey,
        /// The member that left.
        evicted: PeerKey,
        /// The reason of the peer selector; `None` = it named no member, and the engine chose the
        /// least useful one.
        reason: Option<Reason>,
    },
    /// A peer connected.
    PeerConnected {
        /// The peer.
        peer: PeerKey,
        /// The id of the peer.
        id: PeerId,
    },
    /// The last connection to a peer was closed.
    PeerDisconnected {
        /// The peer.
        peer: PeerKey,
    },
    /// A look-up found a provider.
    ProviderFound {
        /// The session whose search it was for.
        session: SessionId,
        /// The want, as its keyed CID.
        want: CidKey,
        /// The provider.
        peer: PeerKey,
        /// The id of the provider.
        id: PeerId,
        /// What is done to reach it.
        reached: Reached,
    },
    /// A requester's want that this node cannot serve was taken on, to be forwarded.
    RelayAdmitted {
        /// The requester.
        requester: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// How far it may still be forwarded, in hops.
        ttl: u8,
    },
    /// A peer was asked for a requester's want.
    RelayAsked {
        /// The peer that is asked.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Whether the peer is asked for the block or only for its presence.
        kind: WantKind,
        /// How far the peer may forward it, in hops; 0 = it may not.
        ttl: u8,
    },
    /// A requester's want is not forwarded any more.
    RelayEnded {
        /// The requester.
        requester: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// How it ended.
        outcome: RelayOutcome,
    },
    /// The registry decided whether a requester's want is forwarded.
    RelayPlanned {
        /// The requester.
        requester: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Number of peers that it is forwarded to.
        to: u32,
        /// The TTL that it is forwarded with, in hops.
        ttl: u8,
        /// The reason of the registry.
        reason: Reason,
    },
    /// The ledger policy decided about a request. That one for a presence is served is not told:
    /// a broadcast sends many of them to everybody.
    RequestDecided {
        /// The requester.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
        /// Whether the block is requested or only its presence.
        kind: WantKind,
        /// The decision as it takes effect, with its reason.
        admission: Admission,
    },
    /// A request was dropped without an answer, to make room for another.
    RequestEvicted {
        /// The requester.
        peer: PeerKey,
        /// The want, as its keyed CID.
        want: CidKey,
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
    /// The search of a session took a step that its provider finder chose; one event for each want
    /// that the step is about.
    SearchStep {
        /// The session.
        session: SessionId,
        /// The want, as its keyed CID.
        want: CidKey,
        /// The step.
        step: SearchStep,
        /// The reason of the provider finder.
        reason: Reason,
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
    /// A peer got its turn: blocks that it requested are read and sent.
    TurnTaken {
        /// The peer.
        peer: PeerKey,
        /// Number of blocks.
        blocks: u32,
        /// Size of the blocks in bytes.
        bytes: u64,
        /// The reason of the task prioritizer for the rank that the peer had.
        reason: Reason,
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
    /// A caller wants a CID that nobody here wanted before.
    WantOpened {
        /// The session of the caller.
        session: SessionId,
        /// The want, as its keyed CID.
        want: CidKey,
    },
}

/// What is done to reach a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reached {
    /// It is connected.
    Connected,
    /// It is being dialled.
    Dialled,
    /// It is not dialled for this session, since that was done before or too many are dialled.
    NotDialled,
}

/// A step of a search, as far as one want is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SearchStep {
    /// The want is sent to this many connected peers, as a want-have.
    Broadcast {
        /// Number of peers that the provider finder chose.
        peers: u32,
    },
    /// The registry is asked who may have it.
    Candidates,
    /// The search gives the want up.
    GiveUp,
    /// Its providers are looked up.
    LookUp,
}

/// Why the engine sent a want by itself, without a decision of the peer selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnAsk {
    /// A search broadcasts want-haves to connected peers.
    Broadcast,
    /// The peer selector left a want without an ask for too long.
    HeldBack,
    /// The peer wants what the session wants, and may get it sooner.
    Leecher,
    /// It waited in the queue of a busier peer.
    Moved,
    /// A peer connected while a search runs.
    NewPeer,
    /// A search asks a peer for the block itself, since its protocol version has no want-have.
    WithoutHave,
}

impl OwnAsk {
    /// All reasons, in the order in which they are counted.
    pub const ALL: [Self; 6] = [
        Self::Broadcast,
        Self::HeldBack,
        Self::Leecher,
        Self::Moved,
        Self::NewPeer,
        Self::WithoutHave,
    ];

    /// Whether a search asks: then no answer is required.
    pub(crate) const fn is_broadcast(self) -> bool {
        matches!(self, Self::Broadcast | Self::NewPeer | Self::WithoutHave)
    }

    /// The name of the reason in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::HeldBack => "held_back",
            Self::Leecher => "leecher",
            Self::Moved => "moved",
            Self::NewPeer => "new_peer",
            Self::WithoutHave => "without_have",
        }
    }
}

/// How a requester's want ended that was taken on to be forwarded. Each ends exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelayOutcome {
    /// The requester disconnected.
    Disconnected,
    /// Nobody has the block, or there is no room for it: the requester was sent DONT_HAVE.
    DontHave,
    /// Its time was over: the requester was sent DONT_HAVE.
    Expired,
    /// The request ended: it was served, or the requester took it back.
    RequestEnded,
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
