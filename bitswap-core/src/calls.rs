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
#[derive(Debug, Default)]
pub(crate) struct Calls {
    open: Table<CallId, Call>,
    /// Calls with credit and something not begun.
    ready: BTreeSet<CallId>,
    deadlines: Deadlines<CallId>,
}

impl Calls {
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
        self.consider(call);
        Some((call, session, key, cid))
    }

    /// A CID was delivered or failed; the CID as this caller wrote it, if it was waiting for it.
    pub(crate) fn settle(&mut self, call: CallId, key: CidKey) -> Option<Cid> {
        self.open.get_mut(&call)?.started.remove(&key)
    }

    /// Whether a call has nothing left to come.
    pub(crate) fn is_done(&self, call: CallId) -> bool {
        self.open.get(&call).is_some_and(|open| open.waiting.is_empty() && open.started.is_empty())
    }

    /// Takes a call out, with what it had not got.
    pub(crate) fn close(&mut self, call: CallId) -> Option<Call> {
        self.ready.remove(&call);
        self.deadlines.cancel(call);
        self.open.remove(&call)
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

    fn consider(&mut self, call: CallId) {
        let may_start =
            self.open.get(&call).is_some_and(|open| open.credit > 0 && !open.waiting.is_empty());
        if may_start {
            self.ready.insert(call);
        } else {
            self.ready.remove(&call);
        }
    }
}
