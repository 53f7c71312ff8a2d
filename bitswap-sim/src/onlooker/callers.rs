//! What callers wait for: I2, and the half of I1 and I4 that faces them.

use std::collections::BTreeSet;

use bitswap_core::{CallId, CallOptions, SessionId, Table, Timestamp};
use cid::Cid;

use super::{Verdict, breach, name};

/// All open calls, and what each has still to be told of.
#[derive(Debug, Default)]
pub(super) struct Callers {
    open: Table<CallId, Call>,
    /// How many calls wait for each CID, by its name.
    waiting: Table<u64, u32>,
    /// The same by the name of its bytes.
    waiting_for_bytes: Table<u64, u32>,
    /// What is waited for, once for each call.
    pairs: usize,
    deadlines: BTreeSet<(Timestamp, CallId)>,
    /// Calls that have credit for more than they were told of.
    hungry: usize,
}

#[derive(Debug)]
struct Call {
    session: SessionId,
    /// Names of CIDs, and of their bytes.
    left: Table<u64, u64>,
    deadline: Option<Timestamp>,
    credit: u64,
    told: u64,
}

impl Call {
    fn is_hungry(&self) -> bool {
        !self.left.is_empty() && self.told < self.credit
    }
}

impl Callers {
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
        for cid in cids {
            let (of_cid, of_bytes) = (name::of_cid(cid), name::of_hash(cid.hash()));
            if left.insert(of_cid, of_bytes).is_none() {
                self.pairs += 1;
                *self.waiting.or_default(of_cid) += 1;
                *self.waiting_for_bytes.or_default(of_bytes) += 1;
            }
        }
        let deadline = options.timeout.map(|timeout| now.after(timeout));
        self.deadlines.extend(deadline.map(|at| (at, id)));
        let call = Call { session, left, deadline, credit: u64::from(options.credit), told: 0 };
        self.hungry += usize::from(call.is_hungry());
        self.open.insert(id, call);
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
        if let Some(at) = call.deadline {
            self.deadlines.remove(&(at, id));
        }
        for (of_cid, of_bytes) in call.left.iter() {
            self.no_longer(*of_cid, *of_bytes);
        }
    }

    /// A call is told of a CID: once, and only of what it waits for.
    pub(super) fn told(&mut self, id: CallId, cid: &Cid) -> Verdict {
        let of_cid = name::of_cid(cid);
        let Some(call) = self.open.get_mut(&id) else {
            return breach(2, || format!("{id:?}, which is over, was told of {cid}"));
        };
        let before = call.is_hungry();
        let Some(of_bytes) = call.left.remove(&of_cid) else {
            return breach(2, || format!("{id:?} was told of {cid}, which it did not wait for"));
        };
        call.told += 1;
        self.hungry += usize::from(call.is_hungry());
        self.hungry -= usize::from(before);
        self.no_longer(of_cid, of_bytes);
        Ok(())
    }

    /// A call hears that nothing more comes.
    pub(super) fn finished(&mut self, id: CallId) -> Verdict {
        let Some(call) = self.open.remove(&id) else {
            return breach(2, || format!("{id:?}, which is over, was finished"));
        };
        if let Some(at) = call.deadline {
            self.deadlines.remove(&(at, id));
        }
        let left = call.left.len();
        if left > 0 {
            return breach(2, || format!("{id:?} was finished with {left} CIDs left"));
        }
        Ok(())
    }

    /// Calls that wait for this CID, by its name.
    pub(super) fn waiting_for(&self, of_cid: u64) -> u32 {
        self.waiting.get(&of_cid).copied().unwrap_or(0)
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

    /// The same, once for each call.
    pub(super) const fn pairs(&self) -> usize {
        self.pairs
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    fn no_longer(&mut self, of_cid: u64, of_bytes: u64) {
        self.pairs -= 1;
        less(&mut self.waiting, of_cid);
        less(&mut self.waiting_for_bytes, of_bytes);
    }
}

fn less(counts: &mut Table<u64, u32>, name: u64) {
    if let Some(count) = counts.get_mut(&name) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&name);
        }
    }
}
