//! The running searches: one for each want that no member can serve, its progress and its next
//! step.

use std::collections::{BTreeSet, VecDeque};

use crate::deadlines::Deadlines;
use crate::ids::{CidKey, LookupId, PeerKey};
use crate::limits::Limits;
use crate::map::{MultiMap, Table};
use crate::strategy::SearchView;
use crate::time::Timestamp;

/// A search, and its look-up if one runs.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) view: SearchView,
    pub(crate) lookup: Option<LookupId>,
    /// Whether the last broadcast went to all peers, so that newly connected peers are asked, too.
    pub(crate) includes_new_peers: bool,
    waited_at: Option<Timestamp>,
}

/// All running searches.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    open: Table<CidKey, Search>,
    lookups: Table<LookupId, CidKey>,
    wake: Deadlines<CidKey>,
    due: BTreeSet<CidKey>,
    /// When the due steps and asks that were too many for one input continue.
    rest_at: Option<Timestamp>,
    /// Peers that broadcasts have not asked yet, and for which wants.
    broadcasting: VecDeque<(CidKey, PeerKey)>,
    /// Peers that broadcasts asked in the current input.
    broadcast_asks: usize,
    /// Providers being dialled, and the wants that they were found for.
    dialing: MultiMap<PeerKey, CidKey>,
}

impl Searches {
    /// Starts a search, or resumes a paused one.
    pub(crate) fn start(&mut self, now: Timestamp, want: CidKey) {
        self.open.or_insert_with(want, || Search {
            view: SearchView::new(want, now),
            lookup: None,
            includes_new_peers: false,
            waited_at: None,
        });
        if self.wake.of(want).is_none() {
            self.due.insert(want);
        }
    }

    /// Ends a search; returns its running look-up, which must be stopped.
    pub(crate) fn end(&mut self, want: CidKey) -> Option<LookupId> {
        self.due.remove(&want);
        self.wake.cancel(want);
        self.open.remove(&want)?.lookup
    }

    /// Pauses a search while the block is asked for.
    pub(crate) fn pause(&mut self, want: CidKey) {
        self.due.remove(&want);
        self.wake.cancel(want);
    }

    pub(crate) fn get(&self, want: CidKey) -> Option<&Search> {
        self.open.get(&want)
    }

    pub(crate) fn get_mut(&mut self, want: CidKey) -> Option<&mut Search> {
        self.open.get_mut(&want)
    }

    /// A peer answered: the count of quiet rounds starts again.
    pub(crate) fn heard(&mut self, want: CidKey) {
        if let Some(search) = self.open.get_mut(&want) {
            search.view.quiet_rounds = 0;
        }
    }

    /// Waits until `at`, within the limits.
    pub(crate) fn wait(&mut self, now: Timestamp, want: CidKey, at: Timestamp) {
        let at =
            at.max(now.after(Limits::SEARCH_WAIT_LEAST)).min(now.after(Limits::SEARCH_WAIT_MOST));
        if let Some(search) = self.open.get_mut(&want) {
            search.waited_at = Some(now);
            self.wake.set(want, at);
        }
    }

