//! One look-up at work: it ends with enough providers that are not known to be out of reach.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use cid::Cid;
use futures::stream::Stream;
use futures::task::AtomicWaker;

use crate::routing::{ContentRouter, Provider, Query};

/// One question to the router: a stream of providers, then `None`.
pub(super) struct Search {
    pub(super) cid: Cid,
    query: Query,
    budget: Arc<Budget>,
    ended: bool,
}

/// How many more providers a look-up takes. While all that it took are being dialled and none is
/// connected, it waits: a failed dial makes room for another, so that records of peers that are not
/// there keep no others from being heard.
#[derive(Debug, Default)]
pub(super) struct Budget {
    left: AtomicU32,
    dials: AtomicU32,
    reached: AtomicBool,
    waker: AtomicWaker,
}

impl Search {
    pub(super) fn new(
        router: Arc<dyn ContentRouter>,
        cid: Cid,
        most: u32,
        within: Duration,
    ) -> Self {
        let budget = Budget { left: AtomicU32::new(most), ..Budget::default() };
        let query = Query::new(router, cid, most, within);
        Self { cid, query, budget: Arc::new(budget), ended: false }
    }

    pub(super) fn budget(&self) -> Arc<Budget> {
        Arc::clone(&self.budget)
    }

    /// Whether there is enough, and nothing to wait for.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if self.budget.left.load(Ordering::Relaxed) > 0 {
            return Poll::Ready(false);
        }
        self.query.work(cx);
        self.budget.waker.register(cx.waker());
        let waits = self.budget.dials.load(Ordering::Relaxed) > 0
            && !self.budget.reached.load(Ordering::Relaxed)
            && !self.query.is_exhausted();
        if waits { Poll::Pending } else { Poll::Ready(true) }
    }
}

impl Stream for Search {
    type Item = (Cid, Option<Provider>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let over = ready!(self.poll_over(cx));
        let found = if over { None } else { ready!(self.query.poll(cx)) };
        self.ended = found.is_none();
        if !self.ended {
            self.budget.left.fetch_sub(1, Ordering::Relaxed);
        }
        Poll::Ready(Some((self.cid, found)))
    }
}

impl Budget {
    /// The last provider was of no use from the start.
    pub(super) fn give_back(&self) {
        self.left.fetch_add(1, Ordering::Relaxed);
    }

    /// The last provider is dialled.
    pub(super) fn dial_begins(&self) {
        self.dials.fetch_add(1, Ordering::Relaxed);
    }

    /// A dial has ended.
    pub(super) fn dial_ends(&self, connected: bool) {
        self.dials.fetch_sub(1, Ordering::Relaxed);
        if connected {
            self.reached.store(true, Ordering::Relaxed);
        } else {
            self.give_back();
        }
        self.waker.wake();
    }
}
