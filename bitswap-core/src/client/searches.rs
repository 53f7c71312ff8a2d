//! One search for each want that nobody nearby can serve: what was tried, and when to go on.

use std::collections::BTreeSet;

use crate::deadlines::Deadlines;
use crate::ids::{CidKey, LookupId, PeerKey};
use crate::limits::Limits;
use crate::map::{MultiMap, Table};
use crate::strategy::SearchView;
use crate::time::Timestamp;

/// A search and its look-up, if one runs.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) view: SearchView,
    pub(crate) lookup: Option<LookupId>,
    /// Whether the last broadcast went to everybody, so that newcomers are asked too.
    pub(crate) includes_new_peers: bool,
    waited_at: Option<Timestamp>,
}

/// All searches.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    open: Table<CidKey, Search>,
    lookups: Table<LookupId, CidKey>,
    wake: Deadlines<CidKey>,
    due: BTreeSet<CidKey>,
    /// When the steps that are due and were too many for one input go on.
    rest_at: Option<Timestamp>,
    /// Providers being dialled, and the wants they were found for.
    dialing: MultiMap<PeerKey, CidKey>,
}

impl Searches {
    /// Starts a search, or wakes one that paused.
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

    /// The want is over; its running look-up, to be stopped.
    pub(crate) fn end(&mut self, want: CidKey) -> Option<LookupId> {
        self.due.remove(&want);
        self.wake.cancel(want);
        self.open.remove(&want)?.lookup
    }

    /// The want is asked of somebody: no further step until it is not.
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

    /// Somebody answered: the rounds are not quiet.
    pub(crate) fn heard(&mut self, want: CidKey) {
        if let Some(search) = self.open.get_mut(&want) {
            search.view.quiet_rounds = 0;
        }
    }

    /// Waits until `at`, within bounds.
    pub(crate) fn wait(&mut self, now: Timestamp, want: CidKey, at: Timestamp) {
        let at =
            at.max(now.after(Limits::SEARCH_WAIT_LEAST)).min(now.after(Limits::SEARCH_WAIT_MOST));
        if let Some(search) = self.open.get_mut(&want) {
            search.waited_at = Some(now);
            self.wake.set(want, at);
        }
    }

    /// Wakes what has waited long enough; a wait that nobody broke was a quiet round.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some(want) = self.wake.pop_due(now) {
            if let Some(search) = self.open.get_mut(&want) {
                search.view.quiet_rounds += u32::from(search.waited_at.take().is_some());
                self.due.insert(want);
            }
        }
    }

    /// Something new is known: the finder is asked at once.
    pub(crate) fn wake_up(&mut self, want: CidKey) {
        if let Some(search) = self.open.get_mut(&want) {
            search.waited_at = None;
            self.wake.cancel(want);
            self.due.insert(want);
        }
    }

    /// The input in hand takes no more steps: those that are due are taken a moment later.
    pub(crate) fn put_off_rest(&mut self, now: Timestamp) {
        self.rest_at = (!self.due.is_empty()).then(|| now.after(Limits::SEARCH_PAUSE));
    }

    /// Takes a search whose next step is due.
    pub(crate) fn next_due(&mut self) -> Option<CidKey> {
        self.due.pop_first()
    }

    /// A look-up begins.
    pub(crate) fn lookup_begins(&mut self, now: Timestamp, want: CidKey, lookup: LookupId) {
        if let Some(search) = self.open.get_mut(&want) {
            search.lookup = Some(lookup);
            search.view.lookup_running = true;
            search.view.lookups += 1;
            search.view.last_lookup_at = Some(now);
            self.lookups.insert(lookup, want);
        }
    }

    /// The want that a look-up is for, if it is still searched.
    pub(crate) fn want_of(&self, lookup: LookupId) -> Option<CidKey> {
        self.lookups.get(&lookup).copied().filter(|want| self.open.contains(want))
    }

    /// A look-up is over; false if it is not known.
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

    /// A provider is dialled for a want; false if it is being dialled already, or too many are.
    pub(crate) fn dial(&mut self, provider: PeerKey, want: CidKey) -> bool {
        if !self.dialing.contains(&provider) && self.dialing.len() >= Limits::DIALS {
            return false;
        }
        self.dialing.insert(provider, want)
    }

    /// A provider has come, or never will: the wants it was dialled for.
    pub(crate) fn dial_ended(&mut self, provider: PeerKey) -> BTreeSet<CidKey> {
        self.dialing.take(&provider)
    }

    /// Searches that newcomers are to be asked for, from the `first` of all on.
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

    /// What is searched; for the engine's own checks.
    pub(crate) fn wants(&self) -> impl Iterator<Item = CidKey> {
        self.open.keys().copied()
    }

    /// Whether something will happen to this search by itself.
    pub(crate) fn is_armed(&self, want: CidKey) -> bool {
        self.wake.of(want).is_some() || self.due.contains(&want)
    }
}
