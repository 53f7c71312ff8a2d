//! What the receive windows of all connections may grow by together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most that the windows of one connection may grow by: twice what 1 Gbit/s brings in 130 ms.
const MOST: usize = 32 * 1024 * 1024;
/// The least, even if the budget is used up; the windows of so many connections are small.
const LEAST: usize = 768 * 1024;
/// A new connection gets one part in this many of what is left, so that there is always some left
/// for the next.
const PARTS: usize = 8;

/// Bytes that are left, for all connections of a node.
#[derive(Clone, Debug)]
pub(crate) struct WindowBudget(Arc<AtomicUsize>);

/// What one connection has of a budget, until it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: WindowBudget,
    bytes: usize,
    /// What was taken out of the budget, which is less than `bytes` once that is used up.
    taken: usize,
}

impl WindowBudget {
    pub(crate) fn of(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Takes what a new connection may have.
    pub(super) fn share(&self) -> Share {
        let mut bytes = LEAST;
        let take = |left: usize| {
            bytes = (left / PARTS).clamp(LEAST, MOST);
            Some(left.saturating_sub(bytes))
        };
        let relaxed = Ordering::Relaxed;
        let left = self.0.fetch_update(relaxed, relaxed, take).unwrap_or_else(|left| left);
        Share { budget: self.clone(), bytes, taken: bytes.min(left) }
    }
}

impl Share {
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.0.fetch_add(self.taken, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
