//! What is not yet looked for of a tree, in the order in which a reader needs it.

use std::collections::BTreeMap;

use bitswap_core::MAX_BLOCK_BYTES;
use cid::Cid;

use crate::unixfs::is_raw;

/// A block of a tree.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    pub(super) cid: Cid,
    /// About how long it is.
    pub(super) bytes: u64,
    /// About how many bytes of the tree come before what is below it, as the nodes above it say.
    pub(super) place: u64,
}

impl Wish {
    /// Bytes of a block whose length nobody told, and at most those of one with links.
    pub(super) const USUAL_BYTES: u64 = 256 << 10;

    /// `below` is how many bytes there are at and below the block, as its parent says. A parent
    /// that lies has more or fewer blocks asked for at once, and no more than the window allows.
    pub(super) fn of(cid: Cid, below: Option<u64>, place: u64) -> Self {
        let most = if is_raw(&cid) { MAX_BLOCK_BYTES as u64 } else { Self::USUAL_BYTES };
        Self { cid, bytes: below.unwrap_or(Self::USUAL_BYTES).min(most), place }
    }
}

/// Blocks in the order of their places. Nodes that come together are asked for what is below them
/// one after the other, so that a reader that goes along does not wait for the last of them. There
/// are no more than the depth of the tree times the width of a node and those that are asked for.
#[derive(Default)]
pub(super) struct Ahead {
    /// By place, and then as they were found.
    wishes: BTreeMap<(u64, u64), Wish>,
    found: u64,
}

impl Ahead {
    pub(super) fn of(root: Cid) -> Self {
        let mut ahead = Self::default();
        ahead.add(Wish::of(root, None, 0));
        ahead
    }

    pub(super) fn add(&mut self, wish: Wish) {
        self.wishes.insert((wish.place, self.found), wish);
        self.found += 1;
    }

    pub(super) fn extend(&mut self, wishes: impl Iterator<Item = Wish>) {
        wishes.for_each(|wish| self.add(wish));
    }

    /// The next first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Wish> {
        self.wishes.values()
    }

    /// Takes the next `count`.
    pub(super) fn take(&mut self, count: usize) -> Vec<Wish> {
        (0..count).map_while(|_| self.wishes.pop_first()).map(|(_, wish)| wish).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.wishes.len()
    }
}
