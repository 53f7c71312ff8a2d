//! One collection: what was marked stays, and of the rest what nobody put or found since.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::block_store::{BlockStore, Cursor, Multihash};
use crate::collect::{CollectError, GuardedStore, Lease};

/// A collection of the blocks of a [`GuardedStore`]. Dropped, it frees nothing more.
pub struct Collection {
    guarded: Arc<GuardedStore>,
    /// By a keyed hash: two blocks that have the same are both kept.
    marked: HashSet<u64>,
    key: RandomState,
    _lease: Lease,
}

/// How to sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Nothing is freed, only counted.
    pub dry_run: bool,
    /// So many bytes of blocks are enough to free, the oldest first as far as the store knows;
    /// `None` = all that can be.
    pub enough: Option<u64>,
}

/// What a sweep came to, as far as it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// Blocks that were freed, or would have been.
    pub freed_blocks: u64,
    /// Their bytes.
    pub freed_bytes: u64,
    /// Blocks that were marked.
    pub marked_blocks: u64,
    /// Their bytes.
    pub marked_bytes: u64,
    /// Blocks that were not, and that somebody put or found since it began, or under a lease.
    pub recent_blocks: u64,
    /// Their bytes.
    pub recent_bytes: u64,
}

impl Collection {
    /// Blocks that are looked at together, and freed in one commit.
    const TOGETHER: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

    pub(super) fn new(guarded: Arc<GuardedStore>, lease: Lease) -> Self {
        Self { guarded, marked: HashSet::new(), key: RandomState::new(), _lease: lease }
    }

    /// The store, where what is found is not kept for it.
    pub fn store(&self) -> Arc<dyn BlockStore> {
        Arc::clone(&self.guarded.store)
    }

    /// Keeps a block; false if it was marked before.
    pub fn mark(&mut self, hash: &Multihash) -> bool {
        self.marked.insert(self.key.hash_one(hash))
    }

    /// Frees what was not marked and is not needed otherwise. `watch` hears how far it is.
    ///
    /// # Errors
    /// What was not freed yet stays.
    pub async fn sweep(
        &self,
        how: Sweep,
        watch: &(dyn Fn(&Swept) + Sync),
    ) -> Result<Swept, CollectError> {
        let mut swept = Swept::default();
        let mut next = Some(Cursor::START);
        let enough = how.enough.unwrap_or(u64::MAX);
        let youngest = self.youngest(how.enough).await?;
        while let Some(from) = next
            && swept.freed_bytes < enough
        {
            let page = self.guarded.store.page(&from, Self::TOGETHER).await?;
            self.sweep_page(how, youngest, &page.hashes, &mut swept).await?;
            watch(&swept);
            next = page.next;
        }
        Ok(swept)
    }

    /// The age of the youngest blocks that have to be freed so that it is enough.
    async fn youngest(&self, enough: Option<u64>) -> Result<u64, CollectError> {
        let Some(enough) = enough else { return Ok(u64::MAX) };
        let mut bytes_by_age: BTreeMap<u64, u64> = BTreeMap::new();
        let mut next = Some(Cursor::START);
        while let Some(from) = next {
            let page = self.guarded.store.page(&from, Self::TOGETHER).await?;
            let unmarked = page.hashes.iter().filter(|hash| !self.is_marked(hash));
            let unmarked: Vec<Multihash> = unmarked.copied().collect();
            let loose = self.guarded.recent.without(&unmarked)?;
            let sizes = self.guarded.store.sizes(&loose).await;
            for (age, size) in self.guarded.store.ages(&loose).into_iter().zip(sizes) {
                let bytes = size.ok().flatten().unwrap_or(0);
                *bytes_by_age.entry(age).or_default() += u64::from(bytes);
            }
            next = page.next;
        }
        let mut sum = 0_u64;
        let last = bytes_by_age.into_iter().find(|(_, bytes)| {
            sum = sum.saturating_add(*bytes);
            sum >= enough
        });
        Ok(last.map_or(u64::MAX, |(age, _)| age))
    }

    fn is_marked(&self, hash: &Multihash) -> bool {
        self.marked.contains(&self.key.hash_one(hash))
    }

    async fn sweep_page(
        &self,
        how: Sweep,
        youngest: u64,
        hashes: &[Multihash],
        swept: &mut Swept,
    ) -> Result<(), CollectError> {
        let sizes = self.guarded.store.sizes(hashes).await;
        let ages = self.guarded.store.ages(hashes);
        let mut loose = Vec::new();
        for ((hash, size), age) in hashes.iter().zip(sizes).zip(ages) {
            // One whose length cannot be told is freed all the same.
            let bytes = u64::from(size.ok().flatten().unwrap_or(0));
            if self.is_marked(hash) {
                swept.marked_blocks += 1;
                swept.marked_bytes += bytes;
            } else if age <= youngest {
                loose.push((*hash, bytes));
            }
        }
        let freed = self.free(how, loose.iter().map(|(hash, _)| *hash).collect()).await?;
        let freed: HashSet<Multihash> = freed.into_iter().collect();
        for (hash, bytes) in loose {
            let (blocks, sum) = if freed.contains(&hash) {
                (&mut swept.freed_blocks, &mut swept.freed_bytes)
            } else {
                (&mut swept.recent_blocks, &mut swept.recent_bytes)
            };
            *blocks += 1;
            *sum += bytes;
        }
        Ok(())
    }

    /// Frees those of these that are not needed, and returns them. Nobody puts or finds a block
    /// between the look at what was put or found, and the deletion.
    async fn free(
        &self,
        how: Sweep,
        hashes: Vec<Multihash>,
    ) -> Result<Vec<Multihash>, CollectError> {
        let all = self.guarded.gate.write().await;
        let freed = self.guarded.recent.without(&hashes)?;
        if how.dry_run || freed.is_empty() {
            return Ok(freed);
        }
        let receipt = self.guarded.store.delete_many(&freed).await?;
        drop(all);
        receipt.durable().await?;
        Ok(freed)
    }
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection").field("marked", &self.marked.len()).finish_non_exhaustive()
    }
}
