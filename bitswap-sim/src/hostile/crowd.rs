//! Whom a hostile peer is connected to, in the order in which they came.

use bitswap_core::{Chance, Speaks};
use libp2p_identity::PeerId;

/// The connected peers.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    peers: Vec<(PeerId, Speaks)>,
}

impl Crowd {
    pub(super) fn add(&mut self, peer: PeerId, speaks: Speaks) {
        self.remove(&peer);
        self.peers.push((peer, speaks));
    }

    pub(super) fn remove(&mut self, peer: &PeerId) {
        self.peers.retain(|(known, _)| known != peer);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    /// One of them, drawn evenly.
    pub(super) fn any(&self, chance: &mut Chance) -> Option<(PeerId, Speaks)> {
        self.peers.get(chance.below(self.peers.len() as u64) as usize).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(PeerId, Speaks)> {
        self.peers.iter()
    }
}
