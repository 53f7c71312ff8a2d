//! The connections of each peer, and the inputs of the engine that follow from their changes.
//!
//! The engine knows only peers that speak Bitswap. This module decides when such a peer is
//! connected, changed and gone.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{Input, Lanes, PeerCapabilities, SendId};
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

/// A peer that says nothing on a connection for so long, and speaks on another, has left it: both
/// ends may open one at once, and each then speaks on its own.
const LEFT: Duration = Duration::from_secs(1);

/// The connections of all peers.
#[derive(Debug, Default)]
pub(super) struct Connections {
    peers: HashMap<PeerId, Peer>,
    /// Peers that the engine asked for, and has not heard of since; whether each was dialled twice.
    awaited: HashMap<PeerId, bool>,
}

#[derive(Debug)]
struct Peer {
    /// When it was connected, or the last message was written to it or came from it.
    used_at: Instant,
    /// Oldest first.
    connections: Vec<Connection>,
    /// The connection that messages go over: a change would let the next one overtake the last.
    /// `None` = the peer listens on none so far, and none of them was handed a message.
    preferred: Option<ConnectionId>,
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
    /// Where it was dialled, if we did.
    dialled: Option<Multiaddr>,
    /// When it was opened, or a message last came on it.
    heard_at: Instant,
    /// Whether messages are to go over it, in place of the one that they go over now.
    takes_over: bool,
}

/// The result of asking the peer for a Bitswap stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outbound {
    /// It does not speak Bitswap.
    Unsupported,
    /// None came about yet; the connection tries again.
    Silent,
    Speaks(ProtocolVersion),
    Undecided,
}

impl Connections {
    /// The engine wants this peer. True if it has to be dialled, else the answer, if there is one
    /// already.
    pub(super) fn connect(&mut self, peer: PeerId) -> (bool, Option<Input>) {
        if self.knows(peer) {
            return (false, None);
        }
        self.awaited.entry(peer).or_default();
        if self.peers.contains_key(&peer) { (false, self.give_up(peer)) } else { (true, None) }
    }

