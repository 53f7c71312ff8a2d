//! The one thread that commits.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::disk::database::{DatabaseHandle, failed};
use crate::disk::pending::Pending;
use crate::error::StoreError;

/// It ends after `pending` is closed.
pub(super) fn start(
    handle: Arc<DatabaseHandle>,
    pending: Arc<Pending>,
) -> Result<JoinHandle<()>, StoreError> {
    let work = move || {
        while let Some(batch) = pending.next() {
            let outcome = handle.commit(&batch.changes);
            pending.settle(batch, &outcome);
        }
    };
    let thread = thread::Builder::new().name("bitswap-store-write".to_owned());
    thread.spawn(work).map_err(|error| failed("start the writing thread", &error))
}
