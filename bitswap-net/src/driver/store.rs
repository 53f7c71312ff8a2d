//! The engine's reads and writes, as futures over the store.

use std::sync::Arc;

use bitswap_core::{Block, Input, ReadAnswer, ReadId, ReadItem, StoreFault, WriteId};
use bitswap_store::{BlockStore, Durability, StoreError};

/// Reads `items`; one answer for each, in order.
pub(super) async fn read(store: Arc<dyn BlockStore>, read: ReadId, items: Vec<ReadItem>) -> Input {
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
    let answers = items
        .iter()
        .map(|item| if item.size_only { sizes.next() } else { blocks.next() })
        .map(|answer| answer.unwrap_or_else(unanswered))
        .collect();
    Input::ReadDone { read, answers }
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
