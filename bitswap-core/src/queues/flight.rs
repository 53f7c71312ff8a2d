//! What is in a message that is on its way.

use cid::Cid;

use crate::block::Block;
use crate::ids::{CidKey, SendId};
use crate::wire::{BlockPresence, WantKind};

/// The contents of one message between its making and its landing.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    pub(super) send: SendId,
    /// Whether it says anything of our wants.
    pub(super) speaks_of_wants: bool,
    /// What was asked for.
    pub(crate) asks: Vec<(CidKey, WantKind)>,
    /// Blocks, with the CID they were asked by.
    pub(crate) blocks: Vec<(CidKey, Cid, Block)>,
    /// Answers without a block.
    pub(crate) presences: Vec<(CidKey, Cid, BlockPresence)>,
}
