//! What failed is tried again, also if nothing else comes.

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
