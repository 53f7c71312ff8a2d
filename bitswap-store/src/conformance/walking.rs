//! Sentence 9: walks.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use bitswap_core::Block;

use crate::block_store::{Cursor, Durability, Multihash, Page};
use crate::conformance::trial::{Trial, hashes};
use crate::conformance::{Violation, samples};

pub(super) async fn walks(trial: &Trial<'_>) -> Result<(), Violation> {
    let none = walk(trial, 10).await?;
    trial.ensure(none.is_empty(), || format!("{} hashes in an empty store", none.len()))?;

    // Some of those that go lie before the others, and some behind, whatever a store's order is.
    let (go, stay) =
        (samples::small(2, 20), [samples::small(1, 40), samples::lookalikes()].concat());
    let (early, late) = go.split_at(10);
    let blocks = [early, &stay, late].concat();
    let _receipt = trial.put(&blocks, Durability::Relaxed).await?;
    for most in [1, 7, blocks.len(), 1_000] {
        let walked = walk(trial, most).await?;
        once(trial, &walked, &blocks, &[])?;
    }
    walk_among_changes(trial, &stay, go).await
}

/// Blocks come and go between two pages; `stay` are there all the while.
async fn walk_among_changes(
    trial: &Trial<'_>,
    stay: &[Block],
    go: Vec<Block>,
) -> Result<(), Violation> {
    let come = samples::small(3, 7);

    let first = trial.page(&Cursor::START, least(10)).await?;
    let mut walked = first.hashes.clone();
    let _receipt = trial.delete(&hashes(&go)).await?;
    let _receipt = trial.put(&come, Durability::Relaxed).await?;
    walked.extend(rest(trial, first, 3).await?);

    once(trial, &walked, stay, &[go, come].concat())
}

/// All that a walk finds, in its order.
pub(super) async fn walk(trial: &Trial<'_>, most: usize) -> Result<Vec<Multihash>, Violation> {
    let first = trial.page(&Cursor::START, least(most)).await?;
    let mut walked = first.hashes.clone();
    walked.extend(rest(trial, first, most).await?);
    Ok(walked)
}

async fn rest(trial: &Trial<'_>, page: Page, most: usize) -> Result<Vec<Multihash>, Violation> {
    /// No trial holds so many blocks that an honest walk is longer, empty pages included.
    const PAGES: usize = 10_000;

    let (mut walked, mut next) = (Vec::new(), page.next);
    for _ in 0..PAGES {
        let Some(from) = next else { return Ok(walked) };
        let page = trial.page(&from, least(most)).await?;
        walked.extend(page.hashes);
        next = page.next;
    }
    trial.ensure(false, || format!("a walk goes on after {PAGES} pages")).map(|()| walked)
}

/// `walked` has each of `sure` once, each of `free` at most once, and nothing else.
fn once(
    trial: &Trial<'_>,
    walked: &[Multihash],
    sure: &[Block],
    free: &[Block],
) -> Result<(), Violation> {
    let mut times: BTreeMap<&Multihash, usize> = BTreeMap::new();
    for hash in walked {
        *times.entry(hash).or_default() += 1;
    }
    for block in sure {
        let found = times.remove(block.multihash()).unwrap_or_default();
        trial.ensure(found == 1, || format!("{block:?} comes {found} times in a walk"))?;
    }
    for block in free {
        let found = times.remove(block.multihash()).unwrap_or_default();
        trial.ensure(found <= 1, || format!("{block:?} comes {found} times in a walk"))?;
    }
    trial.ensure(times.is_empty(), || format!("a walk finds {} hashes never put", times.len()))
}

fn least(most: usize) -> NonZeroUsize {
    NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN)
}
