//! Inputs about peers: connected, changed, disconnected, and messages sent to them.

use std::time::Duration;

use libp2p_identity::PeerId;

use super::Engine;
use crate::action::Action;
use crate::event::Event;
use crate::ids::SendId;
use crate::peers::Peer;
use crate::strategy::PeerClass;
use crate::wire::PeerCapabilities;

impl Engine {
    pub(super) fn peer_connected(&mut self, id: PeerId, capabilities: PeerCapabilities) {
        let peer = self.keys().peer(&id);
        if self.peers.contains(peer) {
            self.out.stats.stray_inputs += 1;
            self.peer_changed(&id, capabilities);
            return;
        }
        if self.peers.len() >= self.config.limits.peers {
            self.out.act(Action::Disconnect { peer: id });
            return;
        }
        self.peers.connect(self.clock.now(), peer, id, capabilities);
        let was_here = self.peers.ledger.account(peer).is_some();
        self.peers.ledger.meet(self.clock.now(), peer);
        self.out.report(Event::PeerConnected { peer, id });
        self.client().peer_connected(peer);
        if was_here && let Some(known) = self.peers.get_mut(peer) {
            known.returned_at = Some(self.clock.now());
        }
    }

    pub(super) fn peer_changed(&mut self, id: &PeerId, capabilities: PeerCapabilities) {
        let peer = self.keys().peer(id);
        if !self.peers.change(peer, capabilities) {
            self.out.stats.stray_inputs += 1;
        }
    }

    pub(super) fn peer_classified(&mut self, id: &PeerId, class: PeerClass, is_local: bool) {
        let peer = self.keys().peer(id);
        if let Some(known) = self.peers.get_mut(peer) {
            (known.class, known.is_local) = (class, is_local);
            self.peers.ledger.forget_weight(peer);
            self.server.rank_again(peer);
            self.client.sessions.peer_changed(peer);
        } else {
            self.out.stats.stray_inputs += 1;
        }
    }

    pub(super) fn peer_reset(&mut self, id: &PeerId) {
        let peer = self.keys().peer(id);
        if self.peers.contains(peer) {
            self.client().peer_reset(peer);
        } else {
            self.out.stats.stray_inputs += 1;
        }
    }

    pub(super) fn peer_measured(&mut self, id: &PeerId, round_trip: Duration) {
        let peer = self.keys().peer(id);
        if self.peers.measured(peer, round_trip) {
            self.client().peer_measured(peer, round_trip);
        } else {
            self.out.stats.stray_inputs += 1;
        }
    }

    /// Removes everything about a peer but its ledger account.
    pub(super) fn peer_disconnected(&mut self, id: &PeerId) {
        let peer = self.keys().peer(id);
        let Some(known) = self.peers.disconnect(peer) else {
            self.out.stats.stray_inputs += 1;
            return;
        };
        self.out.report(Event::PeerDisconnected { peer });
        let Peer { requests, relay, asked, sessions, timeouts, .. } = known;
        self.server.forget_peer(peer, requests);
        self.relay().forget_peer(peer, relay);
        self.client().forget_peer(peer, asked, sessions, timeouts);
    }

    /// A message was sent, or failed.
    pub(super) fn send_finished(&mut self, id: &PeerId, send: SendId, written: bool) {
        let peer = self.keys().peer(id);
        let Some(flight) = self.peers.send_finished(self.clock.now(), (peer, send), written) else {
            self.out.stats.stray_inputs += 1;
            return;
        };
        if flight.speaks_of_wants {
            self.client.timeouts.write_ended(&self.peers, send);
        }
        // Wants of a failed message are sent again, but their timeouts start now.
        for (key, kind) in &flight.asks {
            self.client().want_sent(peer, *key, *kind);
        }
        if !written {
            self.out.stats.wire.send_failures += 1;
        }
        let held = flight.is_awaited && self.server().send_ended(peer, &flight, written);
        for given in flight.blocks {
            self.server().block_left(peer, &given, (written, held));
            self.carry_effects();
        }
    }

    /// A peer took what was written of a suspended message.
    pub(super) fn send_waits(&mut self, id: &PeerId, send: SendId) {
        let peer = self.keys().peer(id);
        let now = self.now();
        if !self.server.send_waits(&mut self.peers, now, (peer, send)) {
            self.out.stats.stray_inputs += 1;
        }
    }
}
