//! Garbage of a node: blocks of no pinned tree are freed, while everything else goes on.

use std::cmp::Reverse;

use bitswap_store::{BlockStore as _, CollectError, Collection, Sweep, Swept};
use bitswap_unixfs::{Absent, Extent, Trees};

use super::{Keeper, Pin, PinKind};
use crate::error::CliError;

/// What a collection came to.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// What the sweep found and freed.
    pub swept: Swept,
    /// The pins, and what each keeps that none before it does; those that keep the most first.
    pub pins: Vec<PinShare>,
    /// How many blocks of pinned trees are missing, and one of them. None of them has links.
    pub missing: u64,
    /// The first of those.
    pub first_missing: Option<Absent>,
}

/// What a pin keeps.
#[derive(Clone, Debug)]
pub struct PinShare {
    /// The pin.
    pub pin: Pin,
    /// How many blocks.
    pub blocks: u64,
    /// Of how many bytes.
    pub bytes: u64,
}

impl Keeper {
    /// Frees blocks that belong to no pinned tree, unless they were put or found since it began,
    /// or under a lease.
    ///
    /// # Errors
    /// Nothing was freed: of a pinned tree a block is missing, or cannot be read, that may link to
    /// others; the pins cannot be read; or somebody collects already. Or the store failed.
    pub async fn collect(&self, how: Sweep) -> Result<Collected, CliError> {
        let collected = self.collect_uncounted(how).await;
        if let Some(counts) = self.counts.get().filter(|_| !how.dry_run) {
            counts.count(collected.as_ref().ok().map(|collected| &collected.swept));
        }
        collected
    }

    async fn collect_uncounted(&self, how: Sweep) -> Result<Collected, CliError> {
        if self.store.capabilities().shared {
            return Err(CliError::shared_store());
        }
        let mut collection = self.store.collect().await.map_err(refused)?;
        // Pins that come later are of blocks that were found since, so they need not be known.
        let mut collected = self.mark(&mut collection).await?;
        let swept = collection.sweep(how, &|_| {}).await;
        collected.swept = swept.map_err(refused)?;
        collected.pins.sort_by_key(|share| Reverse(share.bytes));
        Ok(collected)
    }

    async fn mark(&self, collection: &mut Collection) -> Result<Collected, CliError> {
        let mut collected = Collected::default();
        let mut trees = Trees::new();
        for pin in self.pins.all().await? {
            let share = match pin.kind {
                PinKind::Direct => mark_block(pin, collection).await?,
                PinKind::Recursive => {
                    let (share, extent) = mark_tree(pin, &mut trees, collection).await?;
                    collected.missing += extent.absent_blocks;
                    collected.first_missing = collected.first_missing.or(extent.absent);
                    share
                }
            };
            collected.pins.push(share);
        }
        Ok(collected)
    }
}

async fn mark_block(pin: Pin, collection: &mut Collection) -> Result<PinShare, CliError> {
    let mut share = PinShare { pin, blocks: 0, bytes: 0 };
    let hash = *share.pin.cid.hash();
    let found = collection.store().sizes(&[hash]).await.pop().unwrap_or(Ok(None));
    if let Some(bytes) = found.map_err(|why| CliError::store(&why))?
        && collection.mark(&hash)
    {
        (share.blocks, share.bytes) = (1, u64::from(bytes));
    }
    Ok(share)
}

async fn mark_tree(
    pin: Pin,
    trees: &mut Trees,
    collection: &mut Collection,
) -> Result<(PinShare, Extent), CliError> {
    let mut share = PinShare { pin, blocks: 0, bytes: 0 };
    let store = collection.store();
    let mut seen = |hash: &_, bytes| {
        if collection.mark(hash) {
            share.blocks += 1;
            share.bytes += u64::from(bytes);
        }
    };
    let extent = trees.walk(store.as_ref(), share.pin.cid, &mut seen).await?;
    match &extent.unknown {
        Some(unknown) => Err(CliError::not_known_what_is_pinned(&share.pin.cid, unknown)),
        None => Ok((share, extent)),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
fn refused(error: CollectError) -> CliError {
    match error {
        CollectError::Store(why) => CliError::store(&why),
        other => CliError::not_collected(&other),
    }
}
