//! The contents of a message in flight.

use cid::Cid;

use crate::block::Block;
use crate::ids::{CidKey, SendId};
use crate::limits::LARGE_BLOCK_BYTES;
use crate::short_cid::ShortCid;
use crate::time::Timestamp;
use crate::wire::{BlockPresence, WantKind};

/// The contents of one message from when it is built until it was sent or failed.
#[derive(Debug, Default)]
pub(crate) struct InFlightMessage {
    pub(super) send: SendId,
    pub(crate) started_at: Timestamp,
    /// Whether the message has wantlist entries, or a full wantlist.
    pub(crate) speaks_of_wants: bool,
    /// Wants in the message.
    pub(crate) asks: Vec<(CidKey, WantKind)>,
    /// Whether there were blocks that it had no room for.
    pub(super) left_blocks: bool,
    /// Blocks in the message, in its order.
    pub(crate) blocks: Vec<LeavingBlock>,
    /// Whether blocks were in it, or waited for it, when it ended.
    pub(crate) is_awaited: bool,
    /// HAVEs, DONT_HAVEs and relay presences in the message.
    pub(crate) presences: Vec<(CidKey, ShortCid, BlockPresence)>,
}

/// A block that answers a peer's request, without its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeavingBlock {
    pub(crate) key: CidKey,
    /// Arrival number of the request that it answers: the peer may cancel one, and request anew.
    pub(crate) arrival: u64,
    /// The CID that the peer requested it by.
    pub(crate) cid: Cid,
    pub(crate) bytes: u32,
    /// Whether the block came from another peer for this one.
    pub(crate) is_relayed: bool,
}

/// A block that is to be sent.
#[derive(Debug)]
pub(crate) struct OutgoingBlock {
    pub(crate) leaving: LeavingBlock,
    pub(crate) block: Block,
}

impl OutgoingBlock {
    /// Whether a message with it has room for [`LARGE_BLOCK_ENTRIES`] besides, and no more.
    ///
    /// [`LARGE_BLOCK_ENTRIES`]: crate::limits::LARGE_BLOCK_ENTRIES
    pub(super) fn leaves_little_room(&self) -> bool {
        self.block.len() > LARGE_BLOCK_BYTES
    }
}
