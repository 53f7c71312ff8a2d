//! How a provider is dialled, and what follows where a dial failed.

use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{DialError, ToSwarm};
use libp2p::{Multiaddr, PeerId};

use super::Behaviour;
use crate::cause;

/// A dial of a peer that is not connected.
pub(super) fn dial_of(peer: PeerId) -> DialOpts {
    DialOpts::peer_id(peer).condition(PeerCondition::DisconnectedAndNotDialing).build()
}

impl Behaviour {
    pub(super) fn dial_failed(&mut self, peer: PeerId, error: &DialError) {
        // Somebody else dials it already: that dial ends too.
        if matches!(error, DialError::DialPeerConditionFalse(_)) {
            return;
        }
        let tried = tried(error);
        for address in &tried {
            self.addresses.remove(&peer, address);
        }
        // One of several attempts.
        if self.relayed.is_upgrading(peer) {
            return;
        }
        let is_denied = self.filter.denies_peer(&peer).is_some();
        if !is_denied
            && self.connections.may_dial_again(peer)
            && self.addresses.get(&peer).next().is_some()
        {
            // Learned while the dial went on.
            tracing::debug!(%peer, "dialled again, at addresses that are news");
            self.outbox.push_back(ToSwarm::Dial { opts: dial_of(peer) });
            return;
        }
        let failed = self.connections.not_connected(peer);
        if failed.is_some() {
            self.driver.dial_fails(cause::of_dial(error), tried);
        }
        self.feed(failed);
    }
}

/// The addresses where a dial found out that its peer is not to be had there.
fn tried(error: &DialError) -> Vec<Multiaddr> {
    match error {
        DialError::Transport(errors) => errors.iter().map(|(address, _)| address.clone()).collect(),
        DialError::WrongPeerId { address, .. } | DialError::LocalPeerId { address } => {
            vec![address.clone()]
        }
        DialError::NoAddresses
        | DialError::DialPeerConditionFalse(_)
        | DialError::Aborted
        | DialError::Denied { .. } => Vec::new(),
    }
}