    /// The engine waits for this peer as if it had not been given up.
    pub(super) fn await_again(&mut self, peer: PeerId) {
        self.awaited.entry(peer).or_default();
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

    /// Whether a peer whose dial failed may be dialled once more before the engine hears of it.
    pub(super) fn may_dial_again(&mut self, peer: PeerId) -> bool {
        let is_connected = self.peers.contains_key(&peer);
        let twice = self.awaited.get_mut(&peer).filter(|_| !is_connected);
        twice.is_some_and(|twice| !std::mem::replace(twice, true))
    }

    /// No connection came about.
    pub(super) fn not_connected(&mut self, peer: PeerId) -> Option<Input> {
        if self.peers.contains_key(&peer) { None } else { self.give_up(peer) }
    }

    /// A new connection.
    pub(super) fn opened(&mut self, peer: PeerId, id: ConnectionId, dialled: Option<Multiaddr>) {
        let connections = &mut self.peers.entry(peer).or_default().connections;
        let (outbound, heard_at) = (Outbound::Undecided, Instant::now());
        connections.push(Connection { id, outbound, dialled, heard_at, takes_over: false });
    }

    /// Where the connections to a peer were dialled, by us.
    pub(super) fn dialled(&self, peer: PeerId) -> Vec<Multiaddr> {
        let connections = self.peers.get(&peer).into_iter().flat_map(|state| &state.connections);
        connections.filter_map(|connection| connection.dialled.clone()).collect()
    }

    /// A peer says all its wants on another connection than we write to, and nothing on that one
    /// for a while: it has left it, and so do we. Only for a younger one, or both ends might go
    /// on changing places.
    pub(super) fn moved(&mut self, peer: PeerId, id: ConnectionId) {
        let Some(state) = self.peers.get(&peer) else { return };
        let place = |id| state.connections.iter().position(|it| it.id == id);
        let (left, new) = (state.preferred.and_then(place), place(id));
        let is_left = |place: usize| {
            let left = state.connections.get(place);
            left.is_some_and(|it| it.heard_at.elapsed() > LEFT) && new > Some(place)
        };
        if left.is_some_and(is_left) {
            self.let_take_over(peer, id);
        }
    }

    /// Messages to a peer are to go over this connection, once it listens there.
    pub(super) fn let_take_over(&mut self, peer: PeerId, id: ConnectionId) {
        let connections = self.peers.get_mut(&peer).map(|state| &mut state.connections);
        for connection in connections.into_iter().flatten().filter(|it| it.id == id) {
            connection.takes_over = true;
        }
    }

    /// Prefers a connection that is to take over, if the peer listens there; the one that carried
    /// before, and what follows. What is being written there is written again.
    pub(super) fn take_over(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
    ) -> Option<(ConnectionId, Vec<Input>)> {
        let state = self.peers.get_mut(&peer)?;
        let new = state.connections.iter_mut().find(|it| it.id == id && it.takes_over)?;
        let protocol = new.outbound.protocol()?;
        new.takes_over = false;
        let left = state.preferred.filter(|left| *left != id)?;
        state.preferred = Some(id);
        let lost = state.unwritten.extract_if(.., |(_, connection)| *connection == left);
        let mut inputs: Vec<_> = lost.map(|(send, _)| Input::SendFailed { peer, send }).collect();
        inputs.extend(self.change(peer, protocol));
        inputs.push(Input::PeerReset { peer });
        Some((left, inputs))
    }

    /// A connection is gone, and what was being written to it.
    pub(super) fn closed(&mut self, peer: PeerId, id: ConnectionId) -> Vec<Input> {
        let Some(state) = self.peers.get_mut(&peer) else { return Vec::new() };
        let spoke = state.decide(id, Outbound::Unsupported);
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
        inputs.extend(self.leave(peer, id, spoke).into_iter().flatten());
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
        state.decide(id, Outbound::Speaks(protocol));
        let preferred = *state.preferred.get_or_insert(id);
        if preferred == id { self.change(peer, protocol) } else { None }
    }

    /// A message came, perhaps before it was clear whether the peer listens.
    pub(super) fn heard(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        protocol: ProtocolVersion,
    ) -> Option<Input> {
        let state = self.peers.get_mut(&peer)?;
        state.used_at = Instant::now();
        for connection in state.connections.iter_mut().filter(|it| it.id == id) {
            connection.heard_at = state.used_at;
        }
        let news = state.capabilities.is_none() && state.may_speak();
        if news { self.change(peer, protocol) } else { None }
    }

    /// The peer does not listen to Bitswap on this connection. If it does on none, it is gone:
    /// there is no way to answer it.
    pub(super) fn unsupported(&mut self, peer: PeerId, id: ConnectionId) -> [Option<Input>; 2] {
        let Some(state) = self.peers.get_mut(&peer) else { return [None, None] };
        let spoke = state.decide(id, Outbound::Unsupported);
        if state.may_speak() {
            return self.leave(peer, id, spoke);
        }
        state.unwritten.clear();
        state.preferred = None;
        let known = state.capabilities.take().is_some();
        let gone = known.then_some(Input::PeerDisconnected { peer });
        [gone.or_else(|| self.give_up(peer)), None]
    }

    /// The peer gave no answer on this connection, and may give one later. Nobody waits for that.
    pub(super) fn no_stream(&mut self, peer: PeerId, id: ConnectionId) -> [Option<Input>; 2] {
        let Some(state) = self.peers.get_mut(&peer) else { return [None, None] };
        let spoke = state.decide(id, Outbound::Silent);
        let inputs = self.leave(peer, id, spoke);
        if self.knows(peer) { inputs } else { [self.give_up(peer), None] }
    }

    /// The peer reads only one of our streams.
    pub(super) fn one_lane(&mut self, peer: PeerId) -> Option<Input> {
        let state = self.peers.get_mut(&peer)?;
        state.one_lane = true;
        let capabilities = state.capabilities?;
        self.change(peer, capabilities.protocol)
    }

    /// The connection over which messages to this peer are sent. It stays the same until it closes
    /// or turns out not to carry them, whatever is negotiated on others later.
    pub(super) fn preferred_connection(&self, peer: PeerId) -> Option<ConnectionId> {
        self.peers.get(&peer)?.preferred_connection()
    }

    /// A message was handed to a connection.
    pub(super) fn writing(&mut self, peer: PeerId, send: SendId, id: ConnectionId) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.unwritten.push((send, id));
            if state.capabilities.is_some() {
                state.preferred.get_or_insert(id);
            }
        }
    }

    /// The connection that a message was handed to, if it is still being written.
    pub(super) fn written_on(&self, peer: PeerId, send: SendId) -> Option<ConnectionId> {
        let mut unwritten = self.peers.get(&peer)?.unwritten.iter();
        Some(unwritten.find(|(other, _)| *other == send)?.1)
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

    /// Whether a peer that is connected may turn out soon to speak Bitswap.
    pub(super) fn may_find_speakers(&self) -> bool {
        self.peers.values().any(|peer| peer.capabilities.is_none() && peer.is_being_asked())
    }

    /// All peers that are connected.
    pub(super) fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.peers.keys().copied()
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

    /// A connection carries no more messages. If it was the preferred one, the oldest other on
    /// which the peer listens is preferred now. If the peer listened on it, what was written there
    /// may be lost, or be read after what is written next.
    fn leave(&mut self, peer: PeerId, id: ConnectionId, spoke: bool) -> [Option<Input>; 2] {
        let state = self.peers.get_mut(&peer).filter(|state| state.preferred == Some(id));
        let Some(state) = state else { return [None, None] };
        let next = state.oldest_that_speaks();
        state.preferred = next.map(|(next, _)| next);
        let changed = next.and_then(|(_, protocol)| self.change(peer, protocol));
        [changed, spoke.then_some(Input::PeerReset { peer })]
    }

    /// Ends the engine's waiting for a peer, if nothing can come of it any more.
    fn give_up(&mut self, peer: PeerId) -> Option<Input> {
        let hope = self.peers.get(&peer).is_some_and(Peer::is_being_asked);
        (!hope && self.awaited.remove(&peer).is_some()).then_some(Input::DialFailed { peer })
    }
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            used_at: Instant::now(),
            connections: Vec::new(),
            preferred: None,
            capabilities: None,
            one_lane: false,
            unwritten: Vec::new(),
            let_go: false,
        }
    }
}

