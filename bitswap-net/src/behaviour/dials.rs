//! How a provider is dialled, and where a dial that failed was in vain.

use libp2p::swarm::DialError;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{Multiaddr, PeerId};

/// A dial of a peer that is not connected.
pub(super) fn dial_of(peer: PeerId) -> DialOpts {
    DialOpts::peer_id(peer).condition(PeerCondition::DisconnectedAndNotDialing).build()
}

/// The addresses where a dial found out that its peer is not to be had there.
pub(super) fn tried(error: &DialError) -> Vec<Multiaddr> {
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
