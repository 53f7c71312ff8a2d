//! The two DHTs of a node, which differ in whose addresses are in them.

use bitswap_net::AddressReach;
use libp2p::{Multiaddr, StreamProtocol};

/// One of the two DHTs. A peer can be in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// That of a local network: private and loopback addresses.
    Lan,
    /// That of everybody: public addresses.
    Wan,
}

impl Scope {
    /// Addresses of one peer that are kept, as many as Kubo has on a machine with two interfaces.
    pub(super) const ADDRESSES: usize = 16;
    /// An address of all that TCP and QUIC need is shorter.
    const LONGEST_ADDRESS: usize = 256;

    /// What Kubo calls it.
    pub(super) const fn protocol(self) -> StreamProtocol {
        match self {
            Self::Lan => StreamProtocol::new("/ipfs/lan/kad/1.0.0"),
            Self::Wan => StreamProtocol::new("/ipfs/kad/1.0.0"),
        }
    }

    /// Whether an address may be in this DHT.
    pub(super) fn takes(self, address: &Multiaddr) -> bool {
        let reach = AddressReach::of(address);
        let fits = match self {
            Self::Lan => reach == AddressReach::Private,
            Self::Wan => reach == AddressReach::Public,
        };
        fits && address.len() <= Self::LONGEST_ADDRESS
    }

    /// Those addresses that may be in this DHT, as many as are kept of one peer.
    pub(super) fn taken(self, addresses: Vec<Multiaddr>) -> Vec<Multiaddr> {
        let taken = addresses.into_iter().filter(|address| self.takes(address));
        taken.take(Self::ADDRESSES).collect()
    }
}
