//! One store under one sentence: what it should not do becomes a violation of that sentence.

use std::num::NonZeroUsize;

use bitswap_core::Block;

use crate::block_store::{BlockStore, Cursor, Durability, Multihash, Page};
use crate::conformance::Violation;
use crate::receipt::Receipt;

pub(super) struct Trial<'a> {
    pub(super) store: &'a dyn BlockStore,
    pub(super) sentence: u8,
}

impl<'a> Trial<'a> {
    pub(super) const fn of(sentence: u8, store: &'a dyn BlockStore) -> Self {
        Self { store, sentence }
    }

    pub(super) fn ensure(
        &self,
        holds: bool,
        found: impl FnOnce() -> String,
    ) -> Result<(), Violation> {
        if holds { Ok(()) } else { Err(Violation { sentence: self.sentence, found: found() }) }
    }

    pub(super) async fn put(
        &self,
        blocks: &[Block],
        durability: Durability,
    ) -> Result<Receipt, Violation> {
        let put = self.store.put_many(blocks.to_vec(), durability).await;
        self.unfailing(put, || format!("put_many of {} blocks", blocks.len()))
    }

    pub(super) async fn delete(&self, hashes: &[Multihash]) -> Result<Receipt, Violation> {
        let deleted = self.store.delete_many(hashes).await;
        self.unfailing(deleted, || format!("delete_many of {} hashes", hashes.len()))
    }

    pub(super) async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, Violation> {
        let page =
            self.unfailing(self.store.page(from, most).await, || format!("page of {most}"))?;
        self.ensure(page.hashes.len() <= most.get(), || {
            format!("a page of {} where at most {most} were asked", page.hashes.len())
        })?;
        Ok(page)
    }

    /// `get_many` and `sizes` of `hashes` both answer as if these blocks were what is there.
    pub(super) async fn answers(
        &self,
        hashes: &[Multihash],
        expected: &[Option<&Block>],
    ) -> Result<(), Violation> {
        self.gives(hashes, expected).await?;
        self.measures(hashes, expected).await
    }

    /// All of these blocks are there.
    pub(super) async fn has(&self, blocks: &[Block]) -> Result<(), Violation> {
        self.answers(&hashes(blocks), &blocks.iter().map(Some).collect::<Vec<_>>()).await
    }

    /// None of these blocks is there.
    pub(super) async fn lacks(&self, blocks: &[Block]) -> Result<(), Violation> {
        self.answers(&hashes(blocks), &vec![None; blocks.len()]).await
    }

    pub(super) async fn gives(
        &self,
        hashes: &[Multihash],
        expected: &[Option<&Block>],
    ) -> Result<(), Violation> {
        let answers = self.store.get_many(hashes).await;
        self.count("get_many", answers.len(), hashes.len())?;
        for (position, (answer, expected)) in answers.into_iter().zip(expected).enumerate() {
            let given = self.unfailing(answer, || format!("get_many at position {position}"))?;
            self.ensure(given.as_ref() == *expected, || {
                format!("get_many gives {given:?} at position {position}, not {expected:?}")
            })?;
        }
        Ok(())
    }

    pub(super) async fn measures(
        &self,
        hashes: &[Multihash],
        expected: &[Option<&Block>],
    ) -> Result<(), Violation> {
        let answers = self.store.sizes(hashes).await;
        self.count("sizes", answers.len(), hashes.len())?;
        for (position, (answer, expected)) in answers.into_iter().zip(expected).enumerate() {
            let size = self.unfailing(answer, || format!("sizes at position {position}"))?;
            let length = expected.map(|block| block.len() as u32);
            self.ensure(size == length, || {
                format!("sizes says {size:?} at position {position}, not {length:?}")
            })?;
        }
        Ok(())
    }

    pub(super) fn unfailing<T, E: std::fmt::Display>(
        &self,
        outcome: Result<T, E>,
        what: impl FnOnce() -> String,
    ) -> Result<T, Violation> {
        outcome.map_err(|error| Violation {
            sentence: self.sentence,
            found: format!("{} failed: {error}", what()),
        })
    }

    fn count(&self, method: &str, given: usize, asked: usize) -> Result<(), Violation> {
        self.ensure(given == asked, || format!("{method} gives {given} answers to {asked} hashes"))
    }
}

pub(super) fn hashes(blocks: &[Block]) -> Vec<Multihash> {
    blocks.iter().map(|block| *block.multihash()).collect()
}
