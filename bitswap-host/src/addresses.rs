//! What addresses say by themselves, and which of them are told to nobody.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use libp2p::multiaddr::Protocol;
use libp2p::swarm::FromSwarm;
use libp2p::{Multiaddr, PeerId};

/// Addresses of a node that peers are not told: those that begin as one of these, or are in the
/// network that it names, as `/ip4/10.0.0.0/ipcidr/8`.
#[derive(Clone, Debug, Default)]
pub struct Withheld(Arc<[Multiaddr]>);

impl Withheld {
    /// What nobody is told.
    pub fn new(patterns: Vec<Multiaddr>) -> Self {
        Self(patterns.into())
    }

    /// Whether nobody is told this address.
    pub fn has(&self, address: &Multiaddr) -> bool {
        self.0.iter().any(|pattern| {
            let mut parts = pattern.iter();
            match (parts.next(), parts.next(), address.iter().next()) {
                (Some(network), Some(Protocol::Ipcidr(bits)), Some(host)) => {
                    is_in(&host, &network, bits.into())
                }
                _ => address.starts_with(pattern),
            }
        })
    }

    /// What a behaviour hears that tells peers where this node is.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all else has no address of this node")]
    pub(crate) fn hears(self) -> impl FnMut(&FromSwarm<'_>) -> bool {
        move |event| match event {
            FromSwarm::NewListenAddr(new) => !self.has(new.addr),
            FromSwarm::ExternalAddrConfirmed(new) => !self.has(new.addr),
            _ => true,
        }
    }
}

/// Whether the first bits of two IP addresses are the same.
fn is_in(host: &Protocol<'_>, network: &Protocol<'_>, bits: u32) -> bool {
    let differing = match (host, network) {
        (Protocol::Ip4(a), Protocol::Ip4(b)) => u128::from(a.to_bits() ^ b.to_bits()) << 96,
        (Protocol::Ip6(a), Protocol::Ip6(b)) => a.to_bits() ^ b.to_bits(),
        _ => return false,
    };
    differing.leading_zeros() >= bits.min(128)
}

/// Whether an address leads over a relay.
pub(crate) fn is_circuit(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}

/// The peer id in an address.
pub(crate) fn named(address: &Multiaddr) -> Option<PeerId> {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}
