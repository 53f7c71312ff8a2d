//! Writes that fail, one after another, and the power that goes.

use std::io::ErrorKind;

use futures::executor::block_on;

use crate::block_store::{BlockStore, Durability};
use crate::disk::sim::{Engine, Fails};
use crate::disk::tests::{ENGINES, absent, block, blocks, delete, formatted, put, read, there};
use crate::error::StoreError;

/// The results of one run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcomes {
    first: bool,
    second: bool,
    deleted: bool,
}

#[test]
fn a_failed_operation_is_told_and_costs_nothing() {
    ENGINES.into_iter().for_each(a_failed_operation_is_told_and_costs_nothing_on);
}

fn a_failed_operation_is_told_and_costs_nothing_on(engine: Engine) {
    for number in 0.. {
        let disk = formatted(engine);
        disk.lock().fails = Fails::Once(number);
        let store = match disk.store() {
            Ok(store) => store,
            Err(error) => {
                assert_eq!(error, broken("open the store"));
                disk.store().unwrap()
            }
        };

        let outcomes = run(&*store);
        let harmless = disk.lock().operations <= number;
        let all_kept = outcomes.first && outcomes.second && outcomes.deleted;
        assert!(all_kept || store.usage().failed_commits > 0, "operation {number}");
        assert!(!harmless || store.usage().failed_commits == 0, "operation {number}");
        assert_eq!(read(&*store, &blocks(1)), there(&blocks(1)), "accepted is visible");
        assert_eq!(read(&*store, &blocks(2)), absent(&blocks(2)), "a deletion too");
        block_on(store.sync()).unwrap();

        assert_eq!(read(&*store, &blocks(1)), there(&blocks(1)), "operation {number}");
        drop(store);
        disk.lock().fails = Fails::Never;
        let store = disk.store().unwrap();
        assert_eq!(read(&*store, &blocks(1)), there(&blocks(1)), "operation {number}");
        assert_eq!(read(&*store, &blocks(2)), absent(&blocks(2)), "operation {number}");
        if harmless {
            assert!(number > 15, "only {number} operations");
            return;
        }
    }
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_acknowledged() {
    ENGINES.into_iter().for_each(a_power_cut_at_any_operation_loses_nothing_acknowledged_on);
}

fn a_power_cut_at_any_operation_loses_nothing_acknowledged_on(engine: Engine) {
    for number in 0.. {
        let disk = formatted(engine);
        disk.lock().fails = Fails::From(number);
        let told = disk.store().map_or_else(|_| Outcomes::default(), |store| run(&*store));

        for seed in 0..4 {
            let store = disk.after_power_cut(seed).store();
            let store = store.unwrap_or_else(|error| panic!("cut at {number}/{seed}: {error}"));
            holds(&*store, &told);
        }
        if told == (Outcomes { first: true, second: true, deleted: true }) {
            assert!(number > 15, "only {number} operations");
            return;
        }
    }
}

#[test]
fn a_full_disk_refuses_what_does_not_fit_in_memory_and_gives_what_it_has() {
    ENGINES
        .into_iter()
        .for_each(a_full_disk_refuses_what_does_not_fit_in_memory_and_gives_what_it_has_on);
}

fn a_full_disk_refuses_what_does_not_fit_in_memory_and_gives_what_it_has_on(engine: Engine) {
    let disk = formatted(engine);
    let store = disk.store().unwrap();
    put(&*store, &blocks(1)).unwrap();
    let length = disk.lock().image.length();
    disk.lock().fails = Fails::Beyond(length);
    let many: Vec<_> = (0..40).map(|series| block(series, 2_000_000)).collect();

    let outcomes: Vec<_> =
        many.iter().map(|block| put(&*store, std::slice::from_ref(block))).collect();

    assert!(outcomes.iter().all(|outcome| *outcome == Err(full("commit"))), "{outcomes:?}");
    assert_eq!(read(&*store, &blocks(1)), there(&blocks(1)));
    let held = read(&*store, &many).into_iter().filter(|answer| answer != &Ok(None)).count();
    assert_eq!(held, 7, "the first that are more than 12 MiB");
    assert_eq!(store.usage().failing, Some(full("commit")));
    disk.lock().fails = Fails::Never;
    block_on(store.sync()).unwrap();
    assert_eq!(store.usage().failing, None);
    drop(store);
    assert_eq!(read(&*disk.store().unwrap(), &many[..held]), there(&many[..held]));
}

#[test]
fn what_is_deleted_makes_room_on_a_full_disk() {
    let disk = formatted(Engine::Segments);
    let store = disk.store().unwrap();
    put(&*store, &blocks(1)).unwrap();
    put(&*store, &blocks(2)).unwrap();
    let length = disk.lock().image.length();
    disk.lock().fails = Fails::Beyond(length);
    let large = [block(3, 2_000_000)];
    assert_eq!(put(&*store, &large), Err(full("commit")));
    assert_eq!(store.usage().failing, Some(full("commit")));

    assert_eq!(delete(&*store, &blocks(1)), Ok(()), "it is not held up by what does not fit");
    assert_eq!(read(&*store, &blocks(1)), absent(&blocks(1)));
    assert_eq!(read(&*store, &blocks(2)), there(&blocks(2)));
    assert_eq!(read(&*store, &large), there(&large), "accepted is visible");
    assert!(store.usage().failing.is_some(), "the large one still does not fit");
}

#[test]
fn a_store_that_could_not_be_opened_again_works_once_the_disk_does() {
    ENGINES
        .into_iter()
        .for_each(a_store_that_could_not_be_opened_again_works_once_the_disk_does_on);
}

fn a_store_that_could_not_be_opened_again_works_once_the_disk_does_on(engine: Engine) {
    let disk = formatted(engine);
    let store = disk.store().unwrap();
    put(&*store, &blocks(1)).unwrap();
    let now = disk.lock().operations;
    disk.lock().fails = Fails::From(now);
    assert_eq!(put(&*store, &blocks(2)), Err(broken("commit")), "and opening writes too");
    assert_eq!(read(&*store, &blocks(2)), there(&blocks(2)), "accepted is visible");

    disk.lock().fails = Fails::Never;

    assert_eq!(put(&*store, &blocks(3)), Ok(()));
    assert_eq!(read(&*store, &blocks(1)), there(&blocks(1)));
}

#[test]
fn closing_on_a_full_disk_ends() {
    ENGINES.into_iter().for_each(closing_on_a_full_disk_ends_on);
}

fn closing_on_a_full_disk_ends_on(engine: Engine) {
    let disk = formatted(engine);
    let store = disk.store().unwrap();
    put(&*store, &blocks(1)).unwrap();
    disk.lock().fails = Fails::From(0);
    let _receipt = block_on(store.put_many(blocks(2), Durability::Relaxed)).unwrap();
    drop(store);

    disk.lock().fails = Fails::Never;
    assert_eq!(read(&*disk.store().unwrap(), &blocks(1)), there(&blocks(1)));
}

/// Puts the first list, the second, and deletes the second, whatever becomes of them.
fn run(store: &dyn BlockStore) -> Outcomes {
    Outcomes {
        first: kept(&put(store, &blocks(1))),
        second: kept(&put(store, &blocks(2))),
        deleted: kept(&delete(store, &blocks(2))),
    }
}

fn holds(store: &dyn BlockStore, told: &Outcomes) {
    let whole_or_absent = |series| {
        let allowed = there(&blocks(series)).into_iter().zip(absent(&blocks(series)));
        let answers = read(store, &blocks(series));
        answers
            .iter()
            .zip(allowed)
            .all(|(answer, (there, absent))| *answer == there || *answer == absent)
    };
    assert!(whole_or_absent(1) && whole_or_absent(2), "{told:?}");
    assert!(!told.first || read(store, &blocks(1)) == there(&blocks(1)), "{told:?}");
    assert!(!told.deleted || read(store, &blocks(2)) == absent(&blocks(2)), "{told:?}");
    put(store, &blocks(3)).unwrap();
    assert_eq!(read(store, &blocks(3)), there(&blocks(3)), "it goes on");
}

fn kept(outcome: &Result<(), StoreError>) -> bool {
    assert!(*outcome == Ok(()) || *outcome == Err(broken("commit")), "{outcome:?}");
    outcome.is_ok()
}

fn broken(doing: &str) -> StoreError {
    StoreError::Io { doing: doing.into(), kind: ErrorKind::Other }
}

fn full(doing: &str) -> StoreError {
    StoreError::Io { doing: doing.into(), kind: ErrorKind::StorageFull }
}
