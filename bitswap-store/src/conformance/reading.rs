//! Sentences 1 to 4: order, truth, absence, sizes.

use bitswap_core::Block;

use crate::block_store::Durability;
use crate::conformance::trial::{Trial, hashes};
use crate::conformance::{Violation, samples};

pub(super) async fn order(trial: &Trial<'_>) -> Result<(), Violation> {
    let blocks = samples::small(1, 40);
    let (there, absent) = blocks.split_at(32);
    let _receipt = trial.put(there, Durability::Relaxed).await?;

    // Neither the order put nor that of the hashes; absent ones between; the first ones twice.
    let asked: Vec<&Block> = (0..48).filter_map(|turn| blocks.get(turn * 7 % 40)).collect();
    let expected: Vec<_> =
        asked.iter().map(|block| (!absent.contains(block)).then_some(*block)).collect();
    let asked: Vec<_> = asked.iter().map(|block| *block.multihash()).collect();

    trial.answers(&asked, &expected).await?;
    trial.answers(&[], &[]).await
}

pub(super) async fn truth(trial: &Trial<'_>) -> Result<(), Violation> {
    let lookalikes = samples::lookalikes();
    let (there, absent) = lookalikes.split_at(1);
    let _receipt = trial.put(there, Durability::Relaxed).await?;
    trial.gives(&hashes(there), &there.iter().map(Some).collect::<Vec<_>>()).await?;
    trial.gives(&hashes(absent), &vec![None; absent.len()]).await?;

    let mut blocks = samples::of_all_sizes();
    blocks.extend(lookalikes);
    let _receipt = trial.put(&blocks, Durability::Relaxed).await?;
    trial.gives(&hashes(&blocks), &blocks.iter().map(Some).collect::<Vec<_>>()).await
}

pub(super) async fn absence(trial: &Trial<'_>) -> Result<(), Violation> {
    let absent = samples::small(1, 3);
    let absent = &[absent, samples::of_all_sizes()].concat();
    trial.gives(&hashes(absent), &vec![None; absent.len()]).await?;

    let _receipt = trial.put(&samples::small(2, 3), Durability::Relaxed).await?;
    trial.gives(&hashes(absent), &vec![None; absent.len()]).await
}

pub(super) async fn sizes(trial: &Trial<'_>) -> Result<(), Violation> {
    let blocks = samples::of_all_sizes();
    trial.measures(&hashes(&blocks), &vec![None; blocks.len()]).await?;

    let _receipt = trial.put(&blocks, Durability::Relaxed).await?;
    trial.measures(&hashes(&blocks), &blocks.iter().map(Some).collect::<Vec<_>>()).await
}
