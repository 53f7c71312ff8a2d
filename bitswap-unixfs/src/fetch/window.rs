//! What is asked for at once: as much as may wait here for a disk that stops for a moment, and more
//! of a source that is far. How much of it is asked of a peer is the engine's.

use std::time::Duration;

use cid::Cid;
use tokio::time::Instant;

use super::ahead::{Place, Wish};
use crate::by_cid::ByCid;

/// Blocks that were asked for and are not yet here.
#[derive(Default)]
pub(super) struct Window {
    asked: ByCid<Asked>,
    /// About how long all those are.
    bytes: u64,
    /// The shortest time in which one came.
    soonest: Option<Duration>,
}

/// A block that was asked for.
struct Asked {
    at: Instant,
    wish: Wish,
}

impl Window {
    /// Bytes asked for at once, at most.
    const MOST_BYTES: u64 = 64 << 20;
    /// At most of a source that answers at once,
    const NEAR_BYTES: u64 = 16 << 20;
    /// and so many more for each millisecond that it takes: twice what 1 Gbit/s carries meanwhile.
    const WAY_BYTES: u64 = 256 << 10;
    /// Blocks asked for at once, however long they are.
    const LEAST: usize = 32;
    /// And however short.
    const MOST: usize = 8_192;

    /// How many of `wishes`, from the first on, there is room for.
    pub(super) fn fitting(&self, wishes: impl Iterator<Item = Wish>) -> usize {
        let (mut blocks, mut bytes) = (self.asked.len(), self.bytes);
        let most_bytes = self.most_bytes();
        let fits = wishes.take_while(|wish| {
            blocks += 1;
            bytes = bytes.saturating_add(wish.bytes);
            blocks <= Self::LEAST || blocks <= Self::MOST && bytes <= most_bytes
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
        self.asked.insert(wish.cid, Asked { at: Instant::now(), wish });
    }

    /// Where in the tree it is; `None` if it was not asked for.
    pub(super) fn came(&mut self, cid: &Cid) -> Option<Place> {
        let asked = self.asked.remove(cid)?;
        self.bytes -= asked.wish.bytes;
        self.soonest = self.soonest.into_iter().chain([asked.at.elapsed()]).min();
        Some(asked.wish.place)
    }

    /// How long they may be together, by how far the source is.
    fn most_bytes(&self) -> u64 {
        let way = self.soonest.unwrap_or_default().as_millis();
        let way = u64::try_from(way).unwrap_or(u64::MAX);
        way.saturating_mul(Self::WAY_BYTES).saturating_add(Self::NEAR_BYTES).min(Self::MOST_BYTES)
    }

    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }

    pub(super) fn first(&self) -> Option<Cid> {
        self.asked.keys().min().copied()
    }
}
