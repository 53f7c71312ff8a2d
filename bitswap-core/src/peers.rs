//! All that is known of peers: who is connected and how they speak, what they are to be told, and
//! what passed between us.

pub(crate) mod rate_limits;
pub(crate) mod relayed;

use std::time::Duration;

use cid::{Cid, Version};
use libp2p_identity::PeerId;

use crate::config::EngineConfig;
use crate::ids::PeerKey;
use crate::ledger::Ledger;
use crate::map::Table;
use crate::queues::{Bounds, MessageQueues};
use crate::time::Timestamp;
use crate::wire::{PeerCapabilities, ProtocolVersion, WantKind};
use relayed::PeerRelay;

/// A connected peer.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) capabilities: PeerCapabilities,
    pub(crate) round_trip: Option<Duration>,
    /// Whether it ever sent us a wanted block or a HAVE.
    pub(crate) useful: bool,
    /// When it last sent us a wanted block.
    pub(crate) fed_us_at: Option<Timestamp>,
    /// Blocks asked of it and not yet answered.
    pub(crate) block_asks_in_flight: u32,
    /// When it came back, if it was here before.
    pub(crate) returned_at: Option<Timestamp>,
    pub(crate) relay: PeerRelay,
}

/// All connected peers that speak Bitswap.
#[derive(Debug)]
pub(crate) struct Peers {
    connected: Table<PeerKey, Peer>,
    pub(crate) queues: MessageQueues,
    /// Also of peers that are gone.
    pub(crate) ledger: Ledger,
}

impl Peers {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        let (limits, tuning) = (&config.limits, &config.tuning);
        let bounds = Bounds {
            entries: limits.message_entries,
            block_bytes: limits.message_bytes,
            presences: limits.presences_per_peer,
            wants: limits.wants_per_peer,
            coalesce: [tuning.coalesce_least, tuning.coalesce_most],
            coalesced: tuning.coalesce_entries,
        };
        Self {
            connected: Table::default(),
            queues: MessageQueues::new(bounds),
            ledger: Ledger::new(limits.accounts, tuning.clone()),
        }
    }

    /// Adds a peer.
    pub(crate) fn connect(&mut self, key: PeerKey, id: PeerId, capabilities: PeerCapabilities) {
        let peer = Peer {
            id,
            capabilities,
            round_trip: None,
            useful: false,
            fed_us_at: None,
            block_asks_in_flight: 0,
            returned_at: None,
            relay: PeerRelay::default(),
        };
        self.connected.insert(key, peer);
        self.queues.open(key, capabilities);
    }

    /// Takes a peer out, with all that is known of it but its account.
    pub(crate) fn disconnect(&mut self, key: PeerKey) -> Option<Peer> {
        self.queues.close(key);
        self.connected.remove(&key)
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

/// Whether a want of this kind means anything in this dialect.
pub(crate) fn can_carry(protocol: ProtocolVersion, cid: &Cid, kind: WantKind) -> bool {
    let answerable = protocol.has_prefixes() || cid.version() == Version::V0;
    answerable && (kind == WantKind::Block || protocol.has_presences())
}
