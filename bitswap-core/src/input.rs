//! Everything that an engine can be told: the inputs of its driver.

use std::sync::Arc;
use std::time::Duration;

use cid::Cid;
use libp2p_identity::PeerId;

use crate::block::Block;
use crate::ids::{CallId, LookupId, ReadId, SendId, SessionId, WriteId};
use crate::limits::ByteRate;
use crate::strategy::NamedStrategy;
use crate::strategy::PeerClass;
use crate::wire::{Message, PeerCapabilities, Skipped};

/// One thing that happened. Inputs may come in any order: one that makes no sense is counted and
/// otherwise ignored. Inputs cannot be cloned, since strategies cannot.
#[derive(Debug, PartialEq)]
pub enum Input {
    /// These blocks are in the store now; something other than this engine stored them.
    BlocksAdded {
        /// The blocks that were stored, with their CIDs.
        blocks: Vec<(Cid, Block)>,
    },
    /// Bytes of a message came that is not whole yet: told at most every
    /// [`Limits::BYTES_TOLD`](crate::Limits::BYTES_TOLD), and only of messages that take longer. A
    /// peer from which they come is not silent.
    BytesReceived {
        /// The peer whose message is coming.
        peer: PeerId,
        /// Bytes that came since the last such input.
        bytes: u64,
    },
    /// A caller takes this many more results of its call (blocks or failures). Without credit the
    /// call starts no new requests, so a slow caller delays only itself.
    CallDemand {
        /// The caller's call.
        call: CallId,
        /// The number of additional results that the caller takes.
        blocks: u32,
    },
    /// The wants of these CIDs end: what the driver asks before it reads denies them from now on.
    /// [`ReadAnswer::Denied`] ends wants that open later.
    CidsDenied {
        /// The CIDs, each with the rule that denies it.
        cids: Vec<(Cid, Denial)>,
    },
    /// A caller gave up on its call, or dropped its future.
    CallCancelled {
        /// The call to cancel.
        call: CallId,
    },
    /// Callers want blocks. What follows from calls that begin together is done once for all: one
    /// read of the store, one question to the peer selector of each session, one message to each
    /// peer.
    CallsOpened {
        /// The calls, in the order in which they begin.
        calls: Vec<NewCall>,
    },
    /// [`Engine::next_deadline`](crate::Engine::next_deadline) has passed.
    DeadlineReached,
    /// A dial that [`Action::Connect`](crate::Action::Connect) asked for failed.
    DialFailed {
        /// The peer that was dialled.
        peer: PeerId,
    },
    /// A provider look-up ended: it was completed, stopped, or timed out.
    LookupEnded {
        /// The id from [`Action::Lookup`](crate::Action::Lookup).
        lookup: LookupId,
    },
    /// A message was received and decoded, and its blocks hashed.
    MessageReceived {
        /// The peer that sent the message.
        peer: PeerId,
        /// The decoded message.
        message: Message,
        /// What was skipped while the message was decoded.
        skipped: Skipped,
    },
    /// A frame was received that is not a valid message; its stream was reset.
    MessageRefused {
        /// The peer that sent the frame.
        peer: PeerId,
    },
    /// Identify or a refused stream changed what is known of a peer's protocol.
    PeerChanged {
        /// The peer whose capabilities changed.
        peer: PeerId,
        /// The capabilities of the peer from now on.
        capabilities: PeerCapabilities,
    },
    /// The driver knows who a connected peer is: by the operator's lists and the peer's address.
    /// Counts until the peer disconnects; a peer that is not classified is
    /// [`PeerClass::Other`], and not local.
    PeerClassified {
        /// The connected peer.
        peer: PeerId,
        /// Who the peer is to this node.
        class: PeerClass,
        /// Whether the peer is connected from the same local network.
        is_local: bool,
    },
    /// The first connection to a peer that speaks Bitswap was established.
    PeerConnected {
        /// The peer that is connected now.
        peer: PeerId,
        /// The protocol version and the lanes of the peer.
        capabilities: PeerCapabilities,
    },
    /// The last connection to a peer was closed.
    PeerDisconnected {
        /// The peer that is not connected any more.
        peer: PeerId,
    },
    /// Whether peers may connect that the engine did not ask for: the driver dials them, or finds
    /// out whether they speak Bitswap. No want [ends early](SessionOptions::ends_early) as long as
    /// it is so; at the start it is not.
    PeersExpected {
        /// Whether any are expected from now on.
        expected: bool,
    },
    /// The round-trip time (RTT) to a peer was measured.
    RttMeasured {
        /// The peer whose round trip was measured.
        peer: PeerId,
        /// The measured round-trip time.
        round_trip: Duration,
    },
    /// A connection or the control stream of a peer was lost, while another connection remains. The
    /// peer may have lost our wantlist, so all of it is sent again.
    PeerReset {
        /// The peer that gets the whole wantlist again.
        peer: PeerId,
    },
    /// A look-up found providers.
    ProvidersFound {
        /// The id from [`Action::Lookup`](crate::Action::Lookup).
        lookup: LookupId,
        /// The peers that are said to have the block.
        peers: Vec<PeerId>,
    },
    /// A read of the store is done.
    ReadDone {
        /// The id from [`Action::Read`](crate::Action::Read).
        read: ReadId,
        /// One answer for each item of the read, in order.
        answers: Vec<ReadAnswer>,
    },
    /// A message could not be written; nothing of it counts as sent.
    SendFailed {
        /// The peer that the message was for.
        peer: PeerId,
        /// The id from [`Action::Send`](crate::Action::Send).
        send: SendId,
    },
    /// The peer took what a driver had kept of a message that was
    /// [suspended](crate::Action::SuspendSend): its blocks are needed again.
    SendWaits {
        /// The peer that the message is for.
        peer: PeerId,
        /// The id from [`Action::Send`](crate::Action::Send).
        send: SendId,
    },
    /// A message was written to the transport.
    Sent {
        /// The peer that the message was sent to.
        peer: PeerId,
        /// The id from [`Action::Send`](crate::Action::Send).
        send: SendId,
    },
    /// The owner of a session closed it; its open calls fail.
    SessionClosed {
        /// The session to close.
        session: SessionId,
    },
    /// Opens a session with rules of its own. Without this input a session opens with its first
    /// call, and has [`SessionOptions::default`].
    SessionOpened {
        /// The session to open.
        session: SessionId,
        /// What holds for all its calls.
        options: SessionOptions,
        /// Whether there is a router that can be asked: then no want [ends
        /// early](SessionOptions::ends_early) before its providers were looked up.
        has_router: bool,
    },
    /// These strategies take over their roles; the other roles keep theirs, with all their state.
    /// Whatever the replaced ones decided that still has an effect is decided again, and
    /// [`Stats::strategy_generation`](crate::Stats::strategy_generation) rises by one.
    StrategiesReplaced {
        /// The new strategies, at most one for each role; of several for one role the last counts.
        strategies: Vec<NamedStrategy>,
    },
    /// The limits of what is sent changed, from now on; without this input those of
    /// [`Limits`](crate::Limits) are in force. Each begins with its burst, and what was sent on
    /// credit under the limit before is paid for under this one.
    UploadLimited {
        /// Block bytes for all peers together per second; `None` = no limit.
        node: ByteRate,
        /// Block bytes for each peer per second; `None` = no limit.
        per_peer: ByteRate,
    },
    /// A write to the store is done.
    WriteDone {
        /// The id from [`Action::Write`](crate::Action::Write).
        write: WriteId,
        /// Whether the store accepted the blocks, all of them.
        outcome: Result<(), StoreFault>,
    },
}