    /// Resumes searches whose wait is over; a wait that nothing interrupted was a quiet round.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some(want) = self.wake.pop_due(now) {
            if let Some(search) = self.open.get_mut(&want) {
                search.view.quiet_rounds += u32::from(search.waited_at.take().is_some());
                self.due.insert(want);
            }
        }
    }

    /// Makes a step due at once, since something new is known.
    pub(crate) fn wake_up(&mut self, want: CidKey) {
        if let Some(search) = self.open.get_mut(&want) {
            search.waited_at = None;
            self.wake.cancel(want);
            self.due.insert(want);
        }
    }

    /// Makes the next steps of all searches that wait due at once, since another strategy chooses
    /// them.
    pub(crate) fn wake_all(&mut self) {
        let waiting: Vec<CidKey> = self.wake.keys().copied().collect();
        for want in waiting {
            self.wake_up(want);
        }
    }

    /// Postpones the due steps and asks that are too many for the current input.
    pub(crate) fn put_off_rest(&mut self, now: Timestamp) {
        let has_rest = !self.due.is_empty() || self.is_broadcasting();
        self.rest_at = has_rest.then(|| now.after(Limits::SEARCH_PAUSE));
        self.broadcast_asks = 0;
    }

    /// Adds a broadcast of a want to these peers.
    pub(crate) fn broadcast(&mut self, want: CidKey, peers: Vec<PeerKey>) {
        self.broadcasting.extend(peers.into_iter().map(|peer| (want, peer)));
    }

    /// Whether a broadcast has peers left to ask.
    pub(crate) fn is_broadcasting(&self) -> bool {
        !self.broadcasting.is_empty()
    }

    /// Takes the next peer to ask of a broadcast, unless enough were asked in this input.
    pub(crate) fn next_of_broadcast(&mut self) -> Option<(CidKey, PeerKey)> {
        if self.broadcast_asks >= Limits::BROADCAST_ASKS {
            return None;
        }
        let next = self.broadcasting.pop_front()?;
        self.broadcast_asks += 1;
        Some(next)
    }

    /// Takes a search whose next step is due.
    pub(crate) fn next_due(&mut self) -> Option<CidKey> {
        self.due.pop_first()
    }

    /// Notes that a look-up started.
    pub(crate) fn lookup_begins(&mut self, now: Timestamp, want: CidKey, lookup: LookupId) {
        if let Some(search) = self.open.get_mut(&want) {
            search.lookup = Some(lookup);
            search.view.lookup_running = true;
            search.view.lookups += 1;
            search.view.last_lookup_at = Some(now);
            self.lookups.insert(lookup, want);
        }
    }

    /// The want that a look-up is for, if it is still searched for.
    pub(crate) fn want_of(&self, lookup: LookupId) -> Option<CidKey> {
        self.lookups.get(&lookup).copied().filter(|want| self.open.contains(want))
    }

    /// Notes that a look-up ended; false if it is unknown.
    pub(crate) fn lookup_ends(&mut self, lookup: LookupId) -> bool {
        let Some(want) = self.lookups.remove(&lookup) else {
            return false;
        };
        if let Some(search) = self.open.get_mut(&want).filter(|open| open.lookup == Some(lookup)) {
            search.lookup = None;
            search.view.lookup_running = false;
        }
        true
    }

    /// Notes that a provider is dialled for a want; false if it is being dialled already, or too
    /// many are.
    pub(crate) fn dial(&mut self, provider: PeerKey, want: CidKey) -> bool {
        if !self.dialing.contains(&provider) && self.dialing.len() >= Limits::DIALS {
            return false;
        }
        self.dialing.insert(provider, want)
    }

    /// A provider connected, or its dial failed: takes the wants that it was dialled for.
    pub(crate) fn dial_ended(&mut self, provider: PeerKey) -> BTreeSet<CidKey> {
        self.dialing.take(&provider)
    }

    /// Searches that include newly connected peers, starting with number `first`.
    pub(crate) fn for_new_peers(&self, first: usize) -> impl Iterator<Item = CidKey> {
        let from = self.open.iter().skip(first).chain(self.open.iter().take(first));
        from.filter(|(_, search)| search.includes_new_peers).map(|(want, _)| *want)
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.wake.next().into_iter().chain(self.rest_at).min()
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// The wants that are searched for; for the engine's own checks.
    pub(crate) fn wants(&self) -> impl Iterator<Item = CidKey> {
        self.open.keys().copied()
    }

    /// Whether anything will happen to this search by itself; for the engine's own checks.
    pub(crate) fn is_armed(&self, want: CidKey) -> bool {
        self.wake.of(want).is_some() || self.due.contains(&want)
    }
}
