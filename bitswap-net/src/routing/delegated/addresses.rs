//! Which addresses of strangers are worth a dial.

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

use crate::routing::AddressReach;

/// The addresses that are taken of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Whether private addresses are, too.
    pub(super) private: bool,
    /// Whether addresses at relays are, too.
    pub(super) relayed: bool,
}

/// How an address leads to its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Direct,
    /// Over a relay, which lets little through.
    Relayed,
}

impl Taken {
    /// How TCP or QUIC can dial `address` for `peer`, or the relay in it; `None` = it is not taken.
    pub(super) fn way(self, address: &Multiaddr, peer: &PeerId) -> Option<Way> {
        match AddressReach::of(address) {
            AddressReach::Public => {}
            AddressReach::Private if self.private => {}
            AddressReach::Private | AddressReach::Nobody => return None,
        }
        let mut parts: Vec<_> = address.iter().collect();
        if let Some(Protocol::P2p(named)) = parts.last()
            && named == peer
        {
            parts.pop();
        }
        match parts.as_slice() {
            [relay @ .., Protocol::P2p(named), Protocol::P2pCircuit] => {
                // Whoever is the relay has nobody to ask for a way to itself.
                (self.relayed && named != peer && is_dialable(relay)).then_some(Way::Relayed)
            }
            direct => is_dialable(direct).then_some(Way::Direct),
        }
    }
}

/// Whether TCP or QUIC can dial an address that names no peer.
fn is_dialable(parts: &[Protocol<'_>]) -> bool {
    match parts {
        [Protocol::Dnsaddr(_)] => true,
        [Protocol::Dnsaddr(_), ..] => false,
        [_, Protocol::Tcp(port)] | [_, Protocol::Udp(port), Protocol::QuicV1] => *port != 0,
        [..] => false,
    }
}
