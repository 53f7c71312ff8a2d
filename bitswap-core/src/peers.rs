//! Who is connected, and how they speak. Knows nothing of wants or blocks.

use std::time::Duration;

use libp2p_identity::PeerId;

use crate::ids::PeerKey;
use crate::map::Table;
use crate::time::Timestamp;
use crate::wire::Speaks;

/// A connected peer.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) speaks: Speaks,
    pub(crate) round_trip: Option<Duration>,
    /// Whether it ever sent us a wanted block or a HAVE.
    pub(crate) useful: bool,
    /// When it last sent us a wanted block.
    pub(crate) fed_us_at: Option<Timestamp>,
    /// Blocks asked of it and not yet answered.
    pub(crate) block_asks_in_flight: u32,
    /// When it came back, if it was here before.
    pub(crate) returned_at: Option<Timestamp>,
}

/// All connected peers that speak Bitswap.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    connected: Table<PeerKey, Peer>,
}

impl Peers {
    /// Adds a peer.
    pub(crate) fn connect(&mut self, key: PeerKey, id: PeerId, speaks: Speaks) {
        let peer = Peer {
            id,
            speaks,
            round_trip: None,
            useful: false,
            fed_us_at: None,
            block_asks_in_flight: 0,
            returned_at: None,
        };
        self.connected.insert(key, peer);
    }

    /// Removes a peer; false if it was not there.
    pub(crate) fn disconnect(&mut self, key: PeerKey) -> bool {
        self.connected.remove(&key).is_some()
    }

    pub(crate) fn get(&self, key: PeerKey) -> Option<&Peer> {
        self.connected.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: PeerKey) -> Option<&mut Peer> {
        self.connected.get_mut(&key)
    }

    pub(crate) fn contains(&self, key: PeerKey) -> bool {
        self.connected.contains(&key)
    }

    pub(crate) fn len(&self) -> usize {
        self.connected.len()
    }

    /// All of them, in the table's order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (PeerKey, &Peer)> {
        self.connected.iter().map(|(key, peer)| (*key, peer))
    }
}
