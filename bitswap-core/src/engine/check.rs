//! Invariants that hold between any two inputs; for simulators and tests.

use super::Engine;
use crate::ids::{CidKey, PeerKey};
use crate::queues::Origin;

impl Engine {
    /// A description of the first violated invariant, or `None`. It examines the whole state, and
    /// is meant for tests and simulations, after each [`handle`](Self::handle).
    pub fn violation(&self) -> Option<String> {
        self.client
            .violation()
            .or_else(|| self.leftover_violation())
            .or_else(|| self.relay_violation())
            .or_else(|| self.bounds_violation())
    }

    /// Wantlists and asks refer only to open wants.
    fn leftover_violation(&self) -> Option<String> {
        let unasked = |(peer, key, origin): &(PeerKey, CidKey, Origin)| match origin {
            Origin::Local => {
                self.client.wants.get(*key).is_none_or(|want| want.asked(*peer).is_none())
            }
            Origin::Relayed => {
                self.peers.get(*peer).is_none_or(|known| !known.relay.asked.contains(key))
            }
        };
        if let Some((peer, key, origin)) = self.peers.desired().find(unasked) {
            return Some(format!("{peer:?} is to know of {key:?} ({origin:?}), and is not asked"));
        }
        None
    }

    /// A relayed want has a requester, an end, and at most as many asked peers as the degree.
    fn relay_violation(&self) -> Option<String> {
        for (key, entry) in self.relay.iter() {
            if entry.requesters().len() == 0 {
                return Some(format!("{key:?} is passed on for nobody"));
            }
            if entry.asked_len() > self.config.relay.degree {
                return Some(format!("{key:?} was passed on to {} peers", entry.asked_len()));
            }
            for (requester, _) in entry.requesters() {
                if self.relay.expires(key, requester).is_none() {
                    return Some(format!("the want of {requester:?} for {key:?} has no end"));
                }
                if self.peers.request(requester, key).is_none() {
                    return Some(format!(
                        "{requester:?} no longer wants {key:?}, which is passed on"
                    ));
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
            ("relayed bytes", relayed_bytes as usize, self.config.relay.ephemeral_bytes as usize),
        ];
        let over = bounds.iter().find(|(_, size, limit)| size > limit);
        let told = self.peers.longest_presences();
        if told > limits.presences_per_peer {
            return Some(format!("{told} presences wait for one peer"));
        }
        over.map(|(what, size, limit)| format!("{size} {what}, the limit is {limit}"))
    }
}
