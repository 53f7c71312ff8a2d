//! What hostile peers know of their world: so that lies are about what is wanted, and that what
//! they hold is real.

use std::collections::BTreeMap;

use bitswap_core::Block;
use cid::Cid;
use multihash::Multihash;

/// What hostile peers know and hold. Made once for all of a world.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    known: Vec<Cid>,
    held: BTreeMap<Multihash<64>, Block>,
}

impl Knowledge {
    /// The CIDs that somebody may want, and the blocks that a hostile peer really has.
    pub fn new(known: Vec<Cid>, held: impl IntoIterator<Item = Block>) -> Self {
        let held = held.into_iter().map(|block| (*block.multihash(), block)).collect();
        Self { known, held }
    }

    /// The CIDs that somebody may want.
    pub fn known(&self) -> &[Cid] {
        &self.known
    }

    /// The block of this CID, if it is held.
    pub fn block(&self, cid: &Cid) -> Option<&Block> {
        self.held.get(cid.hash())
    }

    /// How many blocks are held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// All blocks that are held, in the order of their hashes.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.held.values()
    }
}
