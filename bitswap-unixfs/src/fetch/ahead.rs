//! What is not yet looked for of a tree, in the order in which a reader needs it.

use std::collections::BTreeMap;

use bitswap_core::{MAX_BLOCK_BYTES, Tuning};
use cid::Cid;

use crate::unixfs::is_raw;

/// A block of a tree.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Its CID.
    pub cid: Cid,
    /// About how long it is.
    pub(super) bytes: u64,
    /// The same of a leaf, if its parent told.
    pub(super) told: Option<u64>,
    pub(super) place: Place,
}

/// Where in the order of a tree a block and all that is below it are, whatever its nodes say of
/// their lengths: a part of the numbers, of which each child has a part as large as another's.
/// There are parts for 16 levels of nodes with 256 links; what is deeper shares one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    from: u128,
    room: u128,
}

/// Blocks in the order of their places, so that a reader that goes along waits for none that was
/// put behind later ones. One that is linked to twice has the place at which it was found first.
#[derive(Default)]
pub(super) struct Ahead {
    /// By place, and then as they were found.
    wishes: BTreeMap<(u128, u64), Wish>,
    found: u64,
}

impl Wish {
    /// `below` is how many bytes there are at and below the block, as its parent says. A parent
    /// that lies has more or fewer blocks asked for at once, and no more than the window allows.
    pub(super) fn of(cid: Cid, below: Option<u64>, place: Place) -> Self {
        let most = if is_raw(&cid) { MAX_BLOCK_BYTES as u64 } else { Tuning::BLOCK_BYTES_GUESS };
        let told = below.map(|below| below.min(most));
        Self { cid, bytes: told.unwrap_or(Tuning::BLOCK_BYTES_GUESS), told, place }
    }
}

impl Place {
    pub(super) const ROOT: Self = Self { from: 0, room: u128::MAX };

    /// Those of its children, of which there are `count`, in order.
    pub(super) fn of_children(self, count: usize) -> impl Iterator<Item = Self> {
        let room = self.room / (count as u128).max(1);
        (0..count as u128).map(move |number| Self { from: self.from + room * number, room })
    }
}

impl Ahead {
    pub(super) fn add(&mut self, wish: Wish) {
        self.wishes.insert((wish.place.from, self.found), wish);
        self.found += 1;
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
