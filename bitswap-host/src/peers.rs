//! The connected peers, and what they say of themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId, identify};
use tokio::time::Instant;

use crate::counts::CloseReason;

/// Nobody needs more to tell what a peer is.
const AGENT_CHARS: usize = 64;

/// A connected peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerView {
    /// The peer.
    pub peer_id: PeerId,
    /// What it calls itself, cut and made printable; `None` = it has not said.
    pub agent: Option<String>,
    /// Where it says that it listens; unverified.
    pub listens_on: Vec<Multiaddr>,
    /// How it is connected, oldest first; never empty.
    pub connections: Vec<Connection>,
    /// The last that was measured.
    pub round_trip: Option<Duration>,
}

/// One connection to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The remote end; of one that was accepted, the port is of no use to others.
    pub address: Multiaddr,
    /// Whether the peer dialled us.
    pub inbound: bool,
    /// Whether it goes over a relay.
    pub relayed: bool,
}

/// All connected peers.
#[derive(Debug, Default)]
pub(super) struct Peers(BTreeMap<PeerId, Peer>);

#[derive(Debug, Default)]
struct Peer {
    agent: Option<String>,
    listens_on: Vec<Multiaddr>,
    connections: BTreeMap<ConnectionId, Connection>,
    /// Why it is being disconnected, if it is.
    leaving: Option<CloseReason>,
    /// Whether it was dialled since it came over a relay.
    dialled_back: bool,
    /// When it was dialled last.
    dialled_at: Option<Instant>,
    round_trip: Option<Duration>,
}

impl Peers {
    pub(super) fn opened(&mut self, peer: PeerId, id: ConnectionId, point: &ConnectedPoint) {
        let connection = Connection {
            address: point.get_remote_address().clone(),
            inbound: point.is_listener(),
            relayed: point.is_relayed(),
        };
        let known = self.0.entry(peer).or_default();
        if !connection.inbound {
            known.dialled_at = Some(Instant::now());
        }
        known.connections.insert(id, connection);
        known.leaving = None;
    }

    /// Returns why it was closed, if this node said so.
    pub(super) fn closed(&mut self, peer: PeerId, id: ConnectionId) -> Option<CloseReason> {
        let known = self.0.get_mut(&peer)?;
        known.connections.remove(&id);
        let leaving = known.leaving;
        if known.connections.is_empty() {
            self.0.remove(&peer);
        }
        leaving
    }

    pub(super) fn said(&mut self, peer: PeerId, said: identify::Info) {
        let Some(known) = self.0.get_mut(&peer) else { return };
        known.agent = Some(printable(&said.agent_version));
        known.listens_on = said.listen_addrs;
    }

    pub(super) fn measured(&mut self, peer: PeerId, round_trip: Duration) {
        if let Some(known) = self.0.get_mut(&peer) {
            known.round_trip = Some(round_trip);
        }
    }

    pub(super) fn has(&self, peer: PeerId) -> bool {
        self.0.contains_key(&peer)
    }

    /// The peer that was dialled at this address.
    pub(super) fn at(&self, address: &Multiaddr) -> Option<PeerId> {
        let is_there = |it: &Connection| {
            let bare = it.address.iter().filter(|part| !matches!(part, Protocol::P2p(_)));
            !it.inbound && bare.eq(address)
        };
        let here = |(_, known): &(&PeerId, &Peer)| known.connections.values().any(is_there);
        self.0.iter().find(here).map(|(peer, _)| *peer)
    }

    /// Whether a peer is connected from the same machine or a private network.
    pub(super) fn is_local(&self, peer: PeerId) -> bool {
        let connections =
            self.0.get(&peer).into_iter().flat_map(|known| known.connections.values());
        connections.flat_map(|connection| &connection.address).any(|part| {
            if let Protocol::Ip4(ip) = part {
                ip.is_private() || ip.is_loopback() || ip.is_link_local()
            } else if let Protocol::Ip6(ip) = part {
                ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local()
            } else {
                false
            }
        })
    }

    /// A peer is being disconnected.
    pub(super) fn leaves(&mut self, peer: PeerId, why: CloseReason) {
        if let Some(known) = self.0.get_mut(&peer) {
            known.leaving = Some(why);
        }
    }

    /// Whether a peer came over a relay, by this connection, and is not here in any other way; true
    /// once for each peer, however often it says where it listens.
    pub(super) fn take_dial_back(&mut self, peer: PeerId, id: ConnectionId) -> bool {
        let Some(known) = self.0.get_mut(&peer) else { return false };
        let came = known.connections.get(&id).is_some_and(|it| it.inbound && it.relayed);
        came && known.connections.values().all(|it| it.relayed)
            && !std::mem::replace(&mut known.dialled_back, true)
    }

    /// Whether a peer that is connected was dialled so lately.
    pub(super) fn was_dialled_within(&self, peer: PeerId, time: Duration) -> bool {
        let dialled_at = self.0.get(&peer).and_then(|known| known.dialled_at);
        dialled_at.is_some_and(|at| at.elapsed() < time)
    }

    /// Those that are not being disconnected, and how many connections there are to each.
    pub(super) fn staying(&self) -> impl Iterator<Item = (PeerId, u32)> {
        let staying = self.0.iter().filter(|(_, known)| known.leaving.is_none());
        staying.map(|(peer, known)| {
            (*peer, u32::try_from(known.connections.len()).unwrap_or(u32::MAX))
        })
    }

    pub(super) fn view(&self) -> Vec<PeerView> {
        let view = |(peer, known): (&PeerId, &Peer)| PeerView {
            peer_id: *peer,
            agent: known.agent.clone(),
            listens_on: known.listens_on.clone(),
            connections: known.connections.values().cloned().collect(),
            round_trip: known.round_trip,
        };
        self.0.iter().map(view).collect()
    }
}

/// A stranger's words, safe to put on a terminal.
fn printable(words: &str) -> String {
    let safe = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    words.chars().take(AGENT_CHARS).map(safe).collect()
}
