//! Stores that break the contract, one fault each.

use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use bitswap_core::Block;
use bitswap_store::{
    BlockStore, Capabilities, Cursor, Durability, MemoryStore, Multihash, Page, Receipt, StoreError,
};
use bytes::Bytes;

use crate::block;

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    AnswersOnce,
    CountsPuts,
    DamageIsAbsence,
    DamageSpreads,
    /// No fault of the store's: its medium is damaged.
    Damaged,
    DeletesEqualBytes,
    FailsWhenEmpty,
    ForgetsTheLast,
    IgnoresTheFunction,
    LosesUpdates,
    MissesEmptyBlocks,
    None,
    PagesAreTooLong,
    RefusesToDeleteNothing,
    StaysLocked,
    SwapsAnswers,
    SwapsSizes,
    SyncResolvesNothing,
    TellsSizesEarly,
    WalksByPosition,
    WalksInCircles,
}

/// A memory store with a fault.
pub(crate) struct Faulty {
    fault: Fault,
    inner: MemoryStore,
    locked: AtomicBool,
    /// What is noted of each block: how often it was put, or its length.
    noted: Mutex<BTreeMap<Multihash, usize>>,
}

impl Faulty {
    /// The text of the block that damage befalls.
    pub(crate) const DAMAGED: &'static str = "damaged";

