//! What the driver hands to the reader of one call: blocks, and the news that some do not come.
//! Both ends share one mailbox; the call's credit bounds how many blocks wait in it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bitswap_core::{Block, Failure};
use cid::Cid;
use futures::task::AtomicWaker;

use super::Untaken;

/// The outcome of a call for one CID.
pub(crate) type Delivery = (Cid, Result<Block, Failure>);

/// The driver's end of a call.
#[derive(Debug)]
pub(crate) struct Deliverer(Arc<Mailbox>);

/// The reader's end of a call.
#[derive(Debug)]
pub(super) struct Deliveries {
    mailbox: Arc<Mailbox>,
    /// What was taken out of the mailbox together.
    taken: VecDeque<Delivery>,
}

#[derive(Debug)]
struct Mailbox {
    contents: Mutex<Contents>,
    reader: AtomicWaker,
    untaken: Untaken,
    /// So many deliveries wait at most; of more failures only the cause is kept.
    most: usize,
}

#[derive(Debug, Default)]
struct Contents {
    waiting: VecDeque<Delivery>,
    /// Why everything fails that is neither delivered nor failed when there are no more deliveries:
    /// a call that ends as a whole fails more CIDs at once than there is room for.
    rest: Option<Failure>,
    /// There will be no more deliveries.
    is_complete: bool,
    /// Nobody will take what is delivered.
    is_left: bool,
}

/// The two ends of a call, for as many deliveries as it has credit.
pub(super) fn deliveries(untaken: Untaken, most: usize) -> (Deliverer, Deliveries) {
    let (contents, reader) = (Mutex::default(), AtomicWaker::new());
    let mailbox = Arc::new(Mailbox { contents, reader, untaken, most });
    (Deliverer(Arc::clone(&mailbox)), Deliveries { mailbox, taken: VecDeque::new() })
}

impl Deliverer {
    /// Whether the reader is gone.
    pub(crate) fn is_left(&self) -> bool {
        self.0.contents().is_left
    }

    /// Puts a block, or the news that it does not come, into the mailbox; the reader hears of it
    /// when it is [woken](Self::wake). True if there was nothing in it.
    pub(crate) fn add(&self, (cid, outcome): Delivery) -> bool {
        let mut contents = self.0.contents();
        if contents.is_left {
            return false;
        }
        let was_empty = contents.waiting.is_empty();
        match outcome {
            Err(why) if contents.waiting.len() >= self.0.most => {
                contents.rest.get_or_insert(why);
                return false;
            }
            outcome => {
                self.0.untaken.delivered(bytes_of(&outcome));
                if contents.waiting.capacity() == 0 {
                    // Most calls are for one block.
                    contents.waiting.reserve_exact(1);
                }
                contents.waiting.push_back((cid, outcome));
            }
        }
        was_empty
    }

    /// Wakes the reader: once for all that was added, since that costs more than a block.
    pub(crate) fn wake(&self) {
        self.0.reader.wake();
    }
}

impl Drop for Deliverer {
    fn drop(&mut self) {
        self.0.contents().is_complete = true;
        self.wake();
    }
}

impl Deliveries {
    /// The next delivery; `Err` = there are no more, and what is missing fails for this reason.
    pub(super) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Delivery, Option<Failure>>> {
        if self.taken.is_empty() {
            self.mailbox.reader.register(cx.waker());
            let mut contents = self.mailbox.contents();
            std::mem::swap(&mut self.taken, &mut contents.waiting);
            if self.taken.is_empty() {
                let over = contents.is_complete.then(|| contents.rest.take());
                return over.map_or(Poll::Pending, |why| Poll::Ready(Err(why)));
            }
        }
        let next = self.taken.pop_front().ok_or(None);
        if let Ok((_, outcome)) = &next {
            self.mailbox.untaken.taken(bytes_of(outcome));
        }
        Poll::Ready(next)
    }

    /// Nothing is taken any more.
    pub(super) fn leave(&mut self) {
        let waiting = {
            let mut contents = self.mailbox.contents();
            contents.is_left = true;
            std::mem::take(&mut contents.waiting)
        };
        let left = self.taken.drain(..).chain(waiting);
        self.mailbox.untaken.taken(left.map(|(_, outcome)| bytes_of(&outcome)).sum());
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Mailbox {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bytes_of(outcome: &Result<Block, Failure>) -> usize {
    outcome.as_ref().map_or(0, Block::len)
}
