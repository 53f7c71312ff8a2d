//! Everything an engine can ask its driver to do.

use std::time::Duration;

use cid::Cid;
use libp2p_identity::PeerId;

use crate::block::Block;
use crate::event::Event;
use crate::ids::{CallId, LookupId, ReadId, SendId, WriteId};
use crate::input::StoreFault;
use crate::strategy::Source;
use crate::wire::{Lane, Message};

/// One thing to do. Actions with an id are closed by exactly one input with that id, or by the
/// disappearance of their peer.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Dial this peer; closed by `PeerConnected` or `DialFailed`.
    Connect {
        /// Whom.
        peer: PeerId,
    },
    /// Hand a block to a caller.
    Deliver {
        /// Whose.
        call: CallId,
        /// The CID asked for.
        cid: Cid,
        /// The block.
        block: Block,
    },
    /// Tell a caller that this CID will not come.
    Fail {
        /// Whose.
        call: CallId,
        /// The CID asked for.
        cid: Cid,
        /// Why.
        why: Failure,
    },
    /// A call has had all its deliveries and failures.
    Finish {
        /// Which.
        call: CallId,
    },
    /// Disconnect this peer: it is one too many.
    Disconnect {
        /// Whom.
        peer: PeerId,
    },
    /// Look providers up; closed by `LookupEnded`, with any number of `ProvidersFound` before.
    Lookup {
        /// Names the answer.
        lookup: LookupId,
        /// Of what.
        cid: Cid,
        /// Where.
        source: Source,
        /// How many are enough.
        max_providers: u32,
        /// How long it may take.
        timeout: Duration,
    },
    /// Read from the store; closed by `ReadDone` with one answer for each item, in order.
    Read {
        /// Names the answer.
        read: ReadId,
        /// What.
        items: Vec<ReadItem>,
    },
    /// Something worth telling people happened.
    Report(Event),
    /// Write a message; closed by `Sent`, `SendFailed` or the peer's disappearance. At most one
    /// is open for each peer and lane.
    Send {
        /// To whom.
        peer: PeerId,
        /// On which stream.
        lane: Lane,
        /// Names the answer.
        send: SendId,
        /// What to say.
        message: Message,
    },
    /// A look-up is no longer needed; `LookupEnded` closes it all the same.
    StopLookup {
        /// Which.
        lookup: LookupId,
    },
    /// Store these blocks; closed by `WriteDone`.
    Write {
        /// Names the answer.
        write: WriteId,
        /// What.
        blocks: Vec<Block>,
    },
}

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadItem {
    /// Of which block.
    pub cid: Cid,
    /// Whether its size is enough.
    pub size_only: bool,
}

/// Why a CID will not come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The call's session was closed.
    #[error("its session was closed")]
    Closed,
    /// The search gave up.
    #[error("nobody who can be reached has it")]
    NotFound,
    /// One of the node's bounds was reached.
    #[error("the limit of {limit} {what} was reached")]
    OverLimit {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: usize,
    },
    /// The store did not take the block.
    #[error("the block came, but the store refused it")]
    Store(#[source] StoreFault),
    /// The call's time is over.
    #[error("it did not come in time")]
    TimedOut,
    /// A CID that no peer can be asked for: its hash cannot be checked.
    #[error("its multihash cannot be checked")]
    Unverifiable,
}
