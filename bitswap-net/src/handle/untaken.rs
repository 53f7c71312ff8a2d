//! Counts the bytes of blocks that were delivered to callers and that these have not taken yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Those of all calls of a node. A block that two calls wait for counts twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Untaken(Arc<AtomicU64>);

impl Untaken {
    /// How many there are now.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// A share of it, for one call.
    pub(crate) fn of_call(&self) -> Arc<UntakenOfCall> {
        Arc::new(UntakenOfCall { all: self.clone(), here: AtomicU64::new(0) })
    }
}

/// Those of one call. What it still has when it ends, nobody will take.
#[derive(Debug)]
pub(crate) struct UntakenOfCall {
    all: Untaken,
    here: AtomicU64,
}

impl UntakenOfCall {
    pub(crate) fn delivered(&self, bytes: usize) {
        self.here.fetch_add(bytes as u64, Ordering::Relaxed);
        self.all.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn taken(&self, bytes: usize) {
        self.here.fetch_sub(bytes as u64, Ordering::Relaxed);
        self.all.0.fetch_sub(bytes as u64, Ordering::Relaxed);
    }
}

impl Drop for UntakenOfCall {
    fn drop(&mut self) {
        self.all.0.fetch_sub(*self.here.get_mut(), Ordering::Relaxed);
    }
}
