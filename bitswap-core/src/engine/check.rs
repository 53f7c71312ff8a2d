//! Invariants that hold between any two inputs; for simulators and tests.

use super::Engine;
use crate::ids::{CidKey, PeerKey};
use crate::queues::Behalf;

impl Engine {
    /// The first broken invariant, in words; `None` is as it should be. Looks at everything, so
    /// it is for tests and simulations, after each [`handle`](Self::handle).
    pub fn violation(&self) -> Option<String> {
        self.client
            .violation()
            .or_else(|| self.leftover_violation())
            .or_else(|| self.relay_violation())
            .or_else(|| self.bounds_violation())
    }

    /// What is said and asked names only open wants.
    fn leftover_violation(&self) -> Option<String> {
        let unasked = |(peer, key, behalf): &(PeerKey, CidKey, Behalf)| match behalf {
            Behalf::Own => {
                self.client.wants.get(*key).is_none_or(|want| want.asked(*peer).is_none())
            }
            Behalf::Relayed => !self.relay.asks(*key, *peer),
        };
        if let Some((peer, key, behalf)) = self.peers.queues.desired().find(unasked) {
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
            ("calls", self.client.calls.len(), limits.calls),
            ("wants", self.client.wants.len(), limits.open_wants),
            ("requests", requests, limits.requests),
            ("accounts", self.peers.ledger.len(), limits.accounts),
            ("relayed wants", relayed, self.config.relay.wants),
            ("relayed bytes", relayed_bytes as usize, self.config.relay.shelf_bytes as usize),
        ];
        let over = bounds.iter().find(|(_, size, limit)| size > limit);
        let told = self.peers.queues.longest_presences();
        if told > limits.presences_per_peer {
            return Some(format!("{told} presences wait for one peer"));
        }
        over.map(|(what, size, limit)| format!("{size} {what}, the limit is {limit}"))
    }
}
