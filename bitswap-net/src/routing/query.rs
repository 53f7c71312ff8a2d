//! One question to one router, within a time: providers, and how it ended.

use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use cid::Cid;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{ContentRouter, Found, Provider};

/// How a question to a router ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryOutcome {
    /// The router has no more to say.
    Answered,
    /// The router could not look, or not to the end; why.
    Failed(String),
    /// The router did not come to an end within its time.
    TimedOut,
}

/// A router at work. Dropping it stops the router.
pub(crate) struct Query {
    /// Whether the router ended by itself; `None` = it has ended.
    find: Option<BoxFuture<'static, bool>>,
    found: mpsc::Receiver<Provider>,
    failure: Arc<OnceLock<String>>,
    timed_out: bool,
}

impl Query {
    /// Asks `router` for about `most` providers of `cid`. It begins when this is polled.
    pub(crate) fn new(
        router: Arc<dyn ContentRouter>,
        cid: Cid,
        most: u32,
        within: Duration,
    ) -> Self {
        let (providers, found) = mpsc::channel(1);
        let failure = Arc::new(OnceLock::new());
        let ours = Found { providers, most, failure: Arc::clone(&failure) };
        let find = async move { timeout(within, router.find(&cid, ours)).await.is_ok() };
        Self { find: Some(find.boxed()), found, failure, timed_out: false }
    }

    /// Lets the router work, whether or not its providers are taken.
    pub(crate) fn work(&mut self, cx: &mut Context<'_>) {
        if let Some(Poll::Ready(ended)) = self.find.as_mut().map(|find| find.poll_unpin(cx)) {
            self.find = None;
            self.timed_out = !ended;
        }
    }

    /// The next provider; `None` = there are no more.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Provider>> {
        self.work(cx);
        self.found.poll_recv(cx)
    }

    /// Whether the router has ended and all that it found was taken.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.find.is_none() && self.found.is_empty()
    }

    /// How it ended, once it has.
    pub(crate) fn outcome(&self) -> QueryOutcome {
        match self.failure.get() {
            _ if self.timed_out => QueryOutcome::TimedOut,
            Some(why) => QueryOutcome::Failed(why.clone()),
            None => QueryOutcome::Answered,
        }
    }
}
