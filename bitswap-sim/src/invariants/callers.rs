//! What callers wait for: I2, and the half of I1 and I4 that faces them.

use std::collections::BTreeSet;
use std::hash::Hash;

use bitswap_core::{CallId, CallOptions, SessionId, Table, Timestamp};
use cid::Cid;

use super::{CheckResult, name, violation};

/// All open calls, and what each has still to be told of.
#[derive(Debug, Default)]
pub(super) struct Callers {
    open: Table<CallId, Call>,
    /// How many calls wait for each CID, by its name.
    waiting: Table<u64, u32>,
    /// Since when any call waits for each CID, by its name.
    since: Table<u64, Timestamp>,
    /// How many calls wait for the bytes of each CID, by the name of the bytes.
    waiting_for_bytes: Table<u64, u32>,
    /// How many of these calls may not have begun all that they want, by the name of the bytes.
    unsure_of_bytes: Table<u64, u32>,
    /// What is waited for, once for each call.
    pairs: usize,
    /// How many open calls each session has.
    sessions: Table<SessionId, u32>,
    deadlines: BTreeSet<(Timestamp, CallId)>,
    /// Calls that have credit for more than they were told of.
    hungry: usize,
    /// When a block last came for the only session there is.
    fed_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Call {
    session: SessionId,
    /// Names of CIDs, and of their bytes.
    left: Table<u64, u64>,
    deadline: Option<Timestamp>,
    /// Whether it had credit for all it wants from the start.
    is_paid: bool,
    credit: u64,
    told: u64,
}

impl Call {
    fn is_hungry(&self) -> bool {
        !self.left.is_empty() && self.told < self.credit
    }
}

impl Callers {
    /// So many sessions are looked at after one input.
    const FEW: u64 = 16;

    pub(super) fn open(
        &mut self,
        now: Timestamp,
        (session, id): (SessionId, CallId),
        cids: &[Cid],
        options: &CallOptions,
    ) {
        if self.open.contains(&id) {
            return;
        }
        let mut left = Table::default();
        let is_paid = cids.len() <= options.credit as usize;
        for cid in cids {
            let (of_cid, of_bytes) = (name::of_cid(cid), name::of_hash(cid.hash()));
            if left.insert(of_cid, of_bytes).is_none() {
                *self.waiting.or_default(of_cid) += 1;
                self.since.or_insert_with(of_cid, || now);
                *self.waiting_for_bytes.or_default(of_bytes) += 1;
                self.pairs += 1;
                if !is_paid {
                    *self.unsure_of_bytes.or_default(of_bytes) += 1;
                }
            }
        }
        let deadline = options.timeout.map(|timeout| now.after(timeout));
        self.deadlines.extend(deadline.map(|at| (at, id)));
        let credit = u64::from(options.credit);
        let call = Call { session, left, deadline, is_paid, credit, told: 0 };
        self.hungry += usize::from(call.is_hungry());
        self.open.insert(id, call);
        if !self.sessions.contains(&session) {
            self.fed_at = None;
        }
        *self.sessions.or_default(session) += 1;
    }

    /// A block came that is wanted.
    pub(super) fn feed(&mut self, now: Timestamp) {
        self.fed_at = (self.sessions.len() == 1).then_some(now);
    }

    /// When a block last came for the only session there is, if it did and is known.
    pub(super) const fn fed_at(&self) -> Option<Timestamp> {
        self.fed_at
    }

    pub(super) fn demand(&mut self, id: CallId, more: u32) {
        if let Some(call) = self.open.get_mut(&id) {
            self.hungry -= usize::from(call.is_hungry());
            call.credit += u64::from(more);
            self.hungry += usize::from(call.is_hungry());
        }
    }

    /// The caller gave up.
    pub(super) fn cancel(&mut self, id: CallId) {
        let Some(call) = self.open.remove(&id) else {
            return;
        };
        self.hungry -= usize::from(call.is_hungry());
        self.end(id, &call);
        for (of_cid, of_bytes) in call.left.iter() {
            self.no_longer(*of_cid, *of_bytes, call.is_paid);
        }
    }

    /// A call is told of a CID: once, and only of what it waits for.
    pub(super) fn told(&mut self, id: CallId, cid: &Cid) -> CheckResult {
        let of_cid = name::of_cid(cid);
        let Some(call) = self.open.get_mut(&id) else {
            return violation(2, || format!("{id:?}, which is over, was told of {cid}"));
        };
        let before = call.is_hungry();
        let Some(of_bytes) = call.left.remove(&of_cid) else {
            return violation(2, || format!("{id:?} was told of {cid}, which it did not wait for"));
        };
        call.told += 1;
        self.hungry += usize::from(call.is_hungry());
        self.hungry -= usize::from(before);
        let is_paid = call.is_paid;
        self.no_longer(of_cid, of_bytes, is_paid);
        Ok(())
    }

