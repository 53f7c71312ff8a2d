//! The running searches: one for each session that wants something, its progress and its next step.
//! Decides nothing, and sends nothing.

use std::collections::{BTreeSet, VecDeque};

use crate::deadlines::{Deadlines, sooner};
use crate::ids::{CidKey, LookupId, PeerKey, SessionId};
use crate::limits::Limits;
use crate::map::{MultiMap, Table};
use crate::strategy::Reason;
use crate::time::Timestamp;

/// A search: what was done for its session so far.
#[derive(Debug, Default)]
pub(crate) struct Search {
    pub(crate) started_at: Timestamp,
    /// Broadcasts of all wants, since the block that came before the last of them.
    pub(crate) broadcasts: u32,
    pub(crate) last_broadcast_at: Option<Timestamp>,
    /// Whether the first broadcast left peers for later, and all were not asked since.
    pub(crate) others_left: bool,
    pub(crate) lookup: Option<Lookup>,
    pub(crate) lookups: u32,
    pub(crate) last_lookup_at: Option<Timestamp>,
    pub(crate) providers_found: u32,
    /// Providers whose dial failed.
    pub(crate) unreachable: u32,
    pub(crate) haves: u32,
    pub(crate) relayed_haves: u32,
    pub(crate) quiet_rounds: u32,
    /// How newly connected peers are asked: as the last broadcast to all peers did.
    pub(crate) for_new_peers: Option<BroadcastParams>,
    waited_at: Option<Timestamp>,
    /// Why its provider finder chose the last step.
    pub(crate) reason: Reason,
}

/// A running look-up of a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup {
    pub(crate) id: LookupId,
    pub(crate) found: u32,
}

/// How the want-haves of a broadcast are sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BroadcastParams {
    /// The TTL at peers that relay; `None` = the session's own.
    pub(crate) ttl: Option<u8>,
}

/// A want-have that a broadcast has yet to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BroadcastAsk {
    pub(crate) want: CidKey,
    pub(crate) peer: PeerKey,
    pub(crate) params: BroadcastParams,
}

/// All running searches.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    open: Table<SessionId, Search>,
    lookups: Table<LookupId, (SessionId, CidKey)>,
    wake: Deadlines<SessionId>,
    due: BTreeSet<SessionId>,
    /// When the due steps and asks that were too many for one input continue.
    rest_at: Option<Timestamp>,
    /// What broadcasts have not asked yet.
    broadcasting: VecDeque<BroadcastAsk>,
    /// Peers that broadcasts asked in the current input.
    broadcast_asks: usize,
    /// Providers being dialled, and the sessions that they were found for.
    dialing: MultiMap<PeerKey, SessionId>,
}

impl Searches {
    /// Starts the search of a session that wants something, if it has none.
    pub(crate) fn start(&mut self, now: Timestamp, session: SessionId) {
        let due = &mut self.due;
        self.open.or_insert_with(session, || {
            due.insert(session);
            Search { started_at: now, ..Search::default() }
        });
    }

    /// Ends the search of a session that wants nothing any more; returns its running look-up, which
    /// must be stopped.
    pub(crate) fn end(&mut self, session: SessionId) -> Option<LookupId> {
        let ended = self.open.remove(&session)?;
        self.due.remove(&session);
        self.wake.cancel(session);
        ended.lookup.map(|lookup| lookup.id)
    }

    pub(crate) fn get(&self, session: SessionId) -> Option<&Search> {
        self.open.get(&session)
    }

    pub(crate) fn get_mut(&mut self, session: SessionId) -> Option<&mut Search> {
        self.open.get_mut(&session)
    }

    /// The provider finder chose a step.
    pub(crate) fn decided(&mut self, session: SessionId, reason: Reason) {
        if let Some(search) = self.open.get_mut(&session) {
            search.reason = reason;
        }
    }

    /// A peer answered: the count of quiet rounds starts again.
    pub(crate) fn heard(&mut self, session: SessionId) {
        if let Some(search) = self.open.get_mut(&session) {
            search.quiet_rounds = 0;
        }
    }

    /// A peer answered HAVE, `hops` from the block. A first one through a relay makes a step due.
    pub(crate) fn have_received(&mut self, session: SessionId, hops: u8) {
        if let Some(search) = self.open.get_mut(&session) {
            search.quiet_rounds = 0;
            search.haves = search.haves.saturating_add(1);
            search.relayed_haves = search.relayed_haves.saturating_add(u32::from(hops > 0));
            if hops > 0 && search.relayed_haves == 1 {
                self.wake_up(session);
            }
        }
    }

    /// Waits until `at`, within the limits.
    pub(crate) fn wait(&mut self, now: Timestamp, session: SessionId, at: Timestamp) {
        let at =
            at.max(now.after(Limits::SEARCH_WAIT_LEAST)).min(now.after(Limits::SEARCH_WAIT_MOST));
        if let Some(search) = self.open.get_mut(&session) {
            search.waited_at = Some(now);
            self.wake.set(session, at);
        }
    }

