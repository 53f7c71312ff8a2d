//! The open calls, and where their blocks are delivered.

use std::collections::HashSet;

use bitswap_core::{CallId, Input, SessionId, Table};

use crate::handle::{Deliverer, Delivery};

/// The open calls of this node's embedders.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: Table<CallId, Deliverer>,
    /// Those whose readers are to be woken; once is enough for all that came for one.
    fed: Vec<CallId>,
    sessions: HashSet<SessionId>,
    /// Those of them whose wants end when nobody is left to ask.
    ends_early: HashSet<SessionId>,
}

impl Calls {
    /// From now on, deliveries for `call` go here; true if it is its session's first.
    pub(super) fn open(
        &mut self,
        (session, ends_early): (SessionId, bool),
        call: CallId,
        deliverer: Deliverer,
    ) -> bool {
        self.open.insert(call, deliverer);
        if ends_early {
            self.ends_early.insert(session);
        }
        self.sessions.insert(session)
    }

    /// Whether there is a session whose wants end when nobody is left to ask.
    pub(super) fn has_early_ends(&self) -> bool {
        !self.ends_early.is_empty()
    }

    /// Hands over a block, or the news that it will not come; its reader sleeps on until it is
    /// [woken](Self::wake).
    pub(super) fn deliver(&mut self, call: CallId, delivery: Delivery) {
        if self.open.get(&call).is_some_and(|open| open.add(delivery))
            && self.fed.last() != Some(&call)
        {
            self.fed.push(call);
        }
    }

    /// Wakes the readers of everything that was delivered.
    pub(super) fn wake(&mut self) {
        for call in self.fed.drain(..) {
            if let Some(open) = self.open.get(&call) {
                open.wake();
            }
        }
    }

    /// There will be no more deliveries for `call`.
    pub(super) fn finish(&mut self, call: CallId) {
        self.open.remove(&call);
    }

    /// Whether the engine should hear this: a handle may speak of what never began, or is over.
    #[expect(clippy::wildcard_enum_match_arm, reason = "handles return nothing else")]
    pub(super) fn concerns(&mut self, input: &Input) -> bool {
        match input {
            Input::CallDemand { call, .. } => self.open.contains(call),
            Input::CallCancelled { call } => self.open.remove(call).is_some(),
            Input::SessionClosed { session } => {
                self.ends_early.remove(session);
                self.sessions.remove(session)
            }
            _ => true,
        }
    }
}
