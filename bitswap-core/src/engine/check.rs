//! Invariants that hold between any two inputs; for simulators and tests.

use super::Engine;
use crate::ids::{CidKey, PeerKey};
use crate::phase::Phase;
use crate::queues::Behalf;
use crate::wants::Want;

impl Engine {
    /// The first broken invariant, in words; `None` is as it should be. Looks at everything, so
    /// it is for tests and simulations, after each [`handle`](Self::handle).
    pub fn violation(&self) -> Option<String> {
        self.wants
            .iter()
            .find_map(|(key, want)| self.want_violation(key, want))
            .or_else(|| self.leftover_violation())
            .or_else(|| self.relay_violation())
            .or_else(|| self.bounds_violation())
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
        let phase = want.phase();
        if !self.sessions.get(session).is_some_and(|open| open.lists(want.order, phase)) {
            return Some(format!("{key:?} is {phase:?}, and its session does not list it"));
        }
        if want.is_asked() != (phase == Phase::Asked) {
            return Some(format!("{key:?} is {phase:?}: somebody is asked, or nobody"));
        }
        if matches!(phase, Phase::OwnStore | Phase::Asked) {
            return None;
        }
        let armed = self.searches.is_armed(key) || self.sessions.is_armed(session);
        (!armed).then(|| format!("nothing will happen to {key:?}"))
    }

    /// What is said and asked names only open wants.
    fn leftover_violation(&self) -> Option<String> {
        let idle = |key: &CidKey| self.wants.get(*key).is_none();
        if let Some(key) = self.searches.wants().find(idle) {
            return Some(format!("a search for {key:?} outlived its want"));
        }
        let unasked = |(peer, key, behalf): &(PeerKey, CidKey, Behalf)| match behalf {
            Behalf::Own => self.wants.get(*key).is_none_or(|want| want.asked(*peer).is_none()),
            Behalf::Relayed => !self.relay.asks(*key, *peer),
        };
        if let Some((peer, key, behalf)) = self.queues.desired().find(unasked) {
            return Some(format!("{peer:?} is to know of {key:?} ({behalf:?}), and is not asked"));
        }
        None
    }

    /// What is passed on has an asker, an end, and no more peers than the degree.
    fn relay_violation(&self) -> Option<String> {
        for (key, entry) in self.relay.iter() {
            if entry.askers().len() == 0 {
                return Some(format!("{key:?} is passed on for nobody"));
            }
            if entry.asked_len() > self.config.relay.degree {
                return Some(format!("{key:?} was passed on to {} peers", entry.asked_len()));
            }
            for (asker, _) in entry.askers() {
                if self.relay.expires(key, asker).is_none() {
                    return Some(format!("the want of {asker:?} for {key:?} has no end"));
                }
                if self.server.get(asker, key).is_none() {
                    return Some(format!("{asker:?} no longer wants {key:?}, which is passed on"));
                }
            }
        }
        None
    }

    fn bounds_violation(&self) -> Option<String> {
        let limits = &self.config.limits;
        let (requests, ..) = self.server.sizes();
        let (relayed, relayed_bytes) = self.relay.sizes();
        let bounds = [
            ("peers", self.peers.len(), limits.peers),
            ("calls", self.calls.len(), limits.calls),
            ("wants", self.wants.len(), limits.open_wants),
            ("requests", requests, limits.requests),
            ("accounts", self.ledger.len(), limits.accounts),
            ("relayed wants", relayed, self.config.relay.wants),
            ("relayed bytes", relayed_bytes as usize, self.config.relay.shelf_bytes as usize),
        ];
        let over = bounds.iter().find(|(_, size, limit)| size > limit);
        let told = self.queues.longest_presences();
        if told > limits.presences_per_peer {
            return Some(format!("{told} presences wait for one peer"));
        }
        over.map(|(what, size, limit)| format!("{size} {what}, the limit is {limit}"))
    }
}