impl Peer {
    /// One on which the peer may turn out to listen, if there is none yet on which it does.
    fn preferred_connection(&self) -> Option<ConnectionId> {
        let with = |outbound| self.connections.iter().find(move |it| it.outbound == outbound);
        let hopeful = || with(Outbound::Undecided).or_else(|| with(Outbound::Silent));
        self.preferred.or_else(|| Some(hopeful().or_else(|| self.connections.first())?.id))
    }

    fn oldest_that_speaks(&self) -> Option<(ConnectionId, ProtocolVersion)> {
        self.connections.iter().find_map(|it| Some((it.id, it.outbound.protocol()?)))
    }

    fn may_speak(&self) -> bool {
        self.connections.iter().any(|it| it.outbound != Outbound::Unsupported)
    }

    /// Whether it may turn out soon that it speaks Bitswap.
    fn is_being_asked(&self) -> bool {
        let speaks = self.oldest_that_speaks().is_some();
        speaks || self.connections.iter().any(|it| it.outbound == Outbound::Undecided)
    }

    /// True if the peer listened on this connection before.
    fn decide(&mut self, id: ConnectionId, outbound: Outbound) -> bool {
        let connection = self.connections.iter_mut().find(|connection| connection.id == id);
        let before = connection.map(|it| std::mem::replace(&mut it.outbound, outbound));
        before.is_some_and(|before| before.protocol().is_some())
    }
}

impl Outbound {
    const fn protocol(self) -> Option<ProtocolVersion> {
        match self {
            Self::Speaks(protocol) => Some(protocol),
            Self::Silent | Self::Undecided | Self::Unsupported => None,
        }
    }
}
