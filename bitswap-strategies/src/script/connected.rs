//! Who is connected, as far as a script can know: an answer that names others would be dropped.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{EventMask, StrategyEvent};

use crate::tools::Recent;

/// The peers that events named since they connected.
#[derive(Debug)]
pub(super) struct Connected(Recent<PeerKey, ()>);

impl Connected {
    /// What has to be heard.
    pub(super) fn events() -> EventMask {
        EventMask::PEER_CONNECTED | EventMask::PEER_DISCONNECTED
    }

    /// Peers that are known at once; more than a node has connections by default.
    const PEERS: usize = 16_384;

    pub(super) fn note(&mut self, event: &StrategyEvent) {
        let Some(peer) = event.peer() else { return };
        if let StrategyEvent::PeerDisconnected { .. } = event {
            self.0.remove(peer);
        } else if self.0.get(peer).is_none() {
            self.0.insert(peer, ());
        }
    }

    pub(super) fn contains(&self, peer: PeerKey) -> bool {
        self.0.get(peer).is_some()
    }

    /// The first of `peers` that is not connected.
    pub(super) fn stranger(&self, mut peers: impl Iterator<Item = PeerKey>) -> Option<PeerKey> {
        peers.find(|peer| !self.contains(*peer))
    }
}

impl Default for Connected {
    fn default() -> Self {
        Self(Recent::new(Self::PEERS))
    }
}

impl FromIterator<PeerKey> for Connected {
    fn from_iter<I: IntoIterator<Item = PeerKey>>(peers: I) -> Self {
        let mut connected = Self::default();
        for peer in peers {
            connected.0.insert(peer, ());
        }
        connected
    }
}
