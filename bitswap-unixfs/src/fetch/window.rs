//! What is asked for at once: as much as may wait here for a disk that stops for a moment. How much
//! of it is asked of a peer is the engine's.

use bitswap_core::Limits;
use cid::Cid;

use super::ahead::Wish;
use crate::block_reader::{LEAST, MOST_BYTES};
use crate::by_cid::ByCid;

/// Blocks that were asked for and are not yet here.
#[derive(Default)]
pub(super) struct Window {
    asked: ByCid<Wish>,
    /// About how long all those are.
    bytes: u64,
}

impl Window {
    const MOST: usize = Limits::WANTS_PER_SESSION;

    /// How many of `wishes`, from the first on, there is room for.
    pub(super) fn fitting(&self, wishes: impl Iterator<Item = Wish>) -> usize {
        let (mut blocks, mut bytes) = (self.asked.len(), self.bytes);
        let fits = wishes.take_while(|wish| {
            blocks += 1;
            bytes = bytes.saturating_add(wish.bytes);
            blocks <= LEAST || blocks <= Self::MOST && bytes <= MOST_BYTES
        });
        fits.count()
    }

    /// Whether so much is free that asking is worth a call.
    pub(super) fn is_open(&self) -> bool {
        let blocks = self.asked.len();
        let few = blocks <= Self::MOST - Self::MOST / 8;
        let short = self.bytes <= MOST_BYTES / 8 * 7;
        blocks <= LEAST - LEAST / 8 || few && short
    }

    pub(super) fn add(&mut self, wish: Wish) {
        self.bytes += wish.bytes;
        self.asked.insert(wish.cid, wish);
    }

    /// `None` if it was not asked for.
    pub(super) fn came(&mut self, cid: &Cid) -> Option<Wish> {
        let wish = self.asked.remove(cid)?;
        self.bytes -= wish.bytes;
        Some(wish)
    }

    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }
}
