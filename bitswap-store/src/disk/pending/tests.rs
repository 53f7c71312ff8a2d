//! What failed is tried again, also if nothing else comes, and not without end.

use std::io::ErrorKind;

use super::*;

#[test]
fn a_commit_that_failed_is_tried_again_by_itself() {
    let pending = Pending::closing_after(Duration::ZERO);
    let block = Block::sha2_256(b"apple".to_vec().into()).expect("it is small");
    let changes = Changes::from([(Key::of(block.multihash()), Change::Put(block))]);
    drop(pending.lock().open.add(changes, true));
    let Some(Work::Commit(batch)) = pending.next(None) else { panic!("something waits") };
    let full = StoreError::Io { doing: "commit".into(), kind: ErrorKind::StorageFull };
    pending.settle(batch, &Err(full.clone()));
    assert_eq!(pending.failures(), (1, Some(full)));

    let now = Instant::now();
    let retry_at = pending.lock().retry_at.replace(now);
    assert!(retry_at.is_some_and(|at| at > now), "not at once");
    let Some(Work::Commit(batch)) = pending.next(None) else { panic!("it is tried again") };
    assert_eq!(batch.changes.len(), 1);
    pending.settle(batch, &Ok(()));
    assert_eq!(pending.failures(), (1, None));
    pending.close();
    assert!(pending.next(None).is_none());
}

#[test]
fn a_full_disk_is_not_asked_again_and_again() {
    let pending = Pending::closing_after(Duration::ZERO);
    let [apple, pear] = ["apple", "pear"].map(|name| Block::sha2_256(name.into()).expect("small"));
    let key = |block: &Block| Key::of(block.multihash());
    let changes = Changes::from([(key(&apple), Change::Delete), (key(&pear), Change::Put(pear))]);
    drop(pending.lock().open.add(changes, true));
    let full = StoreError::Io { doing: "commit".into(), kind: ErrorKind::StorageFull };
    let mut tried = Vec::new();
    // What is closed asks once more: for the deletions, and then for all.
    for most in [1, 10] {
        while tried.len() < most
            && let Some(Work::Commit(batch)) = pending.next(None)
        {
            tried.push(batch.changes.len());
            pending.settle(batch, &Err(full.clone()));
        }
        pending.close();
    }
    assert_eq!(tried, [2, 1, 2]);
}
