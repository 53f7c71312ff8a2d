//! Open calls, their CIDs and their credit. Knows nothing of peers.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};

use cid::Cid;

use crate::deadlines::Deadlines;
use crate::ids::{CallId, CidKey, ReadId, SessionId};
use crate::input::CallOptions;
use crate::map::Table;
use crate::short_cid::ShortCid;
use crate::time::Timestamp;

/// A CID of a call.
pub(crate) type CallCid = (CallId, CidKey, Cid);

/// A call: one caller's request for a list of CIDs.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) session: SessionId,
    pub(crate) priority: i32,
    /// How many bytes each of its blocks has, if it was told.
    pub(crate) block_bytes: Option<u32>,
    credit: u32,
    waiting: VecDeque<(CidKey, ShortCid)>,
    /// CIDs not begun that were looked for in our own store, or are: these begin first.
    looked: VecDeque<(CidKey, ShortCid)>,
    started: Table<CidKey, ShortCid>,
}

impl Call {
    /// CIDs that were started and neither delivered nor failed.
    pub(crate) fn started(&self) -> impl ExactSizeIterator<Item = (CidKey, Cid)> {
        self.started.iter().map(|(key, cid)| (*key, cid.into()))
    }

    /// CIDs that were not started.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (CidKey, Cid)> {
        self.looked.iter().chain(&self.waiting).map(|(key, cid)| (*key, cid.into()))
    }
}

/// The open calls of one session.
#[derive(Debug, Default)]
struct OfSession {
    open: BTreeSet<CallId>,
    /// Number of CIDs that were started and have not ended.
    started: usize,
    /// Calls with credit and unstarted CIDs, which wait for room in the session.
    crowded: BTreeSet<CallId>,
}

/// All open calls.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// CIDs of one session that may be started at once.
    most: usize,
    open: Table<CallId, Call>,
    sessions: Table<SessionId, OfSession>,
    /// Calls with credit and unstarted CIDs, whose session had room when they were added.
    ready: BTreeSet<CallId>,
    /// Those of them of which something may be looked for in our own store. They take turns.
    unlooked: BTreeSet<CallId>,
    last_looked: CallId,
    /// The one read of our own store for what finds no room among the open wants.
    pub(crate) look: Option<(ReadId, Vec<CallCid>)>,
    deadlines: Deadlines<CallId>,
}

impl Calls {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Opens a call for distinct `cids`; false if the id is in use, which changes nothing.
    pub(crate) fn open(
        &mut self,
        (call, session): (CallId, SessionId),
        cids: VecDeque<(CidKey, ShortCid)>,
        options: &CallOptions,
        deadline: Option<Timestamp>,
    ) -> bool {
        if self.open.contains(&call) {
            return false;
        }
        let (started, looked) = (Table::default(), VecDeque::new());
        let CallOptions { priority, credit, block_bytes, .. } = *options;
        let waiting = cids;
        let opened = Call { session, priority, block_bytes, credit, waiting, looked, started };
        self.open.insert(call, opened);
        self.sessions.or_default(session).open.insert(call);
        if let Some(at) = deadline {
            self.deadlines.set(call, at);
        }
        self.consider(call);
        true
    }

    /// Adds credit to a call; false if the call is unknown.
    pub(crate) fn demand(&mut self, call: CallId, blocks: u32) -> bool {
        let Some(open) = self.open.get_mut(&call) else {
            return false;
        };
        open.credit = open.credit.saturating_add(blocks);
        self.consider(call);
        true
    }

    /// Starts the next CID of the first call that may start one.
    pub(crate) fn start_next(&mut self) -> Option<(CallId, SessionId, CidKey, Cid)> {
        // Other calls of the session may have taken the room since this one was added.
        while let Some(call) = self.ready.first().copied()
            && !self.has_room(call)
        {
            self.consider(call);
        }
        let call = *self.ready.first()?;
        let open = self.open.get_mut(&call)?;
        let (key, cid) = open.looked.pop_front().or_else(|| open.waiting.pop_front())?;
        let (session, whole) = (open.session, Cid::from(&cid));
        // Most calls can start the next, too, and stay where they are.
        let has_next = open.credit > 1 && open.waiting().next().is_some();
        self.begin((call, key, cid));
        let can_go_on = has_next && self.has_room(call);
        if !can_go_on {
            self.consider(call);
        }
        Some((call, session, key, whole))
    }

    /// Takes one CID of each of up to `most` calls that find no room, to be looked for in our own
    /// store; none while others are looked for.
    pub(crate) fn next_look(&mut self, most: usize) -> Vec<CallCid> {
        let mut look = Vec::new();
        while look.len() < most && self.look.is_none() {
            let mut later = self.unlooked.range((Excluded(self.last_looked), Unbounded));
            let Some(call) = later.next().or_else(|| self.unlooked.first()).copied() else {
                break;
            };
            self.last_looked = call;
            self.unlooked.remove(&call);
            if let Some(open) = self.open.get_mut(&call)
                && let Some((key, cid)) = open.waiting.pop_front()
            {
                look.push((call, key, Cid::from(&cid)));
                open.looked.push_back((key, cid));
            }
        }
        look
    }

