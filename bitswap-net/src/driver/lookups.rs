//! Look-ups of providers: equal ones together, so many at once, each within its time.

mod failed_dials;
mod search;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bitswap_core::LookupId;
use cid::Cid;
use futures::StreamExt as _;
use futures::future::{AbortHandle, Abortable};
use futures::stream::SelectAll;
use libp2p::{Multiaddr, PeerId};

use self::failed_dials::FailedDials;
use self::search::{Budget, Search};
use crate::routing::{ContentRouter, Provider, RouterStats};

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
    /// What was found last: if it is dialled, it is for this look-up.
    last: Option<(Cid, PeerId)>,
    /// Look-ups that wait for the dial of a provider.
    dialling: HashMap<PeerId, Vec<Arc<Budget>>>,
    failed: FailedDials,
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
    budget: Arc<Budget>,
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
            last: None,
            dialling: HashMap::new(),
            failed: FailedDials::default(),
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
            job.budget = search.budget();
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

    /// A peer is dialled.
    pub(super) fn dial_begins(&mut self, peer: PeerId) {
        let Some((cid, _)) = self.last.take_if(|(_, found)| *found == peer) else { return };
        if let Some(job) = self.jobs.get(&cid) {
            job.budget.dial_begins();
            self.dialling.entry(peer).or_default().push(Arc::clone(&job.budget));
        }
    }

    /// A peer is connected, and speaks Bitswap.
    pub(super) fn connected(&mut self, peer: &PeerId) {
        self.failed.remove(peer);
        self.dial_ended(peer, true);
    }

    /// The dial of a peer failed at all of these addresses; `None` = the peer speaks no Bitswap.
    pub(super) fn dial_failed(&mut self, peer: PeerId, tried: Option<Vec<Multiaddr>>) {
        self.failed.insert(peer, tried);
        self.dial_ended(&peer, false);
    }

    fn dial_ended(&mut self, peer: &PeerId, connected: bool) {
        for budget in self.dialling.remove(peer).into_iter().flatten() {
            budget.dial_ends(connected);
        }
    }

    /// Whether there is a router that may find somebody.
    pub(super) fn may_find(&self) -> bool {
        !self.router.finds_nobody()
    }

    /// What each router did so far.
    pub(super) fn stats(&self) -> Vec<RouterStats> {
        self.router.stats()
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
            if self.failed.cover(&provider) {
                job.budget.give_back();
                continue;
            }
            job.found.push(provider.peer);
            self.last = Some((cid, provider.peer));
            return Poll::Ready(LookupEvent::Found(job.asked_by.clone(), provider));
        }
        Poll::Pending
    }
}
