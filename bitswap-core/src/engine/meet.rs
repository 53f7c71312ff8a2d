//! Peers come, change and go.

use std::time::Duration;

use libp2p_identity::PeerId;

use super::Engine;
use crate::action::Action;
use crate::event::AskOutcome;
use crate::ids::{CidKey, PeerKey, SendId};
use crate::strategy::Fact;
use crate::wire::{Speaks, WantKind};

impl Engine {
    pub(super) fn peer_connected(&mut self, id: PeerId, speaks: Speaks) {
        let peer = self.keys.peer(&id);
        if self.peers.contains(peer) {
            self.stats.stray_inputs += 1;
            self.peer_changed(&id, speaks);
            return;
        }
        if self.peers.len() >= self.config.limits.peers {
            self.actions.push_back(Action::LetGo { peer: id });
            return;
        }
        self.peers.connect(peer, id, speaks);
        self.queues.open(peer, speaks);
        self.server.meet(peer);
        let was_here = self.ledger.account(peer).is_some();
        self.ledger.meet(self.now, peer);
        self.judges.tell(self.now, &Fact::PeerConnected { peer });
        self.ask_newcomer(peer);
        if was_here && let Some(known) = self.peers.get_mut(peer) {
            known.returned_at = Some(self.now);
        }
    }

    pub(super) fn peer_changed(&mut self, id: &PeerId, speaks: Speaks) {
        let peer = self.keys.peer(id);
        match self.peers.get_mut(peer) {
            Some(known) => {
                known.speaks = speaks;
                self.queues.open(peer, speaks);
            }
            None => self.stats.stray_inputs += 1,
        }
    }

    pub(super) fn peer_reset(&mut self, id: &PeerId) {
        let peer = self.keys.peer(id);
        if self.peers.contains(peer) {
            self.queues.repeat(self.now, peer);
        } else {
            self.stats.stray_inputs += 1;
        }
    }

    pub(super) fn peer_measured(&mut self, id: &PeerId, round_trip: Duration) {
        let peer = self.keys.peer(id);
        let Some(known) = self.peers.get_mut(peer) else {
            self.stats.stray_inputs += 1;
            return;
        };
        known.round_trip = Some(round_trip);
        self.patience.measured(peer, round_trip);
        self.queues.measured(peer, round_trip);
        self.refresh_member(peer);
    }

    /// Nothing but its account refers to the peer any more.
    pub(super) fn peer_disconnected(&mut self, id: &PeerId) {
        let peer = self.keys.peer(id);
        if !self.peers.disconnect(peer) {
            self.stats.stray_inputs += 1;
            return;
        }
        self.queues.close(peer);
        self.orphan_reads(peer);
        self.server.forget_peer(peer);
        self.relay_forgets(peer);
        self.patience.forget_peer(peer);
        self.sessions.forget_peer(peer);
        for (key, asked) in self.wants.forget_peer(peer) {
            if let Some(asked) = asked.filter(|asked| asked.open) {
                self.ask_ended((peer, key), asked, AskOutcome::Disconnected);
            }
            self.decide_again(key);
        }
        self.judges.tell(self.now, &Fact::PeerDisconnected { peer });
    }

    /// A message was written, or could not be.
    pub(super) fn landed(&mut self, id: &PeerId, send: SendId, written: bool) {
        let peer = self.keys.peer(id);
        let Some(flight) = self.queues.landed(self.now, (peer, send), written) else {
            self.stats.stray_inputs += 1;
            return;
        };
        // What could not be written is said again, but not waited for without end.
        for (key, kind) in flight.asks {
            self.ask_left(peer, key, kind);
        }
        if !written {
            self.stats.wire.send_failures += 1;
        }
        for given in flight.blocks {
            self.block_left(peer, &given, written);
        }
    }

    /// Rows of this peer in sessions' views follow what is known of it.
    pub(super) fn refresh_member(&mut self, peer: PeerKey) {
        if let Some(known) = self.peers.get(peer) {
            let times = (self.patience.answer_time(peer), known.round_trip);
            self.sessions.update_peer(peer, times, known.block_asks_in_flight);
        }
    }

    /// An ask was written, or could not be: only now the wait for its answer begins, and the pause
    /// before it is made again.
    fn ask_left(&mut self, peer: PeerKey, key: CidKey, kind: WantKind) {
        self.wants.left(self.now, (key, peer), kind);
        let Some(asked) = self.wants.get(key).and_then(|want| want.asked(peer)) else {
            return;
        };
        let waits = asked.open && kind == WantKind::Block && asked.kind == WantKind::Block;
        if waits {
            self.patience.start(self.now, (peer, key), asked.timeout);
        }
    }
}
