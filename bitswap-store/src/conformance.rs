//! Whether a store keeps the contract of [`BlockStore`]: one function to call with your own.
//!
//! The suite needs no runtime of its own and has no clock: a store that never answers makes it
//! wait until the test runner loses patience.

mod deleting;
mod overlapping;
mod reading;
mod samples;
mod trial;
mod walking;
mod writing;

use std::fmt;

use bitswap_core::Block;

use crate::block_store::{BlockStore, Multihash};
use crate::conformance::trial::Trial;
use crate::error::StoreError;

/// How many sentences the contract has; [`damaged`] tries the last one, [`run`] the others.
pub const SENTENCES: u8 = 12;

/// Tries every sentence but the last on stores that `fresh` makes, each of which has to be empty.
/// None of them is given more than 16 MiB.
///
/// # Errors
/// The first sentence found broken, and how.
pub async fn run<S: BlockStore>(fresh: impl AsyncFn() -> S) -> Result<(), Violation> {
    for sentence in 1..SENTENCES {
        let store = fresh().await;
        keeps(&Trial::of(sentence, &store)).await?;
    }
    Ok(())
}

/// Tries the last sentence on a store whose medium the caller has damaged: `broken` was put and
/// cannot be read any more, all of `whole` can.
///
/// # Errors
/// How the sentence is broken.
pub async fn damaged(
    store: &dyn BlockStore,
    whole: &[Block],
    broken: &Multihash,
) -> Result<(), Violation> {
    let trial = Trial::of(SENTENCES, store);
    for place in 0..=whole.len() {
        let mut hashes: Vec<_> = whole.iter().map(|block| *block.multihash()).collect();
        hashes.insert(place, *broken);
        let mut answers = store.get_many(&hashes).await;
        trial.ensure(answers.len() == hashes.len(), || {
            format!("{} answers to {} hashes", answers.len(), hashes.len())
        })?;
        let refused = answers.remove(place);
        let corrupt = matches!(&refused, Err(StoreError::Corrupt { hash }) if hash == broken);
        trial.ensure(corrupt, || format!("a damaged block is answered {refused:?}"))?;
        for (block, answer) in whole.iter().zip(answers) {
            let given = matches!(&answer, Ok(Some(given)) if given == block);
            trial.ensure(given, || format!("{block:?}, beside damage, is answered {answer:?}"))?;
        }
    }
    Ok(())
}

async fn keeps(trial: &Trial<'_>) -> Result<(), Violation> {
    match trial.sentence {
        1 => reading::order(trial).await,
        2 => reading::truth(trial).await,
        3 => reading::absence(trial).await,
        4 => reading::sizes(trial).await,
        5 => writing::acceptance(trial).await,
        6 => writing::repetition(trial).await,
        7 => deleting::deletion(trial).await,
        8 => writing::durability(trial).await,
        9 => walking::walks(trial).await,
        10 => overlapping::abandonment(trial).await,
        11 => overlapping::overlap(trial).await,
        untried => trial.ensure(false, || format!("no trial has the number {untried}")),
    }
}

/// A sentence of the contract that a store breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Violation {
    /// Its number in the docs of [`BlockStore`].
    pub sentence: u8,
    /// What the store did.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sentence {} of BlockStore is broken: {}", self.sentence, self.found)
    }
}
