//! What is remembered of the object store: blocks, up to a number of bytes, and for a while which
//! blocks are there and which are not.
//!
//! What a read found is remembered only if no put or deletion of this node ended meanwhile that it
//! may have missed.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use bitswap_core::Block;
use bitswap_store::Multihash;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Held;
use tokio::time::Instant;

/// How many changes of this node have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    puts: u64,
    deletions: u64,
}

/// A change of the object store, which ends when this is dropped, whether or not it came to be.
pub(crate) struct Change<'a> {
    cache: &'a Cache,
    hash: Multihash,
    is_put: bool,
}

pub(crate) struct Cache {
    blocks: Held<Multihash, Block, ByBytes>,
    known: Held<Multihash, Remembered>,
    ends: RwLock<Ends>,
}

/// What is known of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is not there.
    Absent,
    /// It is there, and so long.
    Length(u32),
}

#[derive(Clone, Copy)]
struct Remembered {
    known: Known,
    until: Instant,
}

/// Weighs blocks by their bytes and what each takes besides.
#[derive(Clone)]
struct ByBytes;

impl Weighter<Multihash, Block> for ByBytes {
    fn weight(&self, _: &Multihash, block: &Block) -> u64 {
        block.len() as u64 + Cache::ENTRY_BYTES
    }
}

impl Cache {
    /// What an entry takes besides its block.
    const ENTRY_BYTES: u64 = 256;
    /// Blocks of which the length is known, or that they are not there: 16 MiB.
    const MOST_KNOWN: usize = 65_536;
    /// How long another node's deletion may go unheard.
    const LENGTHS_LIVE: Duration = Duration::from_secs(60);
    /// How long another node's put may.
    const ABSENCES_LIVE: Duration = Duration::from_secs(1);

    /// With room for so many bytes of blocks.
    pub(crate) fn of(bytes: u64) -> Self {
        /// An estimate, by which the cache divides itself.
        const USUAL_BYTES: u64 = 64 * 1024;

        let blocks = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX).max(16);
        Self {
            blocks: Held::with_weighter(blocks, bytes, ByBytes),
            known: Held::new(Self::MOST_KNOWN),
            ends: RwLock::default(),
        }
    }

    /// A put or a deletion of this block begins.
    pub(crate) const fn change(&self, hash: Multihash, is_put: bool) -> Change<'_> {
        Change { cache: self, hash, is_put }
    }

    /// From here on, what is read has seen all that ended.
    pub(crate) fn now(&self) -> Ends {
        *self.ends()
    }

    /// A block, if it is remembered.
    pub(crate) fn block(&self, hash: &Multihash) -> Option<Block> {
        self.blocks.get(hash)
    }

    /// What is remembered of a block.
    pub(crate) fn known(&self, hash: &Multihash) -> Option<Known> {
        if let Some(block) = self.blocks.get(hash) {
            return Some(Known::Length(block.len() as u32));
        }
        let Remembered { known, until } = self.known.get(hash)?;
        (Instant::now() < until).then_some(known)
    }

    /// It was there, as somebody saw who began then.
    pub(crate) fn keep(&self, block: &Block, since: Ends) {
        let ends = self.ends();
        if ends.deletions == since.deletions {
            self.blocks.insert(*block.multihash(), block.clone());
        }
    }

    /// It was there with this length, or was not, as somebody saw who began then.
    pub(crate) fn keep_known(&self, hash: &Multihash, known: Known, since: Ends) {
        let ends = self.ends();
        let (missed_none, life) = match known {
            Known::Length(_) => (ends.deletions == since.deletions, Self::LENGTHS_LIVE),
            Known::Absent => (ends.puts == since.puts, Self::ABSENCES_LIVE),
        };
        if missed_none {
            self.known.insert(*hash, Remembered { known, until: Instant::now() + life });
        }
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> u64 {
        self.blocks.weight() + self.known.len() as u64 * Self::ENTRY_BYTES
    }

    fn ends(&self) -> RwLockReadGuard<'_, Ends> {
        self.ends.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends_change(&self) -> RwLockWriteGuard<'_, Ends> {
        self.ends.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        let mut ends = self.cache.ends_change();
        if self.is_put {
            ends.puts += 1;
        } else {
            ends.deletions += 1;
            self.cache.blocks.remove(&self.hash);
        }
        self.cache.known.remove(&self.hash);
    }
}
