//! What is in a message that is on its way.

use cid::Cid;

use crate::block::Block;
use crate::ids::{CidKey, SendId};
use crate::wire::{BlockPresence, WantKind};

/// The contents of one message between its making and its landing.
#[derive(Debug, Default)]
pub(crate) struct InFlightMessage {
    pub(super) send: SendId,
    /// Whether it says anything of our wants.
    pub(super) speaks_of_wants: bool,
    /// What was asked for.
    pub(crate) asks: Vec<(CidKey, WantKind)>,
    /// Blocks that were asked for.
    pub(crate) blocks: Vec<OutgoingBlock>,
    /// Answers without a block.
    pub(crate) presences: Vec<(CidKey, Cid, BlockPresence)>,
}

/// A block for a peer.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingBlock {
    pub(crate) key: CidKey,
    /// Which of the peer's requests it answers: the peer may cancel one, and ask anew.
    pub(crate) arrival: u64,
    /// What it was asked by.
    pub(crate) cid: Cid,
    pub(crate) block: Block,
}
