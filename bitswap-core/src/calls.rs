//! What callers asked for and how much of it they are ready to take. Knows nothing of peers.

use std::collections::{BTreeSet, VecDeque};

use cid::Cid;

use crate::deadlines::Deadlines;
use crate::ids::{CallId, CidKey, SessionId};
use crate::map::Table;
use crate::time::Timestamp;

/// One caller's request for a list of CIDs.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) session: SessionId,
    pub(crate) priority: i32,
    credit: u32,
    waiting: VecDeque<(CidKey, Cid)>,
    started: Table<CidKey, Cid>,
}

impl Call {
    /// CIDs begun and neither delivered nor failed.
    pub(crate) fn started(&self) -> impl Iterator<Item = (CidKey, Cid)> {
        self.started.iter().map(|(key, cid)| (*key, *cid))
    }

    /// CIDs not begun.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (CidKey, Cid)> {
        self.waiting.iter().copied()
    }
}

/// All open calls.
#[derive(Debug)]
pub(crate) struct Calls {
    started_per_session: usize,
    open: Table<CallId, Call>,
    /// CIDs that each session has begun and not ended.
    started: Table<SessionId, usize>,
    /// Calls with credit, something not begun, and room in their session.
    ready: BTreeSet<CallId>,
    /// The same, but for the room.
    crowded: Table<SessionId, BTreeSet<CallId>>,
    deadlines: Deadlines<CallId>,
}

impl Calls {
    pub(crate) fn new(started_per_session: usize) -> Self {
        Self {
            started_per_session,
            open: Table::default(),
            started: Table::default(),
            ready: BTreeSet::new(),
            crowded: Table::default(),
            deadlines: Deadlines::default(),
        }
    }

    /// Opens a call for distinct `cids`; false if the id is in use, which changes nothing.
    pub(crate) fn open(
        &mut self,
        call: CallId,
        session: SessionId,
        cids: VecDeque<(CidKey, Cid)>,
        (priority, credit, deadline): (i32, u32, Option<Timestamp>),
    ) -> bool {
        if self.open.contains(&call) {
            return false;
        }
        let started = Table::default();
        self.open.insert(call, Call { session, priority, credit, waiting: cids, started });
        if let Some(at) = deadline {
            self.deadlines.set(call, at);
        }
        self.consider(call);
        true
    }

    /// Adds credit.
    pub(crate) fn demand(&mut self, call: CallId, blocks: u32) -> bool {
        let Some(open) = self.open.get_mut(&call) else {
            return false;
        };
        open.credit = open.credit.saturating_add(blocks);
        self.consider(call);
        true
    }

    /// Begins the next CID of the first call that may begin one.
    pub(crate) fn start_next(&mut self) -> Option<(CallId, SessionId, CidKey, Cid)> {
        let call = *self.ready.first()?;
        let open = self.open.get_mut(&call)?;
        let (key, cid) = open.waiting.pop_front()?;
        open.credit = open.credit.saturating_sub(1);
        open.started.insert(key, cid);
        let session = open.session;
        *self.started.or_default(session) += 1;
        self.consider(call);
        Some((call, session, key, cid))
    }

    /// A CID was delivered or failed; the CID as this caller wrote it, if it was waiting for it.
    pub(crate) fn settle(&mut self, call: CallId, key: CidKey) -> Option<Cid> {
        let open = self.open.get_mut(&call)?;
        let cid = open.started.remove(&key)?;
        let session = open.session;
        self.make_room(session, 1);
        Some(cid)
    }

    /// Whether a call has nothing left to come.
    pub(crate) fn is_done(&self, call: CallId) -> bool {
        self.open.get(&call).is_some_and(|open| open.waiting.is_empty() && open.started.is_empty())
    }

    /// Takes a call out, with what it had not got.
    pub(crate) fn close(&mut self, call: CallId) -> Option<Call> {
        self.ready.remove(&call);
        self.deadlines.cancel(call);
        let closed = self.open.remove(&call)?;
        if let Some(crowded) = self.crowded.get_mut(&closed.session) {
            crowded.remove(&call);
        }
        self.make_room(closed.session, closed.started.len());
        Some(closed)
    }

    /// Takes one call whose time is over.
    pub(crate) fn pop_expired(&mut self, now: Timestamp) -> Option<CallId> {
        self.deadlines.pop_due(now)
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    pub(crate) fn get(&self, call: CallId) -> Option<&Call> {
        self.open.get(&call)
    }

    /// Open calls of a session, in the table's order. Walks all calls: for a session's end only.
    pub(crate) fn of_session(&self, session: SessionId) -> Vec<CallId> {
        let theirs = self.open.iter().filter(|(_, call)| call.session == session);
        theirs.map(|(id, _)| *id).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether anything refers to a session; for the engine's own checks.
    pub(crate) fn mentions(&self, session: SessionId) -> bool {
        let open = self.open.values().any(|call| call.session == session);
        open || self.started.contains(&session) || self.crowded.contains(&session)
    }

    /// Whether nothing is open; for the engine's own checks.
    pub(crate) fn is_idle(&self) -> bool {
        let open = self.open.is_empty() && self.ready.is_empty() && self.crowded.is_empty();
        open && self.started.is_empty() && self.deadlines.next().is_none()
    }

    fn consider(&mut self, call: CallId) {
        let Some(open) = self.open.get(&call) else {
            return;
        };
        let session = open.session;
        self.ready.remove(&call);
        if open.credit == 0 || open.waiting.is_empty() {
            return;
        }
        if self.started.get(&session).is_none_or(|started| *started < self.started_per_session) {
            self.ready.insert(call);
        } else {
            self.crowded.or_default(session).insert(call);
        }
    }

    /// So many CIDs of a session are over: calls that waited for room may begin.
    fn make_room(&mut self, session: SessionId, ended: usize) {
        if let Some(started) = self.started.get_mut(&session) {
            *started = started.saturating_sub(ended);
            if *started == 0 {
                self.started.remove(&session);
            }
        }
        for call in self.crowded.remove(&session).unwrap_or_default() {
            self.consider(call);
        }
    }
}
