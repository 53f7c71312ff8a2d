//! Sentence 7: deletion.

use crate::block_store::Durability;
use crate::conformance::trial::{Trial, hashes};
use crate::conformance::{Violation, samples, walking};

pub(super) async fn deletion(trial: &Trial<'_>) -> Result<(), Violation> {
    let blocks = [samples::small(1, 30), samples::of_all_sizes(), samples::lookalikes()].concat();
    let (kept, gone): (Vec<_>, Vec<_>) =
        blocks.iter().cloned().enumerate().partition(|(position, _)| position % 3 == 0);
    let bare = |numbered: Vec<(usize, _)>| numbered.into_iter().map(|(_, block)| block).collect();
    let (kept, gone): (Vec<_>, Vec<_>) = (bare(kept), bare(gone));
    let _receipt = trial.put(&blocks, Durability::Relaxed).await?;

    let absent = samples::small(2, 2);
    let _receipt = trial.delete(&hashes(&[absent, gone.clone(), gone.clone()].concat())).await?;
    trial.lacks(&gone).await?;
    trial.has(&kept).await?;
    let mut held = walking::walk(trial, 1_000).await?;
    let mut expected = hashes(&kept);
    held.sort_unstable();
    expected.sort_unstable();
    trial.ensure(held == expected, || {
        format!("a walk after a deletion finds {} blocks, not {}", held.len(), expected.len())
    })?;

    let _receipt = trial.delete(&hashes(&gone)).await?;
    let _receipt = trial.delete(&[]).await?;
    trial.has(&kept).await?;
    let _receipt = trial.put(&gone, Durability::Relaxed).await?;
    trial.has(&blocks).await
}
