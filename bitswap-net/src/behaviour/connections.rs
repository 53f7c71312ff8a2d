//! The connections of each peer, and the inputs of the engine that follow from their changes.
//!
//! The engine knows only peers that speak Bitswap. This module decides when such a peer is
//! connected, changed and gone.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{Input, Lanes, PeerCapabilities, SendId};
use libp2p::PeerId;
use libp2p::swarm::ConnectionId;
use tokio::time::Instant;

/// The connections of all peers.
#[derive(Debug, Default)]
pub(super) struct Connections {
    peers: HashMap<PeerId, Peer>,
    /// Peers that the engine asked for, and has not heard of since.
    awaited: HashSet<PeerId>,
}

#[derive(Debug)]
struct Peer {
    /// When it was connected, or the last message was written to it or came from it.
    used_at: Instant,
    /// Oldest first.
    connections: Vec<Connection>,
    /// `None` = unknown to the engine.
    capabilities: Option<PeerCapabilities>,
    /// Whether the peer is known to read only one of our streams.
    one_lane: bool,
    /// Whether it is being disconnected.
    let_go: bool,
    /// Messages that are being written, and where.
    unwritten: Vec<(SendId, ConnectionId)>,
}

#[derive(Debug)]
struct Connection {
    id: ConnectionId,
    outbound: Outbound,
}

/// The result of asking the peer for a Bitswap stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outbound {
    /// It does not speak Bitswap.
    Unsupported,
    /// None came about yet; the connection tries again.
    Silent,
    PeerCapabilities,
    Undecided,
}

impl Connections {
    /// The engine wants this peer. True if it has to be dialled, else the answer, if there is one
    /// already.
    pub(super) fn connect(&mut self, peer: PeerId) -> (bool, Option<Input>) {
        if self.knows(peer) {
            return (false, None);
        }
        self.awaited.insert(peer);
        if self.peers.contains_key(&peer) { (false, self.give_up(peer)) } else { (true, None) }
    }

    /// The connections to a peer that wait before they ask for a stream again: it is needed, so
    /// they are to ask now.
    pub(super) fn take_silent(&mut self, peer: PeerId) -> Vec<ConnectionId> {
        let connections = self.peers.get_mut(&peer).map(|state| &mut state.connections);
        let silent = connections.into_iter().flatten();
        let silent = silent.filter(|connection| connection.outbound == Outbound::Silent);
        silent
            .map(|connection| {
                connection.outbound = Outbound::Undecided;
                connection.id
            })
            .collect()
    }

    /// No connection came about.
    pub(super) fn not_connected(&mut self, peer: PeerId) -> Option<Input> {
        if self.peers.contains_key(&peer) { None } else { self.give_up(peer) }
    }

    /// A new connection.
    pub(super) fn opened(&mut self, peer: PeerId, id: ConnectionId) {
        let connections = &mut self.peers.entry(peer).or_default().connections;
        connections.push(Connection { id, outbound: Outbound::Undecided });
    }

    /// A connection is gone, and what was being written to it.
    pub(super) fn closed(&mut self, peer: PeerId, id: ConnectionId) -> Vec<Input> {
        let Some(state) = self.peers.get_mut(&peer) else { return Vec::new() };
        let carried = state.preferred_connection() == Some(id);
        state.connections.retain(|connection| connection.id != id);
        if state.connections.is_empty() {
            let known = self.peers.remove(&peer).is_some_and(|state| state.capabilities.is_some());
            let gone = known.then_some(Input::PeerDisconnected { peer });
            return gone.or_else(|| self.give_up(peer)).into_iter().collect();
        }
        if state.capabilities.is_none() {
            return self.give_up(peer).into_iter().collect();
        }
        let lost = state.unwritten.extract_if(.., |(_, connection)| *connection == id);
        let mut inputs: Vec<_> = lost.map(|(send, _)| Input::SendFailed { peer, send }).collect();
        inputs.extend(carried.then_some(Input::PeerReset { peer }));
        inputs
    }

    /// The peer listens to Bitswap on this connection.
    pub(super) fn capabilities(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        protocol: ProtocolVersion,
    ) -> Option<Input> {
        let state = self.peers.get_mut(&peer)?;
        state.decide(id, Outbound::PeerCapabilities);
        if state.preferred_connection() == Some(id) { self.change(peer, protocol) } else { None }
    }

    /// A message came, perhaps before it was clear whether the peer listens.
    pub(super) fn heard(&mut self, peer: PeerId, protocol: ProtocolVersion) -> Option<Input> {
        let state = self.peers.get_mut(&peer)?;
        state.used_at = Instant::now();
        let news = state.capabilities.is_none() && state.may_speak();
        if news { self.change(peer, protocol) } else { None }
    }

