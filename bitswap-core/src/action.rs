//! Everything that an engine can ask its driver to do.

use std::fmt;
use std::time::Duration;

use cid::Cid;
use libp2p_identity::PeerId;

use crate::block::Block;
use crate::event::Event;
use crate::ids::{CallId, LookupId, ReadId, SendId, WriteId};
use crate::input::{Denial, StoreFault};
use crate::strategy::Source;
use crate::wire::{Lane, Message};

/// One thing to do. An action with an id is closed by exactly one input with that id, or when its
/// peer disconnects.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Dial a peer; closed by `PeerConnected` or `DialFailed`.
    Connect {
        /// The peer to dial.
        peer: PeerId,
    },
    /// Deliver a block to a caller.
    Deliver {
        /// The call that wanted the block.
        call: CallId,
        /// The CID that the caller asked for.
        cid: Cid,
        /// The block, verified against the CID.
        block: Block,
    },
    /// Tell a caller that a CID of its call failed.
    Fail {
        /// The call that wanted the block.
        call: CallId,
        /// The CID that the caller asked for.
        cid: Cid,
        /// The cause of the failure.
        why: Failure,
    },
    /// Every CID of a call was delivered or failed: nothing more follows for this call.
    Finish {
        /// The call that is finished.
        call: CallId,
    },
    /// Disconnect a peer, since the limit of connected peers was exceeded.
    Disconnect {
        /// The peer to disconnect.
        peer: PeerId,
    },
    /// Look up providers of a block; closed by `LookupEnded`, after any number of `ProvidersFound`.
    Lookup {
        /// A new id, which the answers carry.
        lookup: LookupId,
        /// The CID whose providers are looked up.
        cid: Cid,
        /// The routing that is asked.
        source: Source,
        /// The number of providers after which the look-up may end.
        max_providers: u32,
        /// The time after which the look-up must end.
        timeout: Duration,
    },
    /// Read from the store; closed by `ReadDone` with one answer for each item, in order.
    Read {
        /// A new id, which the answer carries.
        read: ReadId,
        /// The blocks or sizes to read.
        items: Vec<ReadItem>,
    },
    /// Something happened that metrics, logs or traces should show.
    Report(Event),
    /// Send a message; closed by `Sent`, `SendFailed` or the peer's disconnection. At most one
    /// message is in flight for each peer and lane.
    Send {
        /// The peer to send to.
        peer: PeerId,
        /// The stream to send on.
        lane: Lane,
        /// A new id, which the answer carries.
        send: SendId,
        /// The message to encode and write.
        message: Message,
    },
    /// The blocks of a message are not to be held any longer, since its peer takes it slowly: keep
    /// what is written next, a few KiB, and drop the rest. Once the peer took that, say
    /// `SendWaits`. The message is still closed as [`Send`](Self::Send) says, and may be by now.
    SuspendSend {
        /// The peer that the message is for.
        peer: PeerId,
        /// The id of the message.
        send: SendId,
    },
    /// The blocks of a suspended message, to go on where it stands.
    ResumeSend {
        /// The peer that the message is for.
        peer: PeerId,
        /// The id of the message.
        send: SendId,
        /// The same blocks in the same order; `None` = they are gone, so the message fails.
        blocks: Option<Vec<Block>>,
    },
    /// A look-up is no longer needed; it is still closed by `LookupEnded`.
    StopLookup {
        /// The look-up to stop.
        lookup: LookupId,
    },
    /// Store blocks; closed by `WriteDone`.
    Write {
        /// A new id, which the answer carries.
        write: WriteId,
        /// The blocks to store, as one batch.
        blocks: Vec<Block>,
    },
}

/// One block or size to read from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadItem {
    /// The CID of the block.
    pub cid: Cid,
    /// Whether only the size of the block is needed.
    pub size_only: bool,
}

/// Why a CID of a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The session of the call was closed.
    #[error("its session was closed")]
    Closed,
    /// A rule of the node [denies](crate::ReadAnswer::Denied) the block.
    #[error("it is denied by {0}")]
    Denied(Denial),
    /// Nobody is left to ask, and the session [ends early](crate::SessionOptions::ends_early).
    #[error("nobody is left to ask: {0}")]
    NobodyLeft(Answers),
    /// The search gave up: no reachable peer has the block.
    #[error("nobody who can be reached has it")]
    NotFound,
    /// A limit of the node was reached.
    #[error("the limit of {limit} {what} was reached")]
    OverLimit {
        /// The things that are limited: `calls`, or `cids in a call`.
        what: &'static str,
        /// The most of them that there may be.
        limit: usize,
    },
    /// The block was received, but the store did not accept it.
    #[error("the block came, but the store refused it")]
    Store(#[source] StoreFault),
    /// The timeout of the call expired.
    #[error("it did not come in time")]
    TimedOut,
    /// The multihash of the CID cannot be verified, so no peer is asked for it.
    #[error("its multihash cannot be checked")]
    Unverifiable,
}

/// What came of a want: how its peers answered, and what its session's search found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Peers that answered DONT_HAVE.
    pub dont_have: u32,
    /// Peers that were asked and have not answered.
    pub silent: u32,
    /// How often a peer disconnected after it was asked.
    pub disconnected: u32,
    /// Provider look-ups.
    pub lookups: u32,
    /// Providers that the look-ups found.
    pub providers: u32,
    /// Providers that could not be reached.
    pub unreachable: u32,
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dont_have, silent, disconnected, lookups, providers, unreachable } = *self;
        let peers =
            |count: u32| if count == 1 { "1 peer".into() } else { format!("{count} peers") };
        let heard = [
            (dont_have, "answered that it is not there"),
            (silent, "did not answer"),
            (disconnected, "disconnected"),
        ];
        let heard = heard.into_iter().filter(|(count, _)| *count > 0);
        let mut parts: Vec<_> =
            heard.map(|(count, what)| format!("{} {what}", peers(count))).collect();
        if parts.is_empty() {
            parts.push("no peer could be asked".to_owned());
        }
        match (lookups, providers) {
            (0, _) => {}
            (_, 0) => parts.push("no provider was found".to_owned()),
            (_, 1) => parts.push("1 provider was found".to_owned()),
            (_, many) => parts.push(format!("{many} providers were found")),
        }
        if unreachable > 0 {
            parts.push(format!("{} could not be reached", peers(unreachable)));
        }
        f.write_str(&parts.join(", "))
    }
}