    pub(crate) fn with(fault: Fault) -> Self {
        Self {
            fault,
            inner: MemoryStore::new(),
            locked: AtomicBool::new(false),
            noted: Mutex::default(),
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    async fn all(&self) -> Vec<Block> {
        let hashes = self.inner.page(&Cursor::START, NonZeroUsize::MAX).await.unwrap().hashes;
        self.inner.get_many(&hashes).await.into_iter().map(|held| held.unwrap().unwrap()).collect()
    }

    async fn like(&self, digest: &[u8]) -> Option<Block> {
        let all = self.all().await;
        all.into_iter().find(|held| held.multihash().digest().starts_with(digest))
    }

    fn befall(&self, hashes: &[Multihash], answers: &mut [Result<Option<Block>, StoreError>]) {
        let damaged = *block(Self::DAMAGED).multihash();
        if !hashes.contains(&damaged) {
            return;
        }
        for (hash, answer) in hashes.iter().zip(answers) {
            if self.is(Fault::DamageIsAbsence) && *hash == damaged {
                *answer = Ok(None);
            }
            if self.is(Fault::DamageSpreads) || self.is(Fault::Damaged) && *hash == damaged {
                *answer = Err(StoreError::Corrupt { hash: damaged });
            }
        }
    }

    /// Reads everything, lets others have a turn, and writes everything back: what came meanwhile
    /// is gone.
    async fn rewrite(&self, blocks: &[Block]) {
        let after = [self.all().await, blocks.to_vec()].concat();
        pass_turn().await;
        let mut gone = self.all().await;
        gone.retain(|held| !after.contains(held));
        let gone: Vec<_> = gone.iter().map(|held| *held.multihash()).collect();
        let _receipt = self.inner.delete_many(&gone).await.unwrap();
        let _receipt = self.inner.put_many(after, Durability::Prompt).await.unwrap();
    }

    fn count_puts(&self, blocks: &[Block]) {
        let mut noted = self.noted.lock().unwrap();
        for block in blocks {
            *noted.entry(*block.multihash()).or_default() += 1;
        }
    }

    /// Whether the last put of `hash` has been taken back.
    fn uncount_put(&self, hash: &Multihash) -> bool {
        let mut noted = self.noted.lock().unwrap();
        let count = noted.entry(*hash).or_default();
        *count = count.saturating_sub(1);
        *count == 0
    }
}

#[async_trait]
impl BlockStore for Faulty {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        let mut answers = self.inner.get_many(hashes).await;
        if self.is(Fault::AnswersOnce) {
            answers.dedup();
        }
        if self.is(Fault::SwapsAnswers) {
            answers.reverse();
        }
        if self.is(Fault::FailsWhenEmpty) && self.all().await.is_empty() {
            answers.fill(Err(io()));
        }
        if self.is(Fault::IgnoresTheFunction) {
            for (hash, answer) in hashes.iter().zip(&mut answers) {
                *answer = Ok(self.like(hash.digest()).await);
            }
        }
        self.befall(hashes, &mut answers);
        answers
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        let mut answers = self.inner.sizes(hashes).await;
        if self.is(Fault::SwapsSizes) {
            answers.reverse();
        }
        if self.is(Fault::MissesEmptyBlocks) {
            let missed =
                |size: &Result<_, _>| if *size == Ok(Some(0)) { Ok(None) } else { size.clone() };
            answers = answers.iter().map(missed).collect();
        }
        if self.is(Fault::TellsSizesEarly) {
            let noted = self.noted.lock().unwrap();
            for (hash, answer) in hashes.iter().zip(&mut answers) {
                *answer = Ok(noted.get(hash).map(|length| *length as u32));
            }
        }
        answers
    }

    async fn put_many(
        &self,
        mut blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        if self.is(Fault::ForgetsTheLast) && blocks.len() > 256 {
            blocks.pop();
        }
        if self.is(Fault::CountsPuts) {
            self.count_puts(&blocks);
        }
        if self.is(Fault::LosesUpdates) {
            self.rewrite(&blocks).await;
        }
        if self.is(Fault::TellsSizesEarly) {
            let lengths = blocks.iter().map(|block| (*block.multihash(), block.len()));
            self.noted.lock().unwrap().extend(lengths);
        }
        if self.is(Fault::StaysLocked) && self.locked.swap(true, Ordering::SeqCst) {
            return Err(io());
        }
        pass_turn().await;
        self.locked.store(false, Ordering::SeqCst);
        let _settled = self.inner.put_many(blocks, durability).await?;
        if self.is(Fault::SyncResolvesNothing) && durability == Durability::Relaxed {
            return Ok(Receipt::pending(pending()));
        }
        Ok(Receipt::pending(async {
            pass_turn().await;
            Ok(())
        }))
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        let mut hashes = hashes.to_vec();
        if self.is(Fault::RefusesToDeleteNothing) {
            let sizes = self.inner.sizes(&hashes).await;
            if sizes.contains(&Ok(None)) {
                return Err(io());
            }
        }
        if self.is(Fault::CountsPuts) {
            hashes.retain(|hash| self.uncount_put(hash));
        }
        if self.is(Fault::TellsSizesEarly) {
            self.noted.lock().unwrap().retain(|hash, _| !hashes.contains(hash));
        }
        if self.is(Fault::DeletesEqualBytes) {
            let all = self.all().await;
            let gone: Vec<_> =
                all.iter().filter(|held| hashes.contains(held.multihash())).collect();
            let equal =
                all.iter().filter(|held| gone.iter().any(|gone| gone.bytes() == held.bytes()));
            hashes.extend(equal.map(|held| *held.multihash()));
        }
        self.inner.delete_many(&hashes).await
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        if self.is(Fault::PagesAreTooLong) {
            return self.inner.page(from, NonZeroUsize::MAX).await;
        }
        if self.is(Fault::WalksInCircles) {
            let page = self.inner.page(from, most).await?;
            let next = page.next.map(|_| Cursor::START);
            return Ok(Page { next, ..page });
        }
        if self.is(Fault::WalksByPosition) {
            let past = from.as_bytes().first().map_or(0, |past| usize::from(*past));
            let all = self.inner.page(&Cursor::START, NonZeroUsize::MAX).await?.hashes;
            let hashes: Vec<_> = all.iter().copied().skip(past).take(most.get()).collect();
            let end = past + hashes.len();
            let next = (end < all.len()).then(|| Cursor::new(Bytes::from(vec![end as u8])));
            return Ok(Page { hashes, next });
        }
        self.inner.page(from, most).await
    }

    async fn sync(&self) -> Result<(), StoreError> {
        self.inner.sync().await
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
}

fn io() -> StoreError {
    StoreError::Io { doing: "obey".into(), kind: std::io::ErrorKind::Other }
}

async fn pass_turn() {
    let mut passed = false;
    poll_fn(|context| {
        if std::mem::replace(&mut passed, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
