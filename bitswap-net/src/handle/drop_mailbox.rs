//! The mailbox for inputs that handles send without waiting, from `drop` too: credit for blocks
//! that were taken, and the end of calls and sessions.

use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bitswap_core::Input;
use futures::task::AtomicWaker;

/// A mailbox that `drop` can write to. It holds at most a few inputs for each open call: a call
/// is given no more blocks than it returned credit for, and ends once.
#[derive(Debug, Default)]
pub(crate) struct DropMailbox {
    inputs: Mutex<Vec<Input>>,
    driver: AtomicWaker,
}

impl DropMailbox {
    /// Leaves `input` for the driver.
    pub(super) fn push(&self, input: Input) {
        self.inputs.lock().unwrap_or_else(PoisonError::into_inner).push(input);
        self.driver.wake();
    }

    /// What was left since the last time.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Vec<Input>> {
        self.driver.register(cx.waker());
        let inputs =
            std::mem::take(&mut *self.inputs.lock().unwrap_or_else(PoisonError::into_inner));
        if inputs.is_empty() { Poll::Pending } else { Poll::Ready(inputs) }
    }
}
