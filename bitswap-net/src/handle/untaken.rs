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

    pub(super) fn delivered(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn taken(&self, bytes: usize) {
        self.0.fetch_sub(bytes as u64, Ordering::Relaxed);
    }
}
