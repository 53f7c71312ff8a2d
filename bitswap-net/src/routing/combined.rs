//! Several routers as one: asked in an order, none of which can hold up the others.

mod events;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cid::Cid;
use futures::StreamExt as _;
use futures::future::join_all;
use libp2p::{Multiaddr, PeerId};
use tokio::time::timeout;

pub use self::events::{RouterEvent, RouterEvents, RouterFinding};

use super::{ContentRouter, Found, QueryOutcome, RouterStats};

/// Asks several routers, each with a name, in the order in which they were added.
///
/// A router is asked once the one before it had a [head start](Self::head_start), or once all
/// before it have ended with too few providers. One that last failed, or said nothing within its
/// head start, has none until it answers. Each has a [time](Self::time_limit). A provider
/// that two routers found is pushed once, unless the second knows more addresses. Of the providers
/// that are enough, one is kept free for each router that has not answered yet, so that a router
/// which names strangers cannot keep another from being heard.
#[derive(Clone)]
pub struct CombinedRouter {
    sources: Vec<Source>,
    head_start: Duration,
    time_limit: Duration,
}

#[derive(Clone)]
struct Source {
    name: Arc<str>,
    router: Arc<dyn ContentRouter>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    lookups: AtomicU64,
    providers: AtomicU64,
    failures: AtomicU64,
    timeouts: AtomicU64,
    last_error: Mutex<Option<Arc<str>>>,
    /// Whether nobody waits for it before others are asked.
    is_silent: AtomicBool,
}

impl Counts {
    /// A look-up has ended.
    fn ended(&self, outcome: &QueryOutcome, time_limit: Duration) {
        let error = match outcome {
            QueryOutcome::Answered => None,
            QueryOutcome::Failed(why) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                Some(Arc::from(why.as_str()))
            }
            QueryOutcome::TimedOut => {
                self.timeouts.fetch_add(1, Ordering::Relaxed);
                Some(Arc::from(format!("no end of its answer in {time_limit:?}")))
            }
        };
        self.is_silent.store(error.is_some(), Ordering::Relaxed);
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    fn last_error(&self) -> Option<Arc<str>> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl CombinedRouter {
    /// Nobody is asked until somebody is [added](Self::with).
    pub const fn new() -> Self {
        Self {
            sources: Vec::new(),
            head_start: Duration::from_millis(500),
            time_limit: Duration::from_secs(8),
        }
    }

    /// With another router, which is asked after those before it. Its name stands in metrics; if
    /// another has it already, a number is added.
    #[must_use]
    pub fn with(mut self, name: &str, router: Arc<dyn ContentRouter>) -> Self {
        let taken = |name: &str| self.sources.iter().any(|source| &*source.name == name);
        let mut unique = name.to_owned();
        for number in 2..=self.sources.len().saturating_add(1) {
            if !taken(&unique) {
                break;
            }
            unique = format!("{name}-{number}");
        }
        self.sources.push(Source { name: unique.into(), router, counts: Arc::default() });
        self
    }

    /// With another time that a router has before the next is asked too; 500 ms unless told
    /// otherwise.
    #[must_use]
    pub const fn head_start(mut self, time: Duration) -> Self {
        self.head_start = time;
        self
    }

    /// With another time within which each router has to end; 8 s unless told otherwise, which is
    /// less than a look-up has.
    #[must_use]
    pub const fn time_limit(mut self, time: Duration) -> Self {
        self.time_limit = time;
        self
    }

    /// Whether there is nobody to ask.
    pub const fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// How many there are to ask.
    pub const fn len(&self) -> usize {
        self.sources.len()
    }

    /// Looks up providers of `cid`, as [`find`](ContentRouter::find) does, and tells which router
    /// found each and how each router ended. It may be dropped at any time.
    pub fn ask(&self, cid: Cid, most: u32) -> RouterEvents {
        RouterEvents::new(self, cid, most)
    }
}

#[async_trait]
impl ContentRouter for CombinedRouter {
    async fn find(&self, cid: &Cid, found: Found) {
        let mut events = self.ask(*cid, found.most());
        let mut failures = Vec::new();
        while let Some(RouterEvent { router, finding }) = events.next().await {
            match finding {
                RouterFinding::Provider(provider) => {
                    if !found.push(provider).await {
                        return;
                    }
                }
                RouterFinding::Ended(QueryOutcome::Answered) => {}
                RouterFinding::Ended(QueryOutcome::Failed(why)) => {
                    tracing::debug!(%cid, %router, %why, "a router failed");
                    failures.push(format!("{router}: {why}"));
                }
                RouterFinding::Ended(QueryOutcome::TimedOut) => {
                    tracing::debug!(%cid, %router, "a router took too long");
                    failures.push(format!("{router}: no answer in {:?}", self.time_limit));
                }
            }
        }
        if !self.is_empty() && failures.len() == self.sources.len() {
            found.fail(&failures.join("; "));
        }
    }

    async fn locate(&self, peer: &PeerId) -> Vec<Multiaddr> {
        let all = self.sources.iter().map(|source| {
            let is_silent = source.counts.is_silent.load(Ordering::Relaxed);
            let time = if is_silent { self.head_start } else { self.time_limit };
            timeout(time, source.router.locate(peer))
        });
        join_all(all).await.into_iter().flatten().flatten().collect()
    }

    fn finds_nobody(&self) -> bool {
        self.sources.iter().all(|source| source.router.finds_nobody())
    }

    fn vouches_for(&self, peer: &PeerId) -> bool {
        self.sources.iter().any(|source| source.router.vouches_for(peer))
    }

    fn stats(&self) -> Vec<RouterStats> {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let of = |Source { name, counts, .. }: &Source| RouterStats {
            router: Arc::clone(name),
            lookups: count(&counts.lookups),
            providers: count(&counts.providers),
            failures: count(&counts.failures),
            timeouts: count(&counts.timeouts),
            last_error: counts.last_error(),
        };
        self.sources.iter().map(of).collect()
    }
}

impl Default for CombinedRouter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CombinedRouter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.sources.iter().map(|source| &*source.name);
        f.debug_list().entries(names).finish()
    }
}
