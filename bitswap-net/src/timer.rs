//! One moment to wake up at, free to move.

#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{FutureExt as _, ready};
use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that touches tokio's only when it is polled, so that it can be made anywhere.
///
/// Most moments are moved on before they come. Tokio's timer is moved only if it would be late, and
/// not for each message: to register one that is due before all others wakes a thread, which costs
/// more than a message.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    due: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Sets or moves the moment; `None` = never.
    pub(crate) const fn set(&mut self, due: Option<Instant>) {
        self.due = due;
    }

    /// Whether there is a moment to wait for.
    pub(crate) const fn is_set(&self) -> bool {
        self.due.is_some()
    }

    /// Ready once when the moment has come; then it is unset.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.due else {
            return Poll::Pending;
        };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if sleep.deadline() > due {
            sleep.as_mut().reset(due);
        }
        ready!(sleep.poll_unpin(cx));
        if sleep.deadline() < due {
            sleep.as_mut().reset(due);
            ready!(sleep.poll_unpin(cx));
        }
        self.due = None;
        self.sleep = None;
        Poll::Ready(())
    }
}
