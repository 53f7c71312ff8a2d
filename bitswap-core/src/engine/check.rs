//! Invariants that hold between any two inputs; for simulators and tests.

use super::Engine;
use crate::ids::{CidKey, PeerKey};
use crate::wants::Want;

impl Engine {
    /// The first broken invariant, in words; `None` is as it should be. Looks at everything, so
    /// it is for tests and simulations, after each [`handle`](Self::handle).
    pub fn violation(&self) -> Option<String> {
        self.wants
            .iter()
            .find_map(|(key, want)| self.want_violation(key, want))
            .or_else(|| self.leftover_violation().or_else(|| self.bounds_violation()))
    }

    /// Every open want is asked, searched, held back or being looked for, so it ends.
    fn want_violation(&self, key: CidKey, want: &Want) -> Option<String> {
        let Some(session) = want.session() else {
            return Some(format!("{key:?} is wanted by nobody"));
        };
        for interest in &want.interest {
            if self.calls.get(interest.call).is_none() {
                return Some(format!("{key:?} is wanted by a call that is over"));
            }
        }
        let unanswered =
            self.sessions.get(session).is_some_and(|open| open.is_unanswered(want.order));
        if want.local || want.is_asked() {
            return unanswered.then(|| format!("{key:?} is asked for and yet unanswered"));
        }
        if !unanswered {
            return Some(format!("{key:?} is neither asked for nor waiting to be"));
        }
        let armed = self.searches.is_armed(key) || self.sessions.is_armed(session);
        (!armed).then(|| format!("nothing will happen to {key:?}"))
    }

    /// What is said and asked names only open wants.
    fn leftover_violation(&self) -> Option<String> {
        let stale = self.presences.wants().find(|key| self.wants.get(*key).is_none());
        if let Some(key) = stale {
            return Some(format!("a presence of {key:?} outlived its want"));
        }
        let idle = |key: &CidKey| self.wants.get(*key).is_none();
        if let Some(key) = self.searches.wants().find(idle) {
            return Some(format!("a search for {key:?} outlived its want"));
        }
        let unasked = |(peer, key): &(PeerKey, CidKey)| {
            self.wants.get(*key).is_none_or(|want| want.asked(*peer).is_none())
        };
        if let Some((peer, key)) = self.queues.desired().find(unasked) {
            return Some(format!("{peer:?} is to know of {key:?}, which it is not asked for"));
        }
        None
    }

    fn bounds_violation(&self) -> Option<String> {
        let limits = &self.config.limits;
        let (requests, ..) = self.server.sizes();
        let bounds = [
            ("peers", self.peers.len(), limits.peers),
            ("calls", self.calls.len(), limits.calls),
            ("wants", self.wants.len(), limits.open_wants),
            ("requests", requests, limits.requests),
            ("accounts", self.ledger.len(), limits.accounts),
        ];
        let over = bounds.iter().find(|(_, size, limit)| size > limit);
        over.map(|(what, size, limit)| format!("{size} {what}, the limit is {limit}"))
    }
}
