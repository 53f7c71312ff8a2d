//! The suite lets an honest store pass and names the sentence that a faulty one breaks.

use std::collections::BTreeSet;

use bitswap_store::conformance::{self, SENTENCES};
use bitswap_store::{BlockStore as _, Durability, MemoryStore};
use futures::executor::block_on;

use crate::block;
use crate::faulty::{Fault, Faulty};

/// Each fault, and the sentence that it breaks first.
const FAULTS: &[(Fault, u8)] = &[
    (Fault::AnswersOnce, 1),
    (Fault::SwapsAnswers, 1),
    (Fault::SwapsSizes, 1),
    (Fault::IgnoresTheFunction, 2),
    (Fault::FailsWhenEmpty, 3),
    (Fault::MissesEmptyBlocks, 4),
    (Fault::ForgetsTheLast, 5),
    (Fault::CountsPuts, 6),
    (Fault::DeletesEqualBytes, 7),
    (Fault::RefusesToDeleteNothing, 7),
    (Fault::SyncResolvesNothing, 8),
    (Fault::PagesAreTooLong, 9),
    (Fault::WalksInCircles, 9),
    (Fault::WalksByPosition, 9),
    (Fault::StaysLocked, 10),
    (Fault::TellsSizesEarly, 10),
    (Fault::LosesUpdates, 11),
];

#[test]
fn memory_keeps_the_contract() {
    assert_eq!(block_on(conformance::run(async || MemoryStore::new())), Ok(()));
}

#[test]
fn a_store_without_a_fault_keeps_the_contract() {
    assert_eq!(block_on(conformance::run(async || Faulty::with(Fault::None))), Ok(()));
}

#[test]
fn each_fault_is_found_under_its_sentence() {
    let found: Vec<_> = FAULTS
        .iter()
        .map(|(fault, _)| {
            let outcome = block_on(conformance::run(async || Faulty::with(*fault)));
            (*fault, outcome.map_or_else(|violation| violation.sentence, |()| 0))
        })
        .collect();

    assert_eq!(found, FAULTS);
}

#[test]
fn every_sentence_has_a_fault_that_breaks_it() {
    let broken: BTreeSet<u8> = FAULTS.iter().map(|(_, sentence)| *sentence).collect();

    assert_eq!(broken, (1..SENTENCES).collect());
}

#[test]
fn a_violation_says_what_was_found() {
    let outcome = block_on(conformance::run(async || Faulty::with(Fault::PagesAreTooLong)));

    let told = outcome.unwrap_err().to_string();
    let expected = "sentence 9 of BlockStore is broken: a page of 63 where at most 1 were asked";
    assert_eq!(told, expected);
}

#[test]
fn a_damaged_block_has_to_fail_alone() {
    let sentence = |fault| block_on(damaged_under(fault)).map_err(|violation| violation.sentence);

    assert_eq!(sentence(Fault::Damaged), Ok(()));
    assert_eq!(sentence(Fault::DamageIsAbsence), Err(SENTENCES));
    assert_eq!(sentence(Fault::DamageSpreads), Err(SENTENCES));
    assert_eq!(sentence(Fault::None), Err(SENTENCES));
}

async fn damaged_under(fault: Fault) -> Result<(), conformance::Violation> {
    let store = Faulty::with(fault);
    let whole = [block("apple"), block("pear")];
    let broken = block(Faulty::DAMAGED);
    let all = [&whole[..], std::slice::from_ref(&broken)].concat();
    let _receipt = store.put_many(all, Durability::Prompt).await.unwrap();
    conformance::damaged(&store, &whole, broken.multihash()).await
}
