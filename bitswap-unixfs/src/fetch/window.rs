//! What is asked for at once: little at first, so that a selector has seen who is there, and how
//! fast, before all is asked for; then twice as much with each round trip, until blocks are long in
//! coming. More than that would wait here for a disk that is slower than the peers are. Of peers
//! that are near no more than a disk needs that stops for a moment, since all of it would come.

mod least;

use std::time::Duration;

use cid::Cid;
use tokio::time::Instant;

use self::least::Least;
use super::ahead::{Place, Wish};
use crate::by_cid::ByCid;

/// Blocks that were asked for and are not yet here.
pub(super) struct Window {
    asked: ByCid<Asked>,
    /// About how long all those are.
    bytes: u64,
    /// How long they may be together.
    most_bytes: u64,
    /// And at least.
    least: Least,
    /// The shortest time in which one came.
    soonest: Duration,
}

/// A block that was asked for.
struct Asked {
    at: Instant,
    wish: Wish,
}

impl Default for Window {
    fn default() -> Self {
        let (asked, soonest) = (ByCid::default(), Duration::MAX);
        let least = Least::new(Self::FIRST_BYTES, Self::MOST_BYTES);
        Self { asked, bytes: 0, most_bytes: Self::FIRST_BYTES, least, soonest }
    }
}

impl Window {
    /// Bytes asked for at once at first, and at least, see [`Least`]. What comes in time is added,
    /// what comes late taken off.
    const FIRST_BYTES: u64 = 8 << 20;
    /// And at most.
    const MOST_BYTES: u64 = 64 << 20;
    /// At most of a source that answers at once,
    const NEAR_BYTES: u64 = 16 << 20;
    /// and so many more for each millisecond that it takes: twice what 1 Gbit/s carries meanwhile.
    const WAY_BYTES: u64 = 256 << 10;
    /// Blocks asked for at once, however long they are.
    const LEAST: usize = 32;
    /// And however short.
    const MOST: usize = 8_192;

    /// A block is late that took twice as long as the soonest, and this besides.
    const QUEUE: Duration = Duration::from_millis(50);

    /// How many of `wishes`, from the first on, there is room for.
    pub(super) fn fitting(&self, wishes: impl Iterator<Item = Wish>) -> usize {
        let (mut blocks, mut bytes) = (self.asked.len(), self.bytes);
        let fits = wishes.take_while(|wish| {
            blocks += 1;
            bytes = bytes.saturating_add(wish.bytes);
            blocks <= Self::LEAST || blocks <= Self::MOST && bytes <= self.most_bytes
        });
        fits.count()
    }

    /// Whether so much is free that asking is worth a call.
    pub(super) fn is_open(&self) -> bool {
        let blocks = self.asked.len();
        let few = blocks <= Self::MOST - Self::MOST / 8;
        let short = self.bytes <= self.most_bytes / 8 * 7;
        blocks <= Self::LEAST - Self::LEAST / 8 || few && short
    }

    pub(super) fn add(&mut self, wish: Wish) {
        self.bytes += wish.bytes;
        self.asked.insert(wish.cid, Asked { at: Instant::now(), wish });
    }

    /// Where in the tree it is; `None` if it was not asked for.
    pub(super) fn came(&mut self, cid: &Cid) -> Option<Place> {
        let asked = self.asked.remove(cid)?;
        self.least.came(&asked, self.bytes, self.most_bytes);
        self.bytes -= asked.wish.bytes;
        let took = asked.at.elapsed();
        self.soonest = self.soonest.min(took);
        let is_late = took > self.soonest.saturating_mul(2).saturating_add(Self::QUEUE);
        let most = if is_late {
            self.most_bytes.saturating_sub(asked.wish.bytes)
        } else {
            self.most_bytes.saturating_add(asked.wish.bytes)
        };
        self.most_bytes = most.max(self.least.bytes()).min(self.limit());
        Some(asked.wish.place)
    }

    /// The largest window, by how far the source is.
    fn limit(&self) -> u64 {
        let way = u64::try_from(self.soonest.as_millis()).unwrap_or(u64::MAX);
        way.saturating_mul(Self::WAY_BYTES).saturating_add(Self::NEAR_BYTES).min(Self::MOST_BYTES)
    }

    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }

    pub(super) fn first(&self) -> Option<Cid> {
        self.asked.keys().min().copied()
    }
}
