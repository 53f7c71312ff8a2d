//! Inputs of callers: open a call, give credit, cancel.

use std::collections::VecDeque;

use super::ClientRoom;
use super::sessions::Session;
use super::wants::Want;
use crate::action::{Action, Failure};
use crate::config::RelayConfig;
use crate::event::WantOutcome;
use crate::ids::{CallId, CidKey, SessionId};
use crate::input::{NewCall, SessionOptions};
use crate::limits::Limits;
use crate::map::Table;
use crate::strategy::StrategyEvent;

impl ClientRoom<'_> {
    pub(crate) fn open_call(&mut self, new: &NewCall) {
        let NewCall { session, call, ref cids, ref options } = *new;
        if self.calls.get(call).is_some() {
            self.out.stats.stray_inputs += 1;
            return;
        }
        let mut distinct = Table::default();
        for cid in cids {
            distinct.insert(self.config.keys().cid(cid), *cid);
        }
        if let Some(why) = self.refuses(cids.len()) {
            for (_, cid) in distinct.iter() {
                self.out.act(Action::Fail { call, cid: *cid, why: why.clone() });
            }
            self.out.act(Action::Finish { call });
            return;
        }
        let waiting: VecDeque<_> =
            distinct.iter().map(|(key, cid)| (*key, (*cid).into())).collect();
        let deadline = options.timeout.map(|timeout| self.now.after(timeout));
        self.find_or_open(session);
        self.calls.open((call, session), waiting, options, deadline);
        self.finish_if_done(call);
    }

    pub(crate) fn open_session(
        &mut self,
        session: SessionId,
        options: SessionOptions,
        has_router: bool,
    ) {
        let SessionOptions { ttl, ends_early, timeout } = options;
        if let Some(open) = self.find_or_open(session) {
            open.ttl = ttl.map_or(open.ttl, |ttl| ttl.min(RelayConfig::MAX_TTL));
            open.timeout = timeout.or_else(|| ends_early.then_some(Limits::SESSION_TIMEOUT));
        }
        if ends_early {
            self.early_ends.add(session, has_router);
        }
    }

    pub(super) fn find_or_open(&mut self, session: SessionId) -> Option<&mut Session> {
        if self.sessions.get(session).is_none() {
            self.strategies.notify(self.now, &StrategyEvent::SessionOpened { session });
        }
        self.sessions.open(self.now, session);
        self.sessions.get_mut(session)
    }

    pub(crate) fn demand(&mut self, call: CallId, blocks: u32) {
        if !self.calls.demand(call, blocks) {
            self.out.stats.stray_inputs += 1;
        }
    }

    /// Cancels a call: nothing more is delivered to it.
    pub(crate) fn cancel_call(&mut self, call: CallId) {
        let Some(closed) = self.calls.close(call) else {
            self.out.stats.stray_inputs += 1;
            return;
        };
        for (key, _) in closed.started() {
            self.drop_interest(key, call, WantOutcome::Cancelled);
        }
    }

    /// Closes a session; all its calls fail.
    pub(crate) fn close_session(&mut self, session: SessionId) {
        self.early_ends.forget(session);
        for call in self.calls.of_session(session) {
            self.fail_call(call, &Failure::Closed, WantOutcome::Cancelled);
        }
        let Some(closed) = self.sessions.close(self.peers, session) else {
            self.out.stats.stray_inputs += 1;
            return;
        };
        self.strategies.notify(self.now, &StrategyEvent::SessionClosed { session });
        for kind in closed.hash_kinds {
            self.wants.release_hash(kind);
        }
    }

    /// Fails the calls whose timeout expired, and those of sessions of which nothing came.
    pub(crate) fn expire_calls(&mut self) {
        let mut expired = Vec::new();
        while let Some(call) = self.calls.pop_expired(self.now) {
            expired.push(call);
        }
        while let Some(session) = self.sessions.pop_timeout(self.now) {
            let heard = (&*self.peers, &*self.wants, self.config.timeouts.max);
            let waits = self.calls.started_len(session) > 0;
            if waits && self.sessions.is_over(self.now, heard, session) {
                expired.extend(self.calls.of_session(session));
            }
        }
        for call in expired {
            self.fail_call(call, &Failure::TimedOut, WantOutcome::TimedOut);
        }
    }

    /// Fails the rest of a call.
    fn fail_call(&mut self, call: CallId, why: &Failure, outcome: WantOutcome) {
        let Some(closed) = self.calls.close(call) else {
            return;
        };
        for (key, cid) in closed.started() {
            self.drop_interest(key, call, outcome);
            self.out.act(Action::Fail { call, cid, why: why.clone() });
        }
        for (_, cid) in closed.waiting() {
            self.out.act(Action::Fail { call, cid, why: why.clone() });
        }
        self.out.act(Action::Finish { call });
    }

    /// Removes one caller from a want. The want ends with its last caller; it moves to another
    /// session if the one that decided about it has no caller left.
    pub(super) fn drop_interest(&mut self, key: CidKey, call: CallId, outcome: WantOutcome) {
        let Some(want) = self.wants.get(key) else {
            return;
        };
        if want.interest.iter().all(|interest| interest.call == call) {
            self.end_want(key, outcome);
            return;
        }
        let (order, before, phase) = (want.order, want.session(), want.phase());
        let asks_less = self.wants.drop_interest(self.peers, key, call);
        let after = self.wants.get(key).and_then(Want::session);
        if before != after
            && let Some(before) = before
        {
            self.sessions.strike(before, order, phase);
            self.leave_session(before);
            if let Some(open) = after.and_then(|after| self.sessions.get_mut(after)) {
                open.pending += 1;
            }
            self.decide_again(key);
        } else if asks_less {
            self.decide_again(key);
        }
    }

    fn refuses(&self, cids: usize) -> Option<Failure> {
        let limits = &self.config.limits;
        if self.calls.len() >= limits.calls {
            return Some(Failure::OverLimit { what: "calls", limit: limits.calls });
        }
        (cids > limits.cids_per_call)
            .then_some(Failure::OverLimit { what: "cids in a call", limit: limits.cids_per_call })
    }
}
