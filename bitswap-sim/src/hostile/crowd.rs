//! The peers that a hostile peer is connected to, in the order in which they connected.

use bitswap_core::Chance;
use libp2p_identity::PeerId;

use super::periodic::Victim;

/// The connected peers.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    peers: Vec<Victim>,
}

impl Crowd {
    pub(super) fn add(&mut self, victim: Victim) {
        self.remove(&victim.peer);
        self.peers.push(victim);
    }

    pub(super) fn remove(&mut self, peer: &PeerId) {
        self.peers.retain(|known| known.peer != *peer);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    /// One of them, drawn evenly.
    pub(super) fn any(&self, chance: &mut Chance) -> Option<Victim> {
        self.peers.get(chance.below(self.peers.len() as u64) as usize).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Victim> {
        self.peers.iter().copied()
    }
}
