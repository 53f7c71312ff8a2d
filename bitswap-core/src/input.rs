//! Everything that can happen to an engine.

use std::sync::Arc;
use std::time::Duration;

use cid::Cid;
use libp2p_identity::PeerId;

use crate::block::Block;
use crate::ids::{CallId, LookupId, ReadId, SendId, SessionId, WriteId};
use crate::wire::{Message, PeerCapabilities, Skipped};

/// One thing that happened. Any input is accepted in any order: what makes no sense is counted.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// These blocks are in the store now, put there by somebody else than this engine.
    BlocksAdded {
        /// What was stored.
        blocks: Vec<(Cid, Block)>,
    },
    /// A caller takes this many more blocks (or failures) of its call. Without credit nothing
    /// new is asked for that call, so a slow caller stops only itself.
    CallDemand {
        /// Whose.
        call: CallId,
        /// How many more.
        blocks: u32,
    },
    /// A caller gave up, or dropped its future.
    CallCancelled {
        /// Whose.
        call: CallId,
    },
    /// A caller wants these blocks. Each distinct CID is delivered or failed exactly once, then
    /// the call is finished.
    CallOpened {
        /// In which session; opened now if it is not open.
        session: SessionId,
        /// A fresh id.
        call: CallId,
        /// What is wanted.
        cids: Vec<Cid>,
        /// How.
        options: CallOptions,
    },
    /// [`Engine::next_deadline`](crate::Engine::next_deadline) has come.
    DeadlineReached,
    /// A connection asked for by [`Action::Connect`](crate::Action::Connect) did not come about.
    DialFailed {
        /// To whom.
        peer: PeerId,
    },
    /// A look-up is over.
    LookupEnded {
        /// Which.
        lookup: LookupId,
    },
    /// A message came, its blocks hashed.
    MessageReceived {
        /// From whom.
        peer: PeerId,
        /// What it says.
        message: Message,
        /// What was passed over in reading it.
        skipped: Skipped,
    },
    /// A frame came that is not a message; its stream was reset.
    MessageRefused {
        /// From whom.
        peer: PeerId,
    },
    /// A peer turned out to speak otherwise than was thought.
    PeerChanged {
        /// Who.
        peer: PeerId,
        /// How.
        capabilities: PeerCapabilities,
    },
    /// The first connection to a peer that speaks Bitswap.
    PeerConnected {
        /// Who.
        peer: PeerId,
        /// How.
        capabilities: PeerCapabilities,
    },
    /// The last connection to a peer is gone.
    PeerDisconnected {
        /// Who.
        peer: PeerId,
    },
    /// A new measurement of the round trip to a peer.
    RttMeasured {
        /// Who.
        peer: PeerId,
        /// How long.
        round_trip: Duration,
    },
    /// One connection, or the control stream, of a peer died and another remains: it may have
    /// lost our wants, so all of them go again.
    PeerReset {
        /// Who.
        peer: PeerId,
    },
    /// Providers were found.
    ProvidersFound {
        /// By which look-up.
        lookup: LookupId,
        /// Who.
        peers: Vec<PeerId>,
    },
    /// A read is done; one answer for each thing asked, in order.
    ReadDone {
        /// Which.
        read: ReadId,
        /// The answers.
        answers: Vec<ReadAnswer>,
    },
    /// A message could not be written; nothing of it counts as said.
    SendFailed {
        /// To whom.
        peer: PeerId,
        /// Which.
        send: SendId,
    },
    /// A message was written to the transport.
    Sent {
        /// To whom.
        peer: PeerId,
        /// Which.
        send: SendId,
    },
    /// A session's owner is done with it; its open calls fail.
    SessionClosed {
        /// Which.
        session: SessionId,
    },
    /// A session with a TTL of its own: how often peers may pass its wants on. Without it, a
    /// session opens with its first call and has the node's.
    SessionOpened {
        /// Which.
        session: SessionId,
        /// At most [`RelayConfig::MAX_TTL`](crate::RelayConfig::MAX_TTL) counts; 0 = not at all.
        ttl: u8,
    },
    /// A write is done.
    WriteDone {
        /// Which.
        write: WriteId,
        /// Whether the blocks were accepted.
        outcome: Result<(), StoreFault>,
    },
}

/// How a call is to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOptions {
    /// Higher first, among the wants that peers are sent, and they are told the same number.
    pub priority: i32,
    /// Blocks the caller takes before it says [`Input::CallDemand`].
    pub credit: u32,
    /// When what is missing fails; `None` = when the search gives up.
    pub timeout: Option<Duration>,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self { priority: 0, credit: 1, timeout: None }
    }
}

/// What a read found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadAnswer {
    /// The block.
    Block(Block),
    /// The store could not say. Treated as missing, and counted.
    Failed(StoreFault),
    /// Not there.
    Missing,
    /// There, so many bytes long.
    Size(u32),
}

/// Why a store could not do what was asked, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreFault(pub Arc<str>);
