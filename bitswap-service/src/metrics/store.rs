//! A store whose calls are counted and timed.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bitswap_net::Block;
use bitswap_store::{
    BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Receipt, StoreError, Usage,
};
use metrics::{Counter, Histogram, Recorder};

use super::families::{STORE_OPERATIONS, STORE_OPS, STORE_RESULTS, STORE_SECONDS};
use super::{counter, histogram};

/// A store, and what it was asked.
pub(crate) struct MeteredStore {
    store: Arc<dyn BlockStore>,
    delete: Op,
    get: Op,
    has: Op,
    list: Op,
    put: Op,
    sync: Op,
}

impl MeteredStore {
    /// The store with its counts, whose series are all registered.
    pub(crate) fn around(
        store: Arc<dyn BlockStore>,
        recorder: &dyn Recorder,
    ) -> Arc<dyn BlockStore> {
        let [delete, get, has, list, put, sync] = STORE_OPS.map(|op| Op::new(recorder, op));
        Arc::new(Self { store, delete, get, has, list, put, sync })
    }
}

/// The series of one operation.
struct Op {
    seconds: Histogram,
    ok: Counter,
    missing: Counter,
    corrupt: Counter,
    failed: Counter,
}

impl Op {
    fn new(recorder: &dyn Recorder, op: &'static str) -> Self {
        let [ok, missing, corrupt, failed] = STORE_RESULTS
            .map(|result| counter(recorder, STORE_OPERATIONS, &[("op", op), ("result", result)]));
        let seconds = histogram(recorder, STORE_SECONDS, &[("op", op)]);
        Self { seconds, ok, missing, corrupt, failed }
    }

    /// Counts a call about so many blocks that succeeded or failed as a whole.
    fn whole<T>(&self, since: Instant, blocks: usize, outcome: &Result<T, StoreError>) {
        self.seconds.record(since.elapsed());
        match outcome {
            Ok(_) => self.ok.increment(blocks as u64),
            Err(error) => self.fault(error).increment(blocks as u64),
        }
    }

    /// Counts a call that had an answer for each block.
    fn each<T>(&self, since: Instant, answers: &[Result<Option<T>, StoreError>]) {
        self.seconds.record(since.elapsed());
        let there = answers.iter().filter(|answer| matches!(answer, Ok(Some(_)))).count();
        self.ok.increment(there as u64);
        for answer in answers {
            match answer {
                Ok(Some(_)) => {}
                Ok(None) => self.missing.increment(1),
                Err(error) => self.fault(error).increment(1),
            }
        }
    }

    const fn fault(&self, error: &StoreError) -> &Counter {
        if matches!(error, StoreError::Corrupt { .. }) { &self.corrupt } else { &self.failed }
    }
}

#[async_trait]
impl BlockStore for MeteredStore {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        let since = Instant::now();
        let answers = self.store.get_many(hashes).await;
        self.get.each(since, &answers);
        answers
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        let since = Instant::now();
        let answers = self.store.sizes(hashes).await;
        self.has.each(since, &answers);
        answers
    }

    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        let (since, count) = (Instant::now(), blocks.len());
        let outcome = self.store.put_many(blocks, durability).await;
        self.put.whole(since, count, &outcome);
        outcome
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        let since = Instant::now();
        let outcome = self.store.delete_many(hashes).await;
        self.delete.whole(since, hashes.len(), &outcome);
        outcome
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        let since = Instant::now();
        let outcome = self.store.page(from, most).await;
        self.list.whole(since, 1, &outcome);
        outcome
    }

    async fn sync(&self) -> Result<(), StoreError> {
        let since = Instant::now();
        let outcome = self.store.sync().await;
        self.sync.whole(since, 1, &outcome);
        outcome
    }

    fn memory_bytes(&self) -> u64 {
        self.store.memory_bytes()
    }

    fn usage(&self) -> Usage {
        self.store.usage()
    }

    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }
}
