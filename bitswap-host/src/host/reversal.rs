//! A peer that came over a relay and is itself in the internet is dialled there.
//!
//! Hole punching is no way to it: both ends dial, and the first packet of ours that reaches its
//! open port is accepted as any stranger's is. Both then are the end that waits for the other to
//! speak, until the attempt times out. An ordinary dial from a port of its own meets nothing.

#[cfg(test)]
mod tests;

use bitswap_net::AddressReach;
use libp2p::swarm::ConnectionId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{Multiaddr, PeerId, identify};

use super::Host;
use crate::addresses::{is_circuit, named};

/// Addresses that are dialled of one peer: those of two transports, of IPv4 and IPv6, twice.
const MOST_ADDRESSES: usize = 8;

impl Host {
    /// A peer said over one of its connections where it listens.
    pub(crate) fn dial_back(&mut self, peer: PeerId, id: ConnectionId, said: &identify::Info) {
        if !self.punches || !self.peers.take_dial_back(peer, id) {
            return;
        }
        let addresses = public(peer, &said.listen_addrs);
        if addresses.is_empty() {
            return;
        }
        let dial = DialOpts::peer_id(peer)
            .addresses(addresses)
            .condition(PeerCondition::Always)
            // From the open port, hole punching dials the same address at the same time.
            .allocate_new_port()
            .build();
        let begun = self.swarm.dial(dial);
        tracing::debug!(%peer, ?begun, "dialled directly, since it came over a relay");
    }
}

/// Where in the internet a peer is, by its own word.
fn public(peer: PeerId, said: &[Multiaddr]) -> Vec<Multiaddr> {
    let is_public = |address: &&Multiaddr| {
        AddressReach::of(address) == AddressReach::Public
            && !is_circuit(address)
            && named(address).is_none_or(|named| named == peer)
    };
    said.iter().filter(is_public).take(MOST_ADDRESSES).cloned().collect()
}