    /// A call hears that nothing more comes.
    pub(super) fn finished(&mut self, id: CallId) -> CheckResult {
        let Some(call) = self.open.remove(&id) else {
            return violation(2, || format!("{id:?}, which is over, was finished"));
        };
        self.end(id, &call);
        let left = call.left.len();
        if left > 0 {
            return violation(2, || format!("{id:?} was finished with {left} CIDs left"));
        }
        Ok(())
    }

    /// Calls that wait for this CID, by its name.
    pub(super) fn waiting_for(&self, of_cid: u64) -> u32 {
        self.waiting.get(&of_cid).copied().unwrap_or(0)
    }

    /// Since when a call waits for this CID.
    pub(super) fn waiting_since(&self, of_cid: u64) -> Option<Timestamp> {
        self.since.get(&of_cid).copied()
    }

    /// Whether any call waits for these bytes.
    pub(super) fn want_bytes(&self, of_bytes: u64) -> bool {
        self.waiting_for_bytes.contains(&of_bytes)
    }

    /// A call whose time was over before this moment, and its end.
    pub(super) fn overdue(&self, now: Timestamp) -> Option<(Timestamp, CallId)> {
        self.deadlines.first().copied().filter(|(at, _)| *at <= now)
    }

    /// An open call of a session.
    pub(super) fn of_session(&self, session: SessionId) -> Option<CallId> {
        self.open.iter().find_map(|(id, call)| (call.session == session).then_some(*id))
    }

    /// Whether somebody would take more than was begun and told.
    pub(super) const fn are_hungry(&self) -> bool {
        self.hungry > 0
    }

    pub(super) fn are_gone(&self) -> bool {
        self.open.is_empty()
    }

    /// CIDs that anybody waits for.
    pub(super) fn wants(&self) -> usize {
        self.waiting.len()
    }

    /// Whether all calls that wait for these bytes have begun to, where so many may.
    pub(super) fn began(&self, of_bytes: u64, most: usize) -> bool {
        self.pairs <= most && !self.unsure_of_bytes.contains(&of_bytes)
    }

    /// Calls that wait for these bytes, once for each CID of them.
    pub(super) fn calls_for(&self, of_bytes: u64) -> usize {
        self.waiting_for_bytes.get(&of_bytes).map_or(0, |count| *count as usize)
    }

    /// What a call waits for.
    pub(super) fn left_of(&self, id: CallId) -> usize {
        self.open.get(&id).map_or(0, |call| call.left.len())
    }

    /// The number of CIDs that all calls of a session wait for, plus the number of these calls.
    pub(super) fn left_in(&self, session: SessionId) -> usize {
        let calls = self.open.values().filter(|call| call.session == session);
        calls.map(|call| 1 + call.left.len()).sum()
    }

    pub(super) fn is_open(&self, id: CallId) -> bool {
        self.open.contains(&id)
    }

    /// Sessions with open calls: all of them if they are few, or else some, by `turn`.
    pub(super) fn some_sessions(&self, turn: u64) -> Vec<SessionId> {
        let places = self.sessions.len() as u64;
        let from = if places > Self::FEW { turn % places } else { 0 } as usize;
        let some = self.sessions.keys().skip(from).take(Self::FEW as usize);
        some.copied().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    fn end(&mut self, id: CallId, call: &Call) {
        if let Some(at) = call.deadline {
            self.deadlines.remove(&(at, id));
        }
        less(&mut self.sessions, &call.session);
        if !self.sessions.contains(&call.session) {
            self.fed_at = None;
        }
    }

    fn no_longer(&mut self, of_cid: u64, of_bytes: u64, is_paid: bool) {
        self.pairs -= 1;
        if !is_paid {
            less(&mut self.unsure_of_bytes, &of_bytes);
        }
        less(&mut self.waiting, &of_cid);
        if !self.waiting.contains(&of_cid) {
            self.since.remove(&of_cid);
        }
        less(&mut self.waiting_for_bytes, &of_bytes);
    }
}

fn less<K: Hash + Eq>(counts: &mut Table<K, u32>, name: &K) {
    if let Some(count) = counts.get_mut(name) {
        *count -= 1;
        if *count == 0 {
            counts.remove(name);
        }
    }
}