/// Priority, credit and timeout of a call, and how long its blocks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOptions {
    /// Priority of the call's wants in the wantlists that peers are sent, as it is; higher first.
    pub priority: i32,
    /// Results that the caller takes (blocks or failures) before its first [`Input::CallDemand`].
    pub credit: u32,
    /// Time after which the missing CIDs of the call fail; `None` = when their searches give up.
    pub timeout: Option<Duration>,
    /// About how many bytes each of its blocks has, if that is known, as by what links to them:
    /// peers are asked for as many at once as fit. `None` = as those that came before.
    pub block_bytes: Option<u32>,
}

/// What holds for all calls of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionOptions {
    /// How many times peers that speak the relay protocol may pass on what is wanted, up to
    /// [`RelayConfig::MAX_TTL`](crate::RelayConfig::MAX_TTL); 0 = not at all. `None` = as the
    /// engine is configured.
    pub ttl: Option<u8>,
    /// Whether what is wanted fails as soon as nobody is left to ask, with
    /// [`Failure::NobodyLeft`](crate::Failure::NobodyLeft): no peer that is connected, is being
    /// dialled, was found or sent blocks before it left may still have it. Otherwise it waits for
    /// peers that come later.
    pub ends_early: bool,
    /// After so long without a byte of what is wanted all that is wanted fails, with
    /// [`Failure::TimedOut`](crate::Failure::TimedOut). Only time counts in which the engine was
    /// called when it wanted to be. `None` = it waits without end, or
    /// [`Limits::SESSION_TIMEOUT`](crate::Limits::SESSION_TIMEOUT) if it ends early.
    pub timeout: Option<Duration>,
}

/// A call that begins: each distinct CID is delivered or failed exactly once, then the call is
/// finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCall {
    /// The session of the call; opened now if it is not open.
    pub session: SessionId,
    /// The id of the call, never used before.
    pub call: CallId,
    /// The CIDs of the wanted blocks.
    pub cids: Vec<Cid>,
    /// Priority, credit and timeout of the call, and how long its blocks are.
    pub options: CallOptions,
}

impl From<NewCall> for Input {
    fn from(call: NewCall) -> Self {
        Self::CallsOpened { calls: vec![call] }
    }
}

impl Default for CallOptions {
    fn default() -> Self {
        Self { priority: 0, credit: 1, timeout: None, block_bytes: None }
    }
}

/// The answer to one item of a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadAnswer {
    /// The block, as it was asked for.
    Block(Block),
    /// A rule of the node denies the block, whether the store has it or not: it is neither fetched
    /// for callers nor given to peers, who are told DONT_HAVE, nor searched for on their behalf.
    Denied(Denial),
    /// The store could not read; treated as a missing block, and counted.
    Failed(StoreFault),
    /// The store does not have the block.
    Missing,
    /// The store has the block; its size in bytes.
    Size(u32),
}

/// The rule that denies a block, in words such as the name of a list and the number of its line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Denial(pub Arc<str>);

/// Why a store could not read or write, as it reported it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreFault(pub Arc<str>);
