//! Which addresses of strangers are worth a dial.

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

use crate::routing::AddressReach;

/// Whether TCP or QUIC can dial `address` for `peer`, directly; private addresses only if they are
/// `taken`.
pub(super) fn is_dialable(address: &Multiaddr, peer: &PeerId, taken: bool) -> bool {
    match AddressReach::of(address) {
        AddressReach::Public => {}
        AddressReach::Private if taken => {}
        AddressReach::Private | AddressReach::Nobody => return false,
    }
    let mut parts: Vec<_> = address.iter().collect();
    if let Some(Protocol::P2p(named)) = parts.last() {
        if named != peer {
            return false;
        }
        parts.pop();
    }
    match parts.as_slice() {
        [Protocol::Dnsaddr(_)] => true,
        [Protocol::Dnsaddr(_), ..] => false,
        [_, Protocol::Tcp(port)] | [_, Protocol::Udp(port), Protocol::QuicV1] => *port != 0,
        [..] => false,
    }
}