    /// The peer does not listen to Bitswap on this connection. If it does on none, it is gone:
    /// there is no way to answer it.
    pub(super) fn unsupported(&mut self, peer: PeerId, id: ConnectionId) -> Option<Input> {
        let state = self.peers.get_mut(&peer)?;
        state.decide(id, Outbound::Unsupported);
        if state.may_speak() {
            return None;
        }
        state.unwritten.clear();
        let known = state.capabilities.take().is_some();
        if known { Some(Input::PeerDisconnected { peer }) } else { self.give_up(peer) }
    }

    /// The peer gave no answer on this connection, and may give one later. Nobody waits for that.
    pub(super) fn no_stream(&mut self, peer: PeerId, id: ConnectionId) -> Option<Input> {
        self.peers.get_mut(&peer)?.decide(id, Outbound::Silent);
        self.give_up(peer)
    }

    /// The peer reads only one of our streams.
    pub(super) fn one_lane(&mut self, peer: PeerId) -> Option<Input> {
        let state = self.peers.get_mut(&peer)?;
        state.one_lane = true;
        let capabilities = state.capabilities?;
        self.change(peer, capabilities.protocol)
    }

    /// The connection over which messages to this peer are sent: the oldest one on which it
    /// listens, or may.
    pub(super) fn preferred_connection(&self, peer: PeerId) -> Option<ConnectionId> {
        self.peers.get(&peer)?.preferred_connection()
    }

    /// A message was handed to a connection.
    pub(super) fn writing(&mut self, peer: PeerId, send: SendId, id: ConnectionId) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.unwritten.push((send, id));
        }
    }

    /// A message was written or not; false if it had been given up before.
    pub(super) fn settled(&mut self, peer: PeerId, send: SendId) -> bool {
        let Some(state) = self.peers.get_mut(&peer) else { return false };
        state.used_at = Instant::now();
        let place = state.unwritten.iter().position(|(unwritten, _)| *unwritten == send);
        place.map(|place| state.unwritten.swap_remove(place)).is_some()
    }

    /// A peer is to be disconnected; false if it is not there, or it was said before.
    pub(super) fn let_go(&mut self, peer: PeerId) -> bool {
        self.peers.get_mut(&peer).is_some_and(|state| !std::mem::replace(&mut state.let_go, true))
    }

    /// For how long nothing was said to or by a connected peer.
    pub(super) fn quiet(&self, peer: PeerId) -> Option<Duration> {
        self.peers.get(&peer).map(|state| state.used_at.elapsed())
    }

    /// Whether the engine knows this peer.
    pub(super) fn knows(&self, peer: PeerId) -> bool {
        self.peers.get(&peer).is_some_and(|state| state.capabilities.is_some())
    }

    /// All connections to a peer, oldest first.
    pub(super) fn of(&self, peer: PeerId) -> impl Iterator<Item = ConnectionId> {
        let connections = self.peers.get(&peer).map(|state| &state.connections);
        connections.into_iter().flatten().map(|connection| connection.id)
    }

    fn change(&mut self, peer: PeerId, protocol: ProtocolVersion) -> Option<Input> {
        let state = self.peers.get_mut(&peer)?;
        let lanes = if state.one_lane { Lanes::One } else { Lanes::Two };
        let capabilities = PeerCapabilities { protocol, lanes };
        match state.capabilities.replace(capabilities) {
            None => {
                self.awaited.remove(&peer);
                Some(Input::PeerConnected { peer, capabilities })
            }
            Some(before) if before == capabilities => None,
            Some(_) => Some(Input::PeerChanged { peer, capabilities }),
        }
    }

    /// Ends the engine's waiting for a peer, if nothing can come of it any more.
    fn give_up(&mut self, peer: PeerId) -> Option<Input> {
        let hope = self.peers.get(&peer).is_some_and(Peer::is_being_asked);
        (!hope && self.awaited.remove(&peer)).then_some(Input::DialFailed { peer })
    }
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            used_at: Instant::now(),
            connections: Vec::new(),
            capabilities: None,
            one_lane: false,
            unwritten: Vec::new(),
            let_go: false,
        }
    }
}

impl Peer {
    fn preferred_connection(&self) -> Option<ConnectionId> {
        let with = |outbound| self.connections.iter().find(move |it| it.outbound == outbound);
        let found = with(Outbound::PeerCapabilities).or_else(|| with(Outbound::Undecided));
        let found = found.or_else(|| with(Outbound::Silent));
        found.or_else(|| self.connections.first()).map(|connection| connection.id)
    }

    fn may_speak(&self) -> bool {
        self.connections.iter().any(|it| it.outbound != Outbound::Unsupported)
    }

    /// Whether it may turn out soon that it speaks Bitswap.
    fn is_being_asked(&self) -> bool {
        let open = [Outbound::PeerCapabilities, Outbound::Undecided];
        self.connections.iter().any(|it| open.contains(&it.outbound))
    }

    fn decide(&mut self, id: ConnectionId, outbound: Outbound) {
        let connection = self.connections.iter_mut().find(|connection| connection.id == id);
        if let Some(connection) = connection {
            connection.outbound = outbound;
        }
    }
}
