//! What must hold of an image that a crash left (I15), and of what a store says of itself (I16).

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use bitswap_core::Chance;
use futures::executor::block_on;

use crate::block_store::{Cursor, Durability, Multihash};
use crate::disk::sim::book::{Allowed, Book};
use crate::disk::sim::drive::{SimDisk, SimStore};
use crate::disk::sim::tape;
use crate::disk::sim::{Tally, Violation};
use crate::error::StoreError;

/// No run holds so many blocks that an honest walk has more pages.
const PAGES: usize = 10_000;

/// How each block of the book was found.
pub(super) type Found = BTreeMap<Multihash, bool>;

/// The store opens, and each block is as it may be: I15 and I16.
pub(super) fn sound(
    disk: &SimDisk,
    book: &Book,
    allowed: impl Fn(&Multihash) -> Allowed,
    chance: &mut Chance,
    tally: &mut Tally,
) -> Result<(Found, SimStore), Violation> {
    let store = disk.store().map_err(|error| Violation::i15(format!("open: {error}")))?;
    let hashes: Vec<_> = book.blocks().map(|block| *block.multihash()).collect();
    let mut found = Found::new();
    let answers = hashes.chunks(16).flat_map(|some| block_on(store.get_many(some)));
    for (hash, answer) in hashes.iter().zip(answers) {
        let given = answer.map_err(|error| Violation::i15(format!("{}: {error}", name(hash))))?;
        if given.as_ref().is_some_and(|given| book.block(hash) != Some(given)) {
            return Err(Violation::i16(format!("wrong bytes for {}", name(hash))));
        }
        let (there, allowed) = (given.is_some(), allowed(hash));
        if !allowed.allows(there) {
            let found = if there { "came back" } else { "is lost" };
            return Err(Violation::i15(format!("{} {found}", name(hash))));
        }
        tally.promises += u64::from(allowed.is_promised());
        tally.chances += u64::from(!allowed.is_promised());
        found.insert(*hash, there);
    }
    says_the_same(&store, book, &found, chance)?;
    tally.sweeps += 1;
    Ok((found, store))
}

/// Sizes and walks agree with `found`.
fn says_the_same(
    store: &SimStore,
    book: &Book,
    found: &Found,
    chance: &mut Chance,
) -> Result<(), Violation> {
    let hashes: Vec<_> = found.keys().copied().collect();
    for (hash, size) in hashes.iter().zip(block_on(store.sizes(&hashes))) {
        let there = found.get(hash).copied().unwrap_or_default();
        let length = book.block(hash).filter(|_| there).map(|block| block.len() as u32);
        if size != Ok(length) {
            return Err(Violation::i16(format!("{} has size {size:?}", name(hash))));
        }
    }
    let walked = walk(store, chance)?.map_err(|error| Violation::i16(format!("walk: {error}")))?;
    let there = found.iter().filter(|(_, there)| **there).map(|(hash, _)| *hash);
    let there: BTreeSet<_> = there.collect();
    let once: BTreeSet<_> = walked.iter().copied().collect();
    if once != there || once.len() != walked.len() {
        let told = format!("a walk finds {} of {} blocks", walked.len(), there.len());
        return Err(Violation::i16(told));
    }
    Ok(())
}

pub(super) fn walk(
    store: &SimStore,
    chance: &mut Chance,
) -> Result<Result<Vec<Multihash>, StoreError>, Violation> {
    let (mut from, mut walked) = (Cursor::START, Vec::new());
    for _ in 0..PAGES {
        let most = if chance.one_in(1, 4) { 1 + chance.below(7) } else { 1_000 };
        let most = NonZeroUsize::new(most as usize).unwrap_or(NonZeroUsize::MIN);
        let page = match block_on(store.page(&from, most)) {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        walked.extend(page.hashes);
        let Some(next) = page.next else { return Ok(Ok(walked)) };
        from = next;
    }
    Err(Violation::i16(format!("a walk goes on after {PAGES} pages")))
}

/// After the crash it goes on: a block can be put and another taken out, for good.
pub(super) fn goes_on(
    disk: &SimDisk,
    store: SimStore,
    book: &mut Book,
    found: &Found,
    chance: &mut Chance,
    tally: &mut Tally,
) -> Result<(), Violation> {
    let told = |error: StoreError| Violation::i15(format!("after the crash: {error}"));
    let mut found = found.clone();
    let place = chance.below(24) as usize;
    if let Some(block) = tape::block(u64::MAX - chance.below(250), place) {
        let put = block_on(store.put_many(vec![block.clone()], Durability::Prompt));
        block_on(put.map_err(told)?.durable()).map_err(told)?;
        book.accept(&block, true, usize::MAX);
        found.insert(*block.multihash(), true);
    }
    let there: Vec<_> = found.iter().filter(|(_, there)| **there).map(|(hash, _)| *hash).collect();
    if let Some(gone) = there.get(chance.below(there.len() as u64) as usize) {
        let deleted = block_on(store.delete_many(&[*gone]));
        block_on(deleted.map_err(told)?.durable()).map_err(told)?;
        found.insert(*gone, false);
    }
    if chance.one_in(1, 2) {
        drop(store);
        let only = |hash: &Multihash| Allowed::only(found.get(hash) == Some(&true));
        return sound(disk, book, only, chance, tally).map(drop);
    }
    says_the_same(&store, book, &found, chance)
}

/// Of an image that is damaged, only that nobody is given what was not asked for; what is missing
/// and what fails is counted.
pub(super) fn honest(
    disk: &SimDisk,
    book: &Book,
    allowed: impl Fn(&Multihash) -> Allowed,
    chance: &mut Chance,
    tally: &mut Tally,
) -> Result<(), Violation> {
    let Ok(store) = disk.store() else {
        tally.refused += 1;
        return Ok(());
    };
    let hashes: Vec<_> = book.blocks().map(|block| *block.multihash()).collect();
    let answers = hashes.iter().flat_map(|hash| block_on(store.get_many(&[*hash])));
    for (hash, answer) in hashes.iter().zip(answers) {
        match answer {
            Ok(Some(given)) if book.block(hash) != Some(&given) => {
                return Err(Violation::i16(format!("wrong bytes for {}", name(hash))));
            }
            Ok(Some(_)) => tally.undamaged += 1,
            Ok(None) => tally.missing += u64::from(allowed(hash) == Allowed::only(true)),
            Err(_) => tally.detected += 1,
        }
    }
    if let Ok(walked) = walk(&store, chance)? {
        let unknown = walked.iter().filter(|hash| book.block(hash).is_none());
        let unknown: Vec<_> = unknown.copied().collect();
        if block_on(store.get_many(&unknown)).iter().any(|given| matches!(given, Ok(Some(_)))) {
            return Err(Violation::i16("damage made a block that nobody put".to_owned()));
        }
    }
    Ok(())
}

fn name(hash: &Multihash) -> String {
    let digest = hash.digest().iter().take(4).map(|byte| format!("{byte:02x}"));
    digest.collect::<Vec<_>>().concat()
}
