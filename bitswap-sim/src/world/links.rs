//! Connections come and go, and both ends, or one of them, are told.

use std::time::Duration;

use bitswap_core::{Chance, Input};

use super::event_queue::SimEvent;
use super::node::{State, Who};
use super::{NodeId, World};
use crate::network::{Link, Notice};

impl World {
    /// One link in this many is not the only one between its nodes.
    const CONNECTIONS: u64 = 8;
    /// A node that lost its connection has another one within this time.
    const DIALLED_WITHIN_MS: u64 = 3_000;

    /// Connects two nodes. Their handshake, of which they know the round trip, is over. Changes
    /// nothing if they are connected, or one of them has crashed.
    pub fn connect(&mut self, one: NodeId, other: NodeId, link: Link) {
        if self.has_crashed(one) || self.has_crashed(other) {
            return;
        }
        let before = self.network.link(one, other).map(|link| link.capabilities);
        let Some(learn) = self.network.connect(one, other, link) else {
            return;
        };
        let (round_trip, capabilities) = (link.latency.mean() * 2, link.capabilities);
        for node in [one, other] {
            let peer = if node == one { other } else { one };
            let peer = self.nodes[peer.place()].peer_id;
            if learn.contains(&node) {
                self.happen(node, Input::PeerConnected { peer, capabilities });
                self.happen(node, Input::RttMeasured { peer, round_trip });
            } else if before != Some(capabilities) {
                // It still believes in the old connection, and sees how the new one speaks.
                self.happen(node, Input::PeerChanged { peer, capabilities });
            }
        }
    }

    /// Takes the connection of two nodes down. What is on its way is lost; both learn it at once.
    pub fn disconnect(&mut self, one: NodeId, other: NodeId) {
        self.hostile_peers.forget(one, other);
        for node in self.network.disconnect(one, other) {
            let peer = if node == one { other } else { one };
            let peer = self.nodes[peer.place()].peer_id;
            self.happen(node, Input::PeerDisconnected { peer });
        }
    }

    /// One node drops its connection to another, which learns it only after a while; what that
    /// one writes meanwhile is lost, even if they connect again before.
    pub fn drop_silently(&mut self, one: NodeId, other: NodeId, noticed_after: Duration) {
        let Some(life) = self.network.drop_silently(one, other) else {
            return;
        };
        self.hostile_peers.forget(one, other);
        let peer = self.nodes[other.place()].peer_id;
        self.happen(one, Input::PeerDisconnected { peer });
        let at = self.now.after(noticed_after);
        self.queue.schedule(at, SimEvent::Notices { by: other, of: one, life });
    }

    pub(super) fn notice(&mut self, by: NodeId, of: NodeId, life: u32) {
        let peer = self.nodes[of.place()].peer_id;
        match self.network.notice(of, by, life) {
            Notice::Another(lost) => {
                for send in lost {
                    self.happen(by, Input::SendFailed { peer, send });
                }
                self.happen(by, Input::PeerReset { peer });
            }
            Notice::Gone => self.happen(by, Input::PeerDisconnected { peer }),
            Notice::Nothing => {}
        }
    }

    /// Replaces the connection of two nodes by another one, at once. What is on its way is lost.
    pub fn reset(&mut self, one: NodeId, other: NodeId) {
        let Some(lost) = self.network.reset(one, other) else {
            return;
        };
        self.hostile_peers.forget(one, other);
        for (from, send) in lost {
            let peer = if from == one { other } else { one };
            let peer = self.nodes[peer.place()].peer_id;
            self.happen(from, Input::SendFailed { peer, send });
        }
        for (node, peer) in [(one, other), (other, one)] {
            let peer = self.nodes[peer.place()].peer_id;
            self.happen(node, Input::PeerReset { peer });
        }
    }

    /// Whether links that break are, as a rule, the only connection of two nodes: both learn that
    /// they are disconnected, and one of them dials again soon after. Else, as from the start, each
    /// has another one beside it, and takes its place at once.
    pub fn break_only_connections(&mut self, breaks: bool) {
        self.breaks = breaks.then(|| Chance::named(self.seed, "breaks"));
    }

    /// A connection breaks while a message is written, unless that happened before.
    pub(super) fn break_off(&mut self, from: NodeId, to: NodeId, life: u32) {
        if self.network.life(from, to) != Some(life) {
            return;
        }
        let Some(chance) = &mut self.breaks else {
            return self.reset(from, to);
        };
        if chance.one_in(1, Self::CONNECTIONS) {
            return self.reset(from, to);
        }
        let wait = Duration::from_millis(chance.below(Self::DIALLED_WITHIN_MS));
        let round_trip = self.network.last_link(from, to).map(|link| link.latency.mean() * 2);
        let wait = wait + round_trip.unwrap_or_default() * self.network.handshake().unwrap_or(0);
        self.disconnect(from, to);
        self.queue.schedule(self.now.after(wait), SimEvent::Reconnects(from, to));
    }

    /// A dialler has come through, unless nobody cares any more.
    pub(super) fn reconnect(&mut self, one: NodeId, other: NodeId) {
        let link = self.network.last_link(one, other).filter(|_| self.breaks.is_some());
        if let Some(link) = link {
            self.connect(one, other, link);
        }
    }

    /// From now on nothing reaches one of two nodes from the other, and nobody is told.
    pub fn cut(&mut self, one: NodeId, other: NodeId) {
        self.cut_one_way(one, other);
        self.cut_one_way(other, one);
    }

    /// From now on nothing gets from one node to the other, and nobody is told.
    pub fn cut_one_way(&mut self, from: NodeId, to: NodeId) {
        self.network.cut(from, to);
    }

    /// Undoes all cuts: what was held back reaches the other side now, in order.
    pub fn mend(&mut self, one: NodeId, other: NodeId) {
        for (from, to) in [(one, other), (other, one)] {
            for in_flight in self.network.mend(from, to) {
                self.queue.schedule(self.now, SimEvent::Reaches(in_flight));
            }
        }
    }

    /// Whether two nodes are connected, or one of them believes so.
    pub fn are_connected(&self, one: NodeId, other: NodeId) -> bool {
        self.network.link(one, other).is_some()
    }

    /// The nodes that a node is connected to, or believes to be, by number.
    pub fn peers_of(&self, node: NodeId) -> Vec<NodeId> {
        self.network.peers_of(node)
    }

    /// How often connections of a node began and broke.
    pub(crate) fn breaks_of(&self, node: NodeId) -> u32 {
        self.network.lives_of(node)
    }

    /// Whether hostile nodes send more than a node's line carries. What others send waits behind
    /// it, as it would not where connections have shares of a line.
    pub fn is_flooded(&self, node: NodeId) -> bool {
        let is_hostile = |from: NodeId| matches!(self.nodes[from.place()].who, Who::Hostile(_));
        self.network.waits_for(node).any(is_hostile)
    }

    fn has_crashed(&self, node: NodeId) -> bool {
        matches!(self.nodes[node.place()].state, State::Crashed)
    }
}
