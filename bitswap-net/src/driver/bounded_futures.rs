//! A set of futures of which a bounded number runs at once; the others wait in line.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::task::{Context, Poll};

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

/// A bounded set of futures. What does not fit waits, in order; how much can wait is bounded by
/// the engine, which has each of its requests open once.
pub(super) struct BoundedFutures<T> {
    limit: usize,
    running: FuturesUnordered<BoxFuture<'static, T>>,
    waiting: VecDeque<BoxFuture<'static, T>>,
}

impl<T> BoundedFutures<T> {
    /// Room for `limit` at once.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, running: FuturesUnordered::new(), waiting: VecDeque::new() }
    }

    /// Runs `future` when there is room.
    pub(super) fn push(&mut self, future: BoxFuture<'static, T>) {
        self.waiting.push_back(future);
    }

    /// What the next one to finish gave.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        while self.running.len() < self.limit
            && let Some(future) = self.waiting.pop_front()
        {
            self.running.push(future);
        }
        match self.running.poll_next_unpin(cx) {
            Poll::Ready(Some(done)) => Poll::Ready(done),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}
