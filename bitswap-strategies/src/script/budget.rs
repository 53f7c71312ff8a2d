//! How much work a call may do, counted in operations and never in time, so that runs repeat.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What one call may do.
pub(super) const CALL: u64 = 20_000;

/// What one call may do, however large its question is.
pub(super) const LARGEST_CALL: u64 = 100_000;

/// Added for each row, or pair of rows, that a question shows: a plain loop over all of them, with
/// a few comparisons, fits.
const PER_ROW: u64 = 64;

/// What a call with a question of so many rows may do.
pub(super) fn for_rows(rows: usize) -> u64 {
    CALL.saturating_add(PER_ROW.saturating_mul(rows as u64)).min(LARGEST_CALL)
}

/// How many rows a call may have been shown that may do so much.
pub(super) const fn rows_of(limit: u64) -> u64 {
    limit.saturating_sub(CALL) / PER_ROW
}

/// Counts operations itself, because the engine's own count forgets those inside callbacks.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Arc<Readings>);

#[derive(Debug, Default)]
struct Readings {
    spent: AtomicU64,
    limit: AtomicU64,
}

impl Meter {
    /// A new call with `limit` operations to spend.
    pub(super) fn start(&self, limit: u64) {
        self.0.spent.store(0, Ordering::Relaxed);
        self.0.limit.store(limit.min(LARGEST_CALL), Ordering::Relaxed);
    }

    /// Spends some; false once more was spent than there was.
    pub(super) fn spend(&self, operations: u64) -> bool {
        self.0.spent.fetch_add(operations, Ordering::Relaxed);
        !self.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spent() > self.limit()
    }

    pub(super) fn spent(&self) -> u64 {
        self.0.spent.load(Ordering::Relaxed)
    }

    pub(super) fn limit(&self) -> u64 {
        self.0.limit.load(Ordering::Relaxed)
    }
}
