//! The engine's reads and writes, as futures over the store.

use std::sync::Arc;

use bitswap_core::{Block, Input, ReadAnswer, ReadId, ReadItem, StoreFault, WriteId};
use bitswap_store::{BlockStore, Durability, StoreError};

use crate::filter::NodeFilter;

/// Reads those of `items` that the filter allows; one answer for each, in order.
pub(super) async fn read(
    store: Arc<dyn BlockStore>,
    filter: NodeFilter,
    read: ReadId,
    items: Vec<ReadItem>,
) -> Input {
    if filter.is_empty() {
        return Input::ReadDone { read, answers: answers(&*store, &items).await };
    }
    let denials: Vec<_> = items.iter().map(|item| filter.denies_block(&item.cid)).collect();
    let allowed = items.into_iter().zip(&denials).filter(|(_, denial)| denial.is_none());
    let allowed: Vec<_> = allowed.map(|(item, _)| item).collect();
    let mut allowed = answers(&*store, &allowed).await.into_iter();
    let answers = denials.into_iter().map(|denial| {
        denial.map_or_else(|| allowed.next().unwrap_or_else(unanswered), ReadAnswer::Denied)
    });
    Input::ReadDone { read, answers: answers.collect() }
}

async fn answers(store: &dyn BlockStore, items: &[ReadItem]) -> Vec<ReadAnswer> {
    let hashes = |size_only| {
        let wanted = items.iter().filter(move |item| item.size_only == size_only);
        wanted.map(|item| *item.cid.hash()).collect::<Vec<_>>()
    };
    let (sizes, blocks) = (hashes(true), hashes(false));
    let mut sizes = match sizes.as_slice() {
        [] => Vec::new(),
        sizes => store.sizes(sizes).await,
    }
    .into_iter()
    .map(|size| answer(size, ReadAnswer::Size));
    let mut blocks = match blocks.as_slice() {
        [] => Vec::new(),
        blocks => store.get_many(blocks).await,
    }
    .into_iter()
    .map(|block| answer(block, ReadAnswer::Block));
    items
        .iter()
        .map(|item| if item.size_only { sizes.next() } else { blocks.next() })
        .map(|answer| answer.unwrap_or_else(unanswered))
        .collect()
}

/// Stores `blocks`, which can be fetched again should they be lost.
pub(super) async fn write(store: Arc<dyn BlockStore>, write: WriteId, blocks: Vec<Block>) -> Input {
    let outcome = store.put_many(blocks, Durability::Relaxed).await;
    Input::WriteDone { write, outcome: outcome.map(drop).map_err(|error| fault(&error)) }
}

fn answer<T>(found: Result<Option<T>, StoreError>, there: fn(T) -> ReadAnswer) -> ReadAnswer {
    match found {
        Ok(Some(found)) => there(found),
        Ok(None) => ReadAnswer::Missing,
        Err(error) => ReadAnswer::Failed(fault(&error)),
    }
}

fn unanswered() -> ReadAnswer {
    ReadAnswer::Failed(StoreFault("the store answered less than it was asked".into()))
}

fn fault(error: &StoreError) -> StoreFault {
    tracing::warn!(%error, "the store failed");
    StoreFault(error.to_string().into())
}