    /// A CID was looked for; true if it was found and the caller takes it now: it has begun.
    pub(crate) fn looked(&mut self, call: CallId, key: CidKey, is_found: bool) -> bool {
        let Some(open) = self.open.get_mut(&call) else {
            return false;
        };
        // It may have begun since.
        let waits = open.looked.back().is_some_and(|(last, _)| *last == key);
        let found = if waits && is_found { open.looked.pop_back() } else { None };
        if open.credit > 0
            && let Some((key, cid)) = found
        {
            self.begin((call, key, cid));
            self.consider(call);
            return true;
        }
        // It is looked for again when the caller has credit.
        open.waiting.extend(found);
        self.consider(call);
        false
    }

    /// How many CIDs could begin if more wants might be open.
    pub(crate) fn without_room(&self) -> usize {
        let ready = self.ready.iter().filter_map(|call| self.open.get(call));
        ready.map(|open| open.waiting().take(open.credit as usize).count()).sum()
    }

    /// A CID was delivered or failed: returns it as the caller wrote it, if the call waited for it.
    pub(crate) fn settle(&mut self, call: CallId, key: CidKey) -> Option<Cid> {
        let open = self.open.get_mut(&call)?;
        let cid = open.started.remove(&key)?;
        let session = open.session;
        self.make_room(session, 1);
        Some(Cid::from(&cid))
    }

    /// Whether all CIDs of a call were delivered or failed.
    pub(crate) fn is_done(&self, call: CallId) -> bool {
        let is_done = |open: &Call| open.waiting().next().is_none() && open.started.is_empty();
        self.open.get(&call).is_some_and(is_done)
    }

    /// Removes a call, and returns it with its unfinished CIDs.
    pub(crate) fn close(&mut self, call: CallId) -> Option<Call> {
        self.ready.remove(&call);
        self.unlooked.remove(&call);
        self.deadlines.cancel(call);
        let closed = self.open.remove(&call)?;
        let session = self.sessions.get_mut(&closed.session)?;
        session.open.remove(&call);
        session.crowded.remove(&call);
        if session.open.is_empty() {
            self.sessions.remove(&closed.session);
        } else {
            self.make_room(closed.session, closed.started.len());
        }
        Some(closed)
    }

    /// Takes one call whose timeout expired.
    pub(crate) fn pop_expired(&mut self, now: Timestamp) -> Option<CallId> {
        self.deadlines.pop_due(now)
    }

    /// When a call times out.
    pub(crate) fn times_out_at(&self, call: CallId) -> Option<Timestamp> {
        self.deadlines.of(call)
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    pub(crate) fn get(&self, call: CallId) -> Option<&Call> {
        self.open.get(&call)
    }

    /// Open calls of a session, in the order of their ids.
    pub(crate) fn of_session(&self, session: SessionId) -> Vec<CallId> {
        self.sessions.get(&session).into_iter().flat_map(|of| &of.open).copied().collect()
    }

    /// The CIDs of a session that were started and have not ended.
    pub(crate) fn started_in(&self, session: SessionId) -> impl Iterator<Item = CidKey> {
        let calls = self.sessions.get(&session).into_iter().flat_map(|of| &of.open);
        let open = calls.filter_map(|call| self.open.get(call));
        open.flat_map(|open| open.started.keys().copied())
    }

    /// How many they are.
    pub(crate) fn started_len(&self, session: SessionId) -> usize {
        self.sessions.get(&session).map_or(0, |of| of.started)
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether anything refers to a session; for the engine's own checks.
    pub(crate) fn mentions(&self, session: SessionId) -> bool {
        let open = self.open.values().any(|call| call.session == session);
        open || self.sessions.contains(&session)
    }

    /// Whether nothing is open; for the engine's own checks.
    pub(crate) fn is_idle(&self) -> bool {
        let open = self.open.is_empty() && self.ready.is_empty() && self.sessions.is_empty();
        open && self.deadlines.next().is_none()
    }

    fn begin(&mut self, (call, key, cid): (CallId, CidKey, ShortCid)) {
        if let Some(open) = self.open.get_mut(&call) {
            open.credit = open.credit.saturating_sub(1);
            open.started.insert(key, cid);
            self.sessions.or_default(open.session).started += 1;
        }
    }

    fn has_room(&self, call: CallId) -> bool {
        let session = self.open.get(&call).and_then(|open| self.sessions.get(&open.session));
        session.is_some_and(|of| of.started < self.most)
    }

    /// Adds a call to the list of its state: ready to start a CID, waiting for room, or neither.
    fn consider(&mut self, call: CallId) {
        self.ready.remove(&call);
        self.unlooked.remove(&call);
        let Some(open) = self.open.get(&call) else {
            return;
        };
        if open.credit == 0 || open.waiting().next().is_none() {
            return;
        }
        let session = open.session;
        if self.has_room(call) {
            self.ready.insert(call);
            self.unlooked.insert(call);
        } else {
            self.sessions.or_default(session).crowded.insert(call);
        }
    }

    /// `ended` CIDs of a session are done: as many calls that waited for room may start one.
    fn make_room(&mut self, session: SessionId, ended: usize) {
        let Some(of_session) = self.sessions.get_mut(&session) else {
            return;
        };
        of_session.started = of_session.started.saturating_sub(ended);
        let room = self.most.saturating_sub(of_session.started);
        for _ in 0..room {
            let Some(call) = of_session.crowded.pop_first() else {
                return;
            };
            self.ready.insert(call);
            self.unlooked.insert(call);
        }
    }
}
