//! Peers that are refused, or disconnected for what they send.

use libp2p::PeerId;
use libp2p::swarm::{CloseConnection, ConnectionDenied, ToSwarm};

use super::{Behaviour, Event};
use crate::driver::Violation;
use crate::handler::HandlerCommand;

impl Behaviour {
    /// Whether a connection with this peer may be, and counts it if not.
    pub(super) fn allow(&mut self, peer: PeerId, dialled: bool) -> Result<(), ConnectionDenied> {
        let Some(rule) = self.filter.denies_peer(&peer) else { return Ok(()) };
        let count = self.driver.count();
        *if dialled { &mut count.denied_dials } else { &mut count.denied_connections } += 1;
        tracing::debug!(%peer, %rule, dialled, "a peer that is denied was refused");
        Err(ConnectionDenied::new(format!("it is denied by {rule}")))
    }

    /// Disconnects all peers that are denied; the first of what the swarm is to be told.
    pub(super) fn disconnect_denied(&mut self) -> Option<ToSwarm<Event, HandlerCommand>> {
        let is_denied = |it: &PeerId| self.filter.denies_peer(it).is_some();
        let denied: Vec<PeerId> = self.connections.peers().filter(is_denied).collect();
        for peer_id in denied {
            if self.connections.let_go(peer_id) {
                self.driver.count().denied_connections += 1;
                let connection = CloseConnection::All;
                self.outbox.push_back(ToSwarm::CloseConnection { peer_id, connection });
            }
        }
        self.outbox.pop_front()
    }

    /// Disconnects a peer that went on sending what is of no use; told once for all connections.
    pub(super) fn let_go_of_wasteful(&mut self, peer: PeerId) {
        if self.connections.let_go(peer) {
            self.driver.count().wasteful_peers += 1;
            self.driver.violated(Violation::Wasteful, Some(&peer), 1);
            let connection = CloseConnection::All;
            self.outbox.push_back(ToSwarm::CloseConnection { peer_id: peer, connection });
        }
    }
}
