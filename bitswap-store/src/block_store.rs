//! What a block store promises, in numbered sentences.

use std::num::NonZeroUsize;

use async_trait::async_trait;
use bitswap_core::Block;
use bytes::Bytes;

use crate::error::StoreError;
use crate::receipt::Receipt;

/// What blocks are kept by: hash function, digest length and digest. CIDs that differ in version
/// or codec share a block.
pub type Multihash = multihash::Multihash<64>;

/// Keeps blocks by their multihash.
///
/// The contract, sentence by sentence; [`conformance`](crate::conformance) tests each and names
/// the number of the one that is broken:
///
/// 1. **Order.** [`get_many`](Self::get_many) and [`sizes`](Self::sizes) give one answer for each
///    hash asked, in the order asked, a hash asked twice answered twice.
/// 2. **Truth.** What is given for a hash is the block of exactly that hash: same function, same
///    digest length, same digest.
/// 3. **Absence.** A block that is not there is `Ok(None)`, never an error.
/// 4. **Sizes.** `sizes` says of each hash what `get_many` would: the length of the block that
///    would come, or that none would.
/// 5. **Acceptance.** When [`put_many`](Self::put_many) has returned a receipt, every one of the
///    blocks is there.
/// 6. **Repetition.** Putting what is there changes nothing, be it in one list or in two, and its
///    receipt is as good as the first one's.
/// 7. **Deletion.** When [`delete_many`](Self::delete_many) has returned, the blocks are gone and
///    all others are there. Deleting what is not there is no error, and a block deleted can be
///    put again.
/// 8. **Durability.** A receipt of [`Durability::Prompt`] or of a deletion resolves without
///    further calls; one of [`Durability::Relaxed`] at the latest when a later
///    [`sync`](Self::sync) has returned.
/// 9. **Walks.** The [`page`](Self::page)s from [`Cursor::START`], each from where the one
///    before says, hold each block's hash exactly once that was there all the while, and none
///    that was not there at any moment of it. No page is longer than asked.
/// 10. **Abandonment.** A future that is dropped before it is done leaves each of its blocks whole
///     or absent, and a store that works.
/// 11. **Overlap.** Calls may overlap, and none undoes what another did.
/// 12. **Damage.** A block that the store cannot give back as it came fails alone, with
///     [`StoreError::Corrupt`], in `get_many`; its neighbours in the list are given, and `sizes`
///     may still know its length.
///
/// Blocks, and not bytes, come out: a [`Block`] is made only by hashing, so a store that reads
/// from a medium has to hash what it read, and one that kept the `Block` itself need not.
#[async_trait]
pub trait BlockStore: Send + Sync + 'static {
    /// The blocks of these hashes.
    ///
    /// # Errors
    /// For each hash alone: the store cannot say what it has, or has it damaged. Nothing changed.
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>>;

    /// The lengths of the blocks of these hashes, in bytes; what is there is there, at less cost
    /// than reading it.
    ///
    /// # Errors
    /// For each hash alone: the store cannot say. Nothing changed.
    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>>;

    /// Takes blocks in; they are *accepted* when it returns, and durable when the receipt says
    /// so. A full queue makes it wait.
    ///
    /// # Errors
    /// The store did not accept them all. Each is there whole or absent; what was there before
    /// still is.
    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError>;

    /// Takes blocks out. The receipt says when they cannot come back, not even by a crash.
    ///
    /// # Errors
    /// The store could not. Each is still there or gone; no other block changed.
    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError>;

    /// The next page of what is there, in an order of the store's own: at most `most` hashes.
    ///
    /// # Errors
    /// The store could not read its index, or knows no such cursor. Nothing changed.
    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError>;

    /// Returns when all that was accepted before the call is durable.
    ///
    /// # Errors
    /// Something accepted could not be made durable; it is still accepted, and a crash may lose
    /// it.
    async fn sync(&self) -> Result<(), StoreError>;

    /// The bytes of memory that it keeps while nobody calls, such as an index and caches; 0 if it
    /// does not know. For people who look, so an estimate will do.
    fn memory_bytes(&self) -> u64 {
        0
    }

    /// How much it holds, and how often it failed to keep it. For people who look, so an estimate
    /// will do.
    fn usage(&self) -> Usage {
        Usage::default()
    }

    /// For each hash a number that is the smaller the longer ago its block was written, for those
    /// who free the oldest first; an estimate will do, in not many different numbers.
    fn ages(&self, hashes: &[Multihash]) -> Vec<u64> {
        vec![0; hashes.len()]
    }

    /// What this store can do; always the same.
    fn capabilities(&self) -> Capabilities;
}

/// How soon accepted blocks are to be made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Durability {
    /// Whenever it suits the store: the blocks can be fetched again.
    Relaxed,
    /// With the next commit: somebody waits for it.
    Prompt,
}

/// What a store can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether what is durable outlives the process and a power cut. Without it, receipts resolve
    /// all the same: it is as safe as this store makes anything.
    pub durable: bool,
    /// Whether [`BlockStore::sizes`] answers without touching the medium.
    pub cheap_sizes: bool,
    /// Whether other nodes use the blocks, too, so that nobody can tell alone which are garbage.
    pub shared: bool,
}

/// How much a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Blocks; `None` = the store would have to look through all of them to say.
    pub blocks: Option<u64>,
    /// Bytes of the medium that it takes for them, with what it keeps besides and has not yet given
    /// back; `None` = as above.
    pub bytes: Option<u64>,
    /// Bytes of the blocks that are there, with what each takes besides; `None` = as above.
    pub live_bytes: Option<u64>,
    /// Commits that the medium failed, as when it is full.
    pub failed_commits: u64,
    /// Why the last commit failed; `None` = it did not, and what is accepted becomes durable.
    pub failing: Option<StoreError>,
}

/// A part of what a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Some of what is there.
    pub hashes: Vec<Multihash>,
    /// Where the walk goes on; `None` = it is over.
    pub next: Option<Cursor>,
}

/// Where a walk over a store stands. Only the store that gave it out can read it; it stays good
/// when blocks come and go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor(Bytes);

impl Cursor {
    /// Where every walk begins.
    pub const START: Self = Self(Bytes::new());

    /// A place, in the store's own writing.
    pub const fn new(place: Bytes) -> Self {
        Self(place)
    }

    /// The place, in the store's own writing; empty at the start.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
