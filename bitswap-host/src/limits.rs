//! How many connections a host has: which new ones are refused, and which old ones make room. Peers
//! that are to be kept, those in use and those just dialled are never the ones let go.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::{
    ConnectionClosed, ConnectionEstablished, DialFailure, ListenFailure,
};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

/// How many connections a host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Beyond it, connections that may go are closed, those that were quiet for longest first.
    pub peers: u32,
    /// Up to it, all connections stay, however idle they are.
    pub low_water: u32,
    /// To one peer at once.
    pub per_peer: u32,
    /// That peers are opening at once.
    pub pending_in: u32,
    /// That the host is opening at once.
    pub pending_out: u32,
}

/// Refuses connections beyond the limits. libp2p's behaviour of this kind remembers each peer that
/// ever was connected, and leaves no room for dials where strangers took all of it.
#[derive(Debug)]
pub(super) struct Limits {
    most: ConnectionLimits,
    kept: HashSet<PeerId>,
    pending_in: HashSet<ConnectionId>,
    pending_out: HashSet<ConnectionId>,
    established: u32,
    /// Those with connections.
    by_peer: HashMap<PeerId, u32>,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit of {limit} {what} is reached")]
struct LimitReached {
    limit: u32,
    what: &'static str,
}

impl ConnectionLimits {
    /// Connections over `peers` that stand until one that is idle has made room; dials may have as
    /// many again, which no stranger can take from them.
    const SPARE: u32 = 64;
    /// By two transports, and both at once from either side.
    const PER_PEER: u32 = 4;
    /// Connections that are being made at once, each way.
    const PENDING: u32 = 64;

    /// So many peers, half of them however idle, and the usual number of all else.
    pub const fn of(peers: u32) -> Self {
        let (per_peer, pending) = (Self::PER_PEER, Self::PENDING);
        Self { peers, low_water: peers / 2, per_peer, pending_in: pending, pending_out: pending }
    }

    fn most_with_incoming(&self) -> u32 {
        self.peers.saturating_add(self.peers.min(Self::SPARE))
    }

    fn most_with_dials(&self) -> u32 {
        self.most_with_incoming().saturating_add(self.peers.min(Self::SPARE))
    }
}

impl Limits {
    /// Nobody is kept yet.
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self {
            most: limits,
            kept: HashSet::new(),
            pending_in: HashSet::new(),
            pending_out: HashSet::new(),
            established: 0,
            by_peer: HashMap::new(),
        }
    }

    /// From now on, no limit holds for these peers, nor for any other.
    pub(super) fn keep(&mut self, kept: impl IntoIterator<Item = PeerId>) {
        self.kept.clear();
        self.kept.extend(kept);
    }

    /// Whether there is room for one more connection to a peer, where all may be so many.
    fn permit(&self, peer: PeerId, most: u32) -> Result<(), ConnectionDenied> {
        if self.kept.contains(&peer) {
            return Ok(());
        }
        let to_peer = self.by_peer.get(&peer).copied().unwrap_or(0);
        below(to_peer, self.most.per_peer, "connections to one peer")?;
        below(self.established, most, "connections")
    }
}

/// # Errors
/// The limit is reached.
fn below(count: u32, limit: u32, what: &'static str) -> Result<(), ConnectionDenied> {
    if count < limit { Ok(()) } else { Err(ConnectionDenied::new(LimitReached { limit, what })) }
}

fn count(all: &HashSet<ConnectionId>) -> u32 {
    u32::try_from(all.len()).unwrap_or(u32::MAX)
}

impl NetworkBehaviour for Limits {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        id: ConnectionId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        below(count(&self.pending_in), self.most.pending_in, "connections that begin")?;
        self.pending_in.insert(id);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending_in.remove(&id);
        self.permit(peer, self.most.most_with_incoming())?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: Option<PeerId>,
        _: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        if !peer.is_some_and(|peer| self.kept.contains(&peer)) {
            below(count(&self.pending_out), self.most.pending_out, "dials")?;
        }
        self.pending_out.insert(id);
        Ok(Vec::new())
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending_out.remove(&id);
        self.permit(peer, self.most.most_with_dials())?;
        Ok(dummy::ConnectionHandler)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what else the swarm tells is not for us")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished { peer_id, .. }) => {
                self.established += 1;
                *self.by_peer.entry(peer_id).or_default() += 1;
            }
            FromSwarm::ConnectionClosed(ConnectionClosed {
                peer_id,
                remaining_established,
                ..
            }) => {
                self.established -= 1;
                if remaining_established == 0 {
                    self.by_peer.remove(&peer_id);
                } else if let Some(to_peer) = self.by_peer.get_mut(&peer_id) {
                    *to_peer -= 1;
                }
            }
            FromSwarm::DialFailure(DialFailure { connection_id, .. }) => {
                self.pending_out.remove(&connection_id);
            }
            FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) => {
                self.pending_in.remove(&connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}
