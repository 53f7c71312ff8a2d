//! What is asked for at once: little at first, so that a selector has seen who is there, and how
//! fast, before all is asked for; then twice as much with each round trip, up to a bound.

use std::collections::HashMap;

use bitswap_core::MAX_BLOCK_BYTES;
use cid::Cid;

use crate::unixfs::is_raw;

/// A block of a tree, and about how long it is.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    pub(super) cid: Cid,
    bytes: u64,
}

/// Blocks that were asked for and are not yet here.
#[derive(Default)]
pub(super) struct Window {
    asked: HashMap<Cid, u64>,
    /// About how long all those are.
    bytes: u64,
    /// About how long those were that came.
    come: u64,
}

impl Wish {
    /// Bytes of a block whose length nobody told, and at most those of one with links.
    const USUAL_BYTES: u64 = 256 << 10;

    /// `below` is how many bytes there are at and below the block, as its parent says. A parent
    /// that lies has more or fewer blocks asked for at once, and no more than [`Window::MOST`].
    pub(super) fn of(cid: Cid, below: Option<u64>) -> Self {
        let most = if is_raw(&cid) { MAX_BLOCK_BYTES as u64 } else { Self::USUAL_BYTES };
        Self { cid, bytes: below.unwrap_or(Self::USUAL_BYTES).min(most) }
    }
}

impl Window {
    /// Bytes asked for at once at first; what has come is added.
    const FIRST_BYTES: u64 = 8 << 20;
    /// And at most.
    const MOST_BYTES: u64 = 64 << 20;
    /// Blocks asked for at once, however long they are.
    const LEAST: usize = 32;
    /// And however short.
    const MOST: usize = 8_192;

    /// How many of `wishes`, from the first on, there is room for.
    pub(super) fn fitting(&self, wishes: impl Iterator<Item = Wish>) -> usize {
        let (mut blocks, mut bytes) = (self.asked.len(), self.bytes);
        let fits = wishes.take_while(|wish| {
            blocks += 1;
            bytes = bytes.saturating_add(wish.bytes);
            blocks <= Self::LEAST || blocks <= Self::MOST && bytes <= self.most_bytes()
        });
        fits.count()
    }

    /// Whether so much is free that asking is worth a call.
    pub(super) fn is_open(&self) -> bool {
        let blocks = self.asked.len();
        let few = blocks <= Self::MOST - Self::MOST / 8;
        let short = self.bytes <= self.most_bytes() / 8 * 7;
        blocks <= Self::LEAST - Self::LEAST / 8 || few && short
    }

    pub(super) fn add(&mut self, wish: Wish) {
        self.bytes += wish.bytes;
        self.asked.insert(wish.cid, wish.bytes);
    }

    pub(super) fn came(&mut self, cid: &Cid) {
        let bytes = self.asked.remove(cid).unwrap_or_default();
        self.bytes -= bytes;
        self.come += bytes;
    }

    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }

    pub(super) fn first(&self) -> Option<Cid> {
        self.asked.keys().min().copied()
    }

    fn most_bytes(&self) -> u64 {
        Self::FIRST_BYTES.saturating_add(self.come).min(Self::MOST_BYTES)
    }
}
