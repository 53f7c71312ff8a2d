//! Moves the blocks of a directory from redb into segments.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bitswap_core::Block;

use super::database::{self, DatabaseHandle};
use super::folder::lock;
use super::pending::WINDOW;
use super::{RedbStore, SegmentStore};
use crate::block_store::{BlockStore as _, Cursor, Durability, Multihash};
use crate::error::StoreError;

/// Hashes that are looked at together.
const PAGE: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();
/// Blocks that are copied together: 32 MiB at most.
const BLOCKS_AT_ONCE: usize = 16;

/// What a conversion came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Converted {
    /// Blocks that were copied; those that an earlier attempt copied do not count.
    pub blocks: u64,
    /// Blocks that could not be copied, since their bytes do not have their hash.
    pub damaged: u64,
    /// Where the database is now. Nothing opens it any more, and it can be deleted.
    pub database: PathBuf,
}

/// Copies all blocks of the [`RedbStore`] in this directory into a [`SegmentStore`] beside it, and
/// renames the database when they are durable. Can be stopped at any time and done again. `copied`
/// is told how many blocks were copied so far. Needs as much room again as the blocks have bytes.
///
/// # Errors
/// [`StoreError::Locked`] if the directory is in use, [`StoreError::Io`] if the medium failed, is
/// full, or has no such store in that directory. No block is lost by it.
pub async fn convert(
    folder: impl AsRef<Path>,
    mut copied: impl FnMut(u64),
) -> Result<Converted, StoreError> {
    let folder = folder.as_ref();
    let new = SegmentStore::under(folder, lock(folder)?)?;
    let old = RedbStore::over(DatabaseHandle::at(folder, None)?, WINDOW)?;
    let mut converted = Converted::default();
    let mut from = Some(Cursor::START);
    while let Some(cursor) = from {
        let page = old.page(&cursor, PAGE).await?;
        for hashes in missing(&new, &page.hashes).await?.chunks(BLOCKS_AT_ONCE) {
            let blocks = read(&old, hashes, &mut converted.damaged).await?;
            converted.blocks += blocks.len() as u64;
            // `sync` says when they are durable.
            drop(new.put_many(blocks, Durability::Relaxed).await?);
            copied(converted.blocks);
        }
        from = page.next;
    }
    new.sync().await?;
    drop(old);
    converted.database = database::put_aside(folder)?;
    Ok(converted)
}

/// Those of `hashes` that are not in the new store.
async fn missing(new: &SegmentStore, hashes: &[Multihash]) -> Result<Vec<Multihash>, StoreError> {
    let mut missing = Vec::new();
    for (hash, size) in hashes.iter().zip(new.sizes(hashes).await) {
        if size?.is_none() {
            missing.push(*hash);
        }
    }
    Ok(missing)
}

/// The blocks of `hashes`, without those that are `damaged`.
async fn read(
    old: &RedbStore,
    hashes: &[Multihash],
    damaged: &mut u64,
) -> Result<Vec<Block>, StoreError> {
    let mut blocks = Vec::new();
    for answer in old.get_many(hashes).await {
        match answer {
            Ok(block) => blocks.extend(block),
            Err(StoreError::Corrupt { .. }) => *damaged += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(blocks)
}
