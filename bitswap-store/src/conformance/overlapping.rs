//! Sentences 10 and 11: abandonment, overlap. Polls by hand, so that no runtime is needed.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use bitswap_core::Block;

use crate::block_store::Durability;
use crate::conformance::trial::{Trial, hashes};
use crate::conformance::{Violation, samples};

type Call<'a> = Pin<Box<dyn Future<Output = Result<(), Violation>> + 'a>>;

pub(super) async fn abandonment(trial: &Trial<'_>) -> Result<(), Violation> {
    for polls in 0..6 {
        let blocks = samples::small(polls, 20);
        abandon(trial.store.put_many(blocks.clone(), Durability::Prompt), polls).await;
        whole_or_absent(trial, &blocks).await?;

        let _receipt = trial.put(&blocks, Durability::Relaxed).await?;
        abandon(trial.store.delete_many(&hashes(&blocks)), polls).await;
        whole_or_absent(trial, &blocks).await?;

        let _receipt = trial.put(&blocks, Durability::Relaxed).await?;
        trial.has(&blocks).await?;
    }
    Ok(())
}

pub(super) async fn overlap(trial: &Trial<'_>) -> Result<(), Violation> {
    let before = samples::small(0, 40);
    let (kept, gone) = before.split_at(20);
    let _receipt = trial.put(&before, Durability::Relaxed).await?;

    let shared = samples::small(9, 10);
    let lists: Vec<_> =
        (1..=8).map(|series| [samples::small(series, 10), shared.clone()].concat()).collect();
    let mut calls: Vec<Call<'_>> = Vec::new();
    for list in &lists {
        calls.push(Box::pin(async { trial.put(list, Durability::Relaxed).await.map(drop) }));
        calls.push(Box::pin(trial.has(kept)));
    }
    for part in gone.chunks(5) {
        calls.push(Box::pin(async { trial.delete(&hashes(part)).await.map(drop) }));
    }
    together(calls).await?;

    for list in &lists {
        trial.has(list).await?;
    }
    trial.has(kept).await?;
    trial.lacks(gone).await
}

/// What `future` resolves to without waiting for anything. Asked a few times, since a runtime may
/// make a future that is ready wait for its turn.
pub(super) async fn at_once<F: Future>(future: F) -> Option<F::Output> {
    const TURNS: u8 = 8;

    let mut future = pin!(future);
    for _ in 0..TURNS {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        pass_turn().await;
    }
    None
}

async fn whole_or_absent(trial: &Trial<'_>, blocks: &[Block]) -> Result<(), Violation> {
    let answers = trial.store.get_many(&hashes(blocks)).await;
    trial.ensure(answers.len() == blocks.len(), || format!("{} answers", answers.len()))?;
    for (block, answer) in blocks.iter().zip(answers) {
        let given = trial.unfailing(answer, || "get_many after an abandoned call".to_owned())?;
        trial.ensure(given.is_none() || given.as_ref() == Some(block), || {
            format!("an abandoned call leaves {given:?} in the place of {block:?}")
        })?;
        trial.measures(&[*block.multihash()], &[given.as_ref()]).await?;
    }
    Ok(())
}

async fn abandon<F: Future>(future: F, polls: u8) {
    let mut future = pin!(future);
    for _ in 0..polls {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if polled.is_ready() {
            return;
        }
        pass_turn().await;
    }
}

/// Runs all to their ends by turns; the first failure is the outcome.
async fn together(calls: Vec<Call<'_>>) -> Result<(), Violation> {
    let mut open: Vec<_> = calls.into_iter().map(Some).collect();
    let mut outcome = Ok(());
    poll_fn(|context| {
        for slot in &mut open {
            let Some(call) = slot else { continue };
            if let Poll::Ready(ended) = call.as_mut().poll(context) {
                *slot = None;
                outcome = std::mem::replace(&mut outcome, Ok(())).and(ended);
            }
        }
        if open.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outcome
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
