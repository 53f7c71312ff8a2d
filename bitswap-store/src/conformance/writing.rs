//! Sentences 5, 6 and 8: acceptance, repetition, durability.

use crate::block_store::Durability;
use crate::conformance::overlapping::at_once;
use crate::conformance::trial::{Trial, hashes};
use crate::conformance::{Violation, samples, walking};

pub(super) async fn acceptance(trial: &Trial<'_>) -> Result<(), Violation> {
    let relaxed = samples::small(1, 300);
    drop(trial.put(&relaxed, Durability::Relaxed).await?);
    trial.has(&relaxed).await?;

    let prompt = [samples::of_all_sizes(), samples::small(2, 300)].concat();
    drop(trial.put(&prompt, Durability::Prompt).await?);
    trial.has(&prompt).await?;
    trial.has(&relaxed).await?;

    drop(trial.put(&[], Durability::Prompt).await?);
    trial.has(&prompt).await
}

pub(super) async fn repetition(trial: &Trial<'_>) -> Result<(), Violation> {
    let blocks = samples::small(1, 3);
    let twice = [blocks.clone(), blocks.clone()].concat();
    let _receipt = trial.put(&twice, Durability::Relaxed).await?;
    let again = trial.put(&blocks, Durability::Prompt).await?;
    trial.has(&blocks).await?;
    let held = walking::walk(trial, 10).await?;
    trial.ensure(held.len() == blocks.len(), || {
        format!("{} blocks, put thrice, are {} in a walk", blocks.len(), held.len())
    })?;

    trial.unfailing(again.durable().await, || "the receipt of a repeated put".to_owned())?;
    let (Some(gone), Some(rest)) = (blocks.get(..1), blocks.get(1..)) else { return Ok(()) };
    let _receipt = trial.delete(&hashes(gone)).await?;
    trial.lacks(gone).await?;
    trial.has(rest).await
}

pub(super) async fn durability(trial: &Trial<'_>) -> Result<(), Violation> {
    let (prompt, relaxed) = (samples::small(1, 20), samples::small(2, 20));
    trial.unfailing(trial.store.sync().await, || "sync of an empty store".to_owned())?;

    let receipt = trial.put(&prompt, Durability::Prompt).await?;
    trial.unfailing(receipt.durable().await, || "a prompt receipt".to_owned())?;

    let receipt = trial.put(&relaxed, Durability::Relaxed).await?;
    trial.unfailing(trial.store.sync().await, || "sync".to_owned())?;
    let resolved = at_once(receipt.durable()).await;
    trial.ensure(resolved == Some(Ok(())), || {
        format!("after sync, the receipt of a relaxed put is {resolved:?}")
    })?;

    let receipt = trial.delete(&hashes(&prompt)).await?;
    trial.unfailing(receipt.durable().await, || "the receipt of a deletion".to_owned())?;
    trial.lacks(&prompt).await?;
    trial.has(&relaxed).await
}
