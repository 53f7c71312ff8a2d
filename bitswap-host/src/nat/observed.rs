//! `AutoNAT` with a limit to what it tries: any peer may say that it sees this node at some
//! address, and libp2p's behaviour would remember each, and have each tried at the cost of up to
//! 100 kB.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::task::{Context, Poll};
use std::time::Duration;

use bitswap_net::AddressReach;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::NewExternalAddrCandidate;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

/// Addresses that are tried in an hour: those of two transports, of IPv4 and IPv6, twice.
const PER_HOUR: usize = 8;
const HOUR: Duration = Duration::from_secs(3_600);

/// A behaviour that hears of public addresses only, and of few that are new.
#[derive(Debug)]
pub(crate) struct ObservedOnly<B> {
    inner: B,
    passed: HashSet<Multiaddr>,
    /// Since when they are counted.
    since: Instant,
}

impl<B: Default> Default for ObservedOnly<B> {
    fn default() -> Self {
        Self { inner: B::default(), passed: HashSet::new(), since: Instant::now() }
    }
}

impl<B> ObservedOnly<B> {
    /// Whether an address that a peer saw is to be tried, or was tried already.
    fn takes(&mut self, address: &Multiaddr) -> bool {
        if AddressReach::of(address) != AddressReach::Public
            || crate::addresses::is_circuit(address)
        {
            return false;
        }
        if self.passed.contains(address) {
            return true;
        }
        if self.since.elapsed() >= HOUR {
            (self.since, self.passed) = (Instant::now(), HashSet::new());
        }
        self.passed.len() < PER_HOUR && self.passed.insert(address.clone())
    }
}

impl<B: NetworkBehaviour> NetworkBehaviour for ObservedOnly<B> {
    type ConnectionHandler = B::ConnectionHandler;
    type ToSwarm = B::ToSwarm;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_inbound_connection(id, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_outbound_connection(id, peer, address, role, port)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::NewExternalAddrCandidate(NewExternalAddrCandidate { addr }) = event
            && !self.takes(addr)
        {
            return;
        }
        self.inner.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        self.inner.on_connection_handler_event(peer, id, event);
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.inner.poll(cx)
    }
}
