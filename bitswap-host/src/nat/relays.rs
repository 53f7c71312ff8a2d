//! The relays that a node stands behind while others cannot reach it: two, of those that it was
//! told or of those that it met.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_net::AddressReach;
use libp2p::core::transport::ListenerId;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, StreamProtocol, identify, relay};
use tokio::time::Instant;

use super::NatConfig;
use super::Reachability;
use crate::addresses::{is_circuit, named};

/// Relays at once: one may go.
const ENOUGH: usize = 2;
/// Relays that are remembered.
const KNOWN: usize = 16;
/// A relay that refused is not asked again for so long.
const PAUSE: Duration = Duration::from_secs(60);

/// Relays that are known, asked and used.
#[derive(Debug, Default)]
pub(crate) struct Relays {
    is_on: bool,
    /// Whether they were told, so that no others are used.
    are_named: bool,
    /// Where each is.
    known: BTreeMap<PeerId, Multiaddr>,
    pub(crate) used: Vec<(ListenerId, PeerId)>,
    /// When each of those known was asked last.
    asked_at: BTreeMap<PeerId, Instant>,
}

impl Relays {
    /// How often it has to be seen whether there are enough.
    pub(crate) const BEAT: Duration = Duration::from_secs(15);

    /// Those of a configuration, for a node that listens or not.
    pub(crate) fn new(config: &NatConfig, listens: bool) -> Self {
        let told = config.relays.iter();
        let known = told.filter_map(|address| Some((named(address)?, address.clone())));
        Self {
            is_on: listens && config.relay,
            are_named: !config.relays.is_empty(),
            known: known.take(KNOWN).collect(),
            ..Self::default()
        }
    }

    /// Whether this peer is a relay that is used.
    pub(crate) fn uses(&self, peer: PeerId) -> bool {
        self.used.iter().any(|(_, used)| *used == peer)
    }

    /// A peer says what it speaks, and where it listens; it may be a relay.
    pub(crate) fn identified(&mut self, peer: PeerId, said: &identify::Info) {
        const HOP: StreamProtocol = relay::HOP_PROTOCOL_NAME;
        if !self.is_on || self.are_named || self.known.len() >= KNOWN {
            return;
        }
        let is_reached = |address: &&Multiaddr| {
            AddressReach::of(address) == AddressReach::Public && !is_circuit(address)
        };
        if said.protocols.contains(&HOP)
            && let Some(address) = said.listen_addrs.iter().find(is_reached)
        {
            let mut address = address.clone();
            if named(&address).is_none() {
                address.push(Protocol::P2p(peer));
            }
            self.known.insert(peer, address);
        }
    }

    /// A relay is used no more; false if this listener is none.
    pub(crate) fn closed(&mut self, listener: ListenerId) -> bool {
        let place = self.used.iter().position(|(used, _)| *used == listener);
        let Some(place) = place else { return false };
        let (_, peer) = self.used.swap_remove(place);
        if !self.are_named {
            self.known.remove(&peer);
            self.asked_at.remove(&peer);
        }
        true
    }

    /// The next relay to ask for a place, and where to listen for it; `None` = there are enough, or
    /// no others.
    pub(crate) fn next(&mut self, reachability: Reachability) -> Option<(PeerId, Multiaddr)> {
        let is_needed = match reachability {
            Reachability::Public => false,
            // Who names relays has a reason.
            Reachability::Unknown => self.are_named,
            Reachability::Private => true,
        };
        if !self.is_on || !is_needed || self.used.len() >= ENOUGH {
            return None;
        }
        let may_be_asked = |peer: &PeerId| {
            let lately = self.asked_at.get(peer).is_some_and(|at| at.elapsed() < PAUSE);
            !lately && !self.uses(*peer)
        };
        let (peer, address) = self.known.iter().find(|(peer, _)| may_be_asked(peer))?;
        let found = (*peer, address.clone().with(Protocol::P2pCircuit));
        self.asked_at.insert(found.0, Instant::now());
        Some(found)
    }
}
