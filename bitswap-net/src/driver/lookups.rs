//! Look-ups of providers: equal ones together, so many at once, each within its time.

mod dial_limits;
mod failed_dials;
mod locating;
mod search;
#[cfg(test)]
mod tests;
mod vain;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bitswap_core::LookupId;
use cid::Cid;
use futures::StreamExt as _;
use futures::future::{AbortHandle, Abortable};
use futures::stream::SelectAll;
use libp2p::{Multiaddr, PeerId};

use self::dial_limits::DialLimits;
use self::failed_dials::FailedDials;
use self::locating::Locating;
use self::search::{Budget, Search};
use self::vain::Vain;
use crate::routing::{ContentRouter, Provider, RouterStats};

/// Look-ups at once; the others wait in line.
const AT_ONCE: usize = 16;
/// Of these, look-ups for CIDs that were looked up in vain before. They also begin after all
/// others, so that wants which nobody can fulfil share what is left.
const AGAIN_AT_ONCE: usize = 4;

/// Everything the router is being asked.
pub(super) struct Lookups {
    router: Arc<dyn ContentRouter>,
    running: SelectAll<Abortable<Search>>,
    /// By how often they were in vain before, and then by their places in line.
    waiting: BTreeMap<Place, Search>,
    next_place: u64,
    /// How many of those that run were in vain before.
    again: usize,
    vain: Vain,
    jobs: HashMap<Cid, Job>,
    cids: HashMap<LookupId, Cid>,
    /// What was found last: if it is dialled, it is for this look-up.
    last: Option<(Cid, PeerId)>,
    /// Look-ups that wait for the dial of a provider.
    dialling: HashMap<PeerId, Vec<Arc<Budget>>>,
    failed: FailedDials,
    locating: Locating,
    dial_limits: DialLimits,
    connected: HashSet<PeerId>,
}

/// How often a look-up was in vain before, and when it came.
type Place = (u32, u64);

/// A result or the end of look-ups for one CID.
pub(super) enum LookupEvent {
    Ended(Vec<LookupId>),
    Found(Vec<LookupId>, Provider),
    /// A peer that was not where it was dialled is said to be here.
    Located(Provider),
    /// Nobody says of a peer that it is elsewhere than at these addresses, where it is not.
    Nowhere(PeerId, Vec<Multiaddr>),
}

#[derive(Debug, Default)]
struct Job {
    asked_by: Vec<LookupId>,
    found: Vec<PeerId>,
    /// Its place in line, until it runs.
    place: Place,
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
            again: 0,
            vain: Vain::default(),
            jobs: HashMap::new(),
            cids: HashMap::new(),
            last: None,
            dialling: HashMap::new(),
            failed: FailedDials::default(),
            locating: Locating::default(),
            dial_limits: DialLimits::default(),
            connected: HashSet::new(),
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
            job.place = (self.vain.times(&cid), self.next_place);
            self.waiting.insert(job.place, search);
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
            if let Some(abort) = &job.abort {
                abort.abort();
                self.over(&job);
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
        self.connected.insert(*peer);
        self.failed.remove(peer);
        self.locating.end(peer);
        self.dial_ended(peer, true);
    }

    /// A peer is connected no more.
    pub(super) fn disconnected(&mut self, peer: &PeerId) {
        self.connected.remove(peer);
    }

    /// Providers that were not dialled, since enough were dialled where they are said to be.
    pub(super) const fn dials_refused(&self) -> u64 {
        self.dial_limits.refused()
    }

    /// Providers that were not dialled, since their dials had failed.
    pub(super) const fn dials_left_out(&self) -> u64 {
        self.failed.left_out()
    }

    /// The dial of a peer failed at these addresses: the routers are asked where it is, or `Err`
    /// with all addresses where it is not if they were asked already, or cannot be.
    pub(super) fn locate(
        &mut self,
        peer: PeerId,
        tried: Vec<Multiaddr>,
    ) -> Result<(), Vec<Multiaddr>> {
        self.locating.begin(&self.router, peer, tried)
    }

    /// The dial of a peer failed at all of these addresses; `None` = the peer speaks no Bitswap.
    pub(super) fn dial_failed(&mut self, peer: PeerId, tried: Option<Vec<Multiaddr>>) {
        // A node that reaches nobody is itself the one that is off the network.
        let counts = !self.connected.is_empty() && !self.router.vouches_for(&peer);
        self.failed.insert(peer, tried, counts);
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
        if let Poll::Ready(mut located) = self.locating.poll(cx) {
            let peer = located.peer;
            if !located.addresses.is_empty() && self.dial_limits.permit(&mut located) {
                return Poll::Ready(LookupEvent::Located(located));
            }
            return Poll::Ready(LookupEvent::Nowhere(peer, self.locating.end(&peer)));
        }
        self.begin();
        while let Some((cid, found)) = ready!(self.running.poll_next_unpin(cx)) {
            let Some(mut provider) = found else {
                let Some(job) = self.jobs.remove(&cid) else { continue };
                self.over(&job);
                if job.found.is_empty() {
                    self.vain.add(cid);
                } else {
                    self.vain.remove(&cid);
                }
                for lookup in &job.asked_by {
                    self.cids.remove(lookup);
                }
                return Poll::Ready(LookupEvent::Ended(job.asked_by));
            };
            let is_worth_a_dial = self.permit_dial(&mut provider);
            let Some(job) = self.jobs.get_mut(&cid) else { continue };
            if !is_worth_a_dial {
                job.budget.give_back();
                continue;
            }
            job.found.push(provider.peer);
            self.last = Some((cid, provider.peer));
            return Poll::Ready(LookupEvent::Found(job.asked_by.clone(), provider));
        }
        Poll::Pending
    }

    /// Lets look-ups run that wait, the most urgent first.
    fn begin(&mut self) {
        while self.running.len() < AT_ONCE
            && let Some(next) = self.waiting.first_entry()
        {
            let is_again = next.key().0 > 0;
            if is_again && self.again >= AGAIN_AT_ONCE {
                return;
            }
            let search = next.remove();
            let Some(job) = self.jobs.get_mut(&search.cid) else { continue };
            self.again += usize::from(is_again);
            let (abort, registration) = AbortHandle::new_pair();
            job.abort = Some(abort);
            self.running.push(Abortable::new(search, registration));
        }
    }

    /// A look-up that ran is over.
    fn over(&mut self, job: &Job) {
        self.again -= usize::from(job.place.0 > 0);
    }

    /// Whether a provider is to be dialled, or is here already. Addresses of it that are not to be
    /// dialled are taken away.
    fn permit_dial(&mut self, provider: &mut Provider) -> bool {
        if self.connected.contains(&provider.peer) {
            // Whoever is here is not dialled, so nobody counted whether its record is a lie.
            provider.addresses.clear();
            return true;
        }
        !self.failed.cover(provider) && self.dial_limits.permit(provider)
    }
}
