//! The one thread that commits, and between commits does what can wait.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::disk::folder::failed;
use crate::disk::pending::{Changes, Pending, Work};
use crate::error::StoreError;

/// What the writing thread asks of an engine.
pub(super) trait Commits: Send + Sync + 'static {
    /// All of `changes`; after an error each of them is made or not.
    fn commit(&self, changes: &Changes) -> Result<(), StoreError>;

    /// A little of the work that can wait, and when there should be more of it; `None` = when
    /// something has changed.
    fn tidy(&self) -> Option<Duration> {
        None
    }

    /// All of the work that can wait.
    fn tidy_all(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Nothing comes any more.
    fn close(&self) {}
}

/// It ends after `pending` is closed.
pub(super) fn start(
    engine: Arc<impl Commits>,
    pending: Arc<Pending>,
) -> Result<JoinHandle<()>, StoreError> {
    let thread = thread::Builder::new().name("bitswap-store-write".to_owned());
    let thread = thread.spawn(move || write(&*engine, &pending));
    thread.map_err(|error| failed("start the writing thread", &error))
}

fn write(engine: &impl Commits, pending: &Pending) {
    let mut tidy_at = Some(Instant::now());
    while let Some(work) = pending.next(tidy_at) {
        if let Work::Commit(batch) = work {
            let mut outcome = engine.commit(&batch.changes);
            if batch.tidies {
                outcome = outcome.and_then(|()| engine.tidy_all());
            }
            if batch.makes_room && outcome.is_ok() {
                // If it does not succeed, the rest fails again.
                drop(engine.tidy_all());
            }
            pending.settle(batch, &outcome);
        }
        if tidy_at.is_none_or(|at| at <= Instant::now()) {
            tidy_at = engine.tidy().map(|pause| Instant::now() + pause);
        }
    }
    engine.close();
}
