//! Look-ups of providers: equal ones together, so many at once, each within its time.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bitswap_core::LookupId;
use cid::Cid;
use futures::future::{AbortHandle, Abortable, BoxFuture};
use futures::stream::{SelectAll, Stream};
use futures::{FutureExt as _, StreamExt as _};
use libp2p::PeerId;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::routing::{ContentRouter, Found, Provider};

/// Look-ups at once; the others wait in line.
const AT_ONCE: usize = 16;

/// Everything the router is being asked.
pub(super) struct Lookups {
    router: Arc<dyn ContentRouter>,
    running: SelectAll<Abortable<Search>>,
    /// By their places in line.
    waiting: BTreeMap<u64, Search>,
    next_place: u64,
    jobs: HashMap<Cid, Job>,
    cids: HashMap<LookupId, Cid>,
}

/// A result or the end of look-ups for one CID.
pub(super) enum LookupEvent {
    Ended(Vec<LookupId>),
    Found(Vec<LookupId>, Provider),
}

#[derive(Debug, Default)]
struct Job {
    asked_by: Vec<LookupId>,
    found: Vec<PeerId>,
    /// Its place in line, until it runs.
    place: u64,
    abort: Option<AbortHandle>,
}

impl Lookups {
    pub(super) fn new(router: Arc<dyn ContentRouter>) -> Self {
        Self {
            router,
            running: SelectAll::new(),
            waiting: BTreeMap::new(),
            next_place: 0,
            jobs: HashMap::new(),
            cids: HashMap::new(),
        }
    }

    /// Asks the router, unless it is being asked the same already: then those already found are
    /// given back.
    pub(super) fn start(
        &mut self,
        lookup: LookupId,
        cid: Cid,
        most: u32,
        within: Duration,
    ) -> Vec<PeerId> {
        self.cids.insert(lookup, cid);
        let job = self.jobs.entry(cid).or_default();
        job.asked_by.push(lookup);
        if job.asked_by.len() == 1 {
            let search = Search::new(Arc::clone(&self.router), cid, most, within);
            self.waiting.insert(self.next_place, search);
            job.place = self.next_place;
            self.next_place += 1;
        }
        job.found.clone()
    }

    /// Nobody waits for the answers to `lookup` any more; true if it was running.
    pub(super) fn stop(&mut self, lookup: LookupId) -> bool {
        let Some(cid) = self.cids.remove(&lookup) else { return false };
        let Some(job) = self.jobs.get_mut(&cid) else { return false };
        job.asked_by.retain(|asked_by| *asked_by != lookup);
        if job.asked_by.is_empty()
            && let Some(job) = self.jobs.remove(&cid)
        {
            self.waiting.remove(&job.place);
            if let Some(abort) = job.abort {
                abort.abort();
            }
        }
        true
    }

    /// The next event of any look-up.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<LookupEvent> {
        while self.running.len() < AT_ONCE
            && let Some((_, search)) = self.waiting.pop_first()
        {
            let Some(job) = self.jobs.get_mut(&search.cid) else { continue };
            let (abort, registration) = AbortHandle::new_pair();
            job.abort = Some(abort);
            self.running.push(Abortable::new(search, registration));
        }
        while let Some((cid, found)) = ready!(self.running.poll_next_unpin(cx)) {
            let Some(provider) = found else {
                let Some(job) = self.jobs.remove(&cid) else { continue };
                for lookup in &job.asked_by {
                    self.cids.remove(lookup);
                }
                return Poll::Ready(LookupEvent::Ended(job.asked_by));
            };
            let Some(job) = self.jobs.get_mut(&cid) else { continue };
            job.found.push(provider.peer);
            return Poll::Ready(LookupEvent::Found(job.asked_by.clone(), provider));
        }
        Poll::Pending
    }
}

/// One question to the router: a stream of providers, then `None`.
struct Search {
    cid: Cid,
    /// `None` = over.
    asking: Option<BoxFuture<'static, ()>>,
    found: mpsc::Receiver<Provider>,
    left: u32,
    ended: bool,
}

impl Search {
    fn new(router: Arc<dyn ContentRouter>, cid: Cid, most: u32, within: Duration) -> Self {
        let (sender, found) = mpsc::channel(1);
        let asking = async move {
            let find = router.find(&cid, Found::new(sender, most));
            if timeout(within, find).await.is_err() {
                tracing::debug!(%cid, ?within, "a look-up took too long");
            }
        };
        Self { cid, asking: Some(asking.boxed()), found, left: most, ended: false }
    }
}

impl Stream for Search {
    type Item = (Cid, Option<Provider>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if self.asking.as_mut().is_some_and(|asking| asking.poll_unpin(cx).is_ready()) {
            self.asking = None;
        }
        let found = if self.left == 0 { None } else { ready!(self.found.poll_recv(cx)) };
        self.left = self.left.saturating_sub(1);
        self.ended = found.is_none();
        Poll::Ready(Some((self.cid, found)))
    }
}