    /// Resumes searches whose wait is over; a wait that nothing interrupted was a quiet round.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some(session) = self.wake.pop_due(now) {
            if let Some(search) = self.open.get_mut(&session) {
                let is_quiet = search.waited_at.take().is_some();
                search.quiet_rounds = search.quiet_rounds.saturating_add(is_quiet.into());
                self.due.insert(session);
            }
        }
    }

    /// Makes a step due at once, since something new is known.
    pub(crate) fn wake_up(&mut self, session: SessionId) {
        if let Some(search) = self.open.get_mut(&session) {
            search.waited_at = None;
            self.wake.cancel(session);
            self.due.insert(session);
        }
    }

    /// Makes the next steps of all searches that wait due at once, since another strategy chooses
    /// them.
    pub(crate) fn wake_all(&mut self) {
        let waiting: Vec<SessionId> = self.wake.keys().copied().collect();
        for session in waiting {
            self.wake_up(session);
        }
    }

    /// Postpones the due steps and asks that are too many for the current input.
    pub(crate) fn put_off_rest(&mut self, now: Timestamp) {
        let has_rest = !self.due.is_empty() || self.is_broadcasting();
        self.rest_at = has_rest.then(|| now.after(Limits::SEARCH_PAUSE));
        self.broadcast_asks = 0;
    }

    /// Adds a broadcast of a want to these peers.
    pub(crate) fn broadcast(&mut self, want: CidKey, peers: &[PeerKey], params: BroadcastParams) {
        self.broadcasting.extend(peers.iter().map(|peer| BroadcastAsk {
            want,
            peer: *peer,
            params,
        }));
    }

    /// Whether a broadcast has peers left to ask.
    pub(crate) fn is_broadcasting(&self) -> bool {
        !self.broadcasting.is_empty()
    }

    /// Takes the next ask of a broadcast, unless enough were made in this input.
    pub(crate) fn next_of_broadcast(&mut self) -> Option<BroadcastAsk> {
        if self.broadcast_asks >= Limits::BROADCAST_ASKS {
            return None;
        }
        let next = self.broadcasting.pop_front()?;
        self.broadcast_asks += 1;
        Some(next)
    }

    /// Takes a session whose search has a step due.
    pub(crate) fn next_due(&mut self) -> Option<SessionId> {
        self.due.pop_first()
    }

    /// Notes that a look-up started.
    pub(crate) fn lookup_begins(
        &mut self,
        now: Timestamp,
        (session, want): (SessionId, CidKey),
        id: LookupId,
    ) {
        if let Some(search) = self.open.get_mut(&session) {
            search.lookup = Some(Lookup { id, found: 0 });
            search.lookups = search.lookups.saturating_add(1);
            search.last_lookup_at = Some(now);
            self.lookups.insert(id, (session, want));
        }
    }

    /// The search and the want that a look-up is for, if it was not stopped.
    pub(crate) fn of_lookup(&self, id: LookupId) -> Option<(SessionId, CidKey)> {
        let (session, want) = self.lookups.get(&id).copied()?;
        let lookup = self.open.get(&session)?.lookup?;
        (lookup.id == id).then_some((session, want))
    }

    /// Notes that a look-up ended; false if it is unknown.
    pub(crate) fn lookup_ends(&mut self, id: LookupId) -> bool {
        let Some((session, _)) = self.lookups.remove(&id) else {
            return false;
        };
        if let Some(search) = self.open.get_mut(&session)
            && search.lookup.is_some_and(|lookup| lookup.id == id)
        {
            search.lookup = None;
        }
        true
    }

    /// Notes that a provider is dialled for a session; false if it is being dialled already, or too
    /// many are.
    pub(crate) fn dial(&mut self, provider: PeerKey, session: SessionId) -> bool {
        if !self.dialing.contains(&provider) && self.dialing.len() >= Limits::DIALS {
            return false;
        }
        self.dialing.insert(provider, session)
    }

    /// A provider connected, or its dial failed: takes the sessions that it was dialled for.
    pub(crate) fn dial_ended(&mut self, provider: PeerKey) -> BTreeSet<SessionId> {
        self.dialing.take(&provider)
    }

    /// Whether a provider is being dialled for a session.
    pub(crate) fn is_dialing_for(&self, session: SessionId) -> bool {
        self.dialing.values().any(|waits| *waits == session)
    }

    /// Whether the next step of a search is due, or asks of a broadcast are.
    pub(crate) fn is_at_work(&self, session: SessionId) -> bool {
        self.due.contains(&session) || self.is_broadcasting()
    }

    /// Sessions that newly connected peers are asked for, and how, starting with number `first`.
    pub(crate) fn for_new_peers(
        &self,
        first: usize,
    ) -> impl Iterator<Item = (SessionId, BroadcastParams)> {
        let from = self.open.iter().skip(first).chain(self.open.iter().take(first));
        from.filter_map(|(session, search)| Some((*session, search.for_new_peers?)))
    }

    /// When the next step of a search that waits is due.
    pub(crate) fn waits_until(&self, session: SessionId) -> Option<Timestamp> {
        self.wake.of(session)
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        sooner(self.wake.next(), self.rest_at)
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// The sessions that have a search.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = SessionId> {
        self.open.keys().copied()
    }

    /// Whether anything will happen to this search by itself.
    pub(crate) fn is_armed(&self, session: SessionId) -> bool {
        self.wake.of(session).is_some() || self.due.contains(&session)
    }
}
