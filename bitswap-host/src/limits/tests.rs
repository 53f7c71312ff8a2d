//! Who is refused where connections are at their limits.

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p::swarm::{ConnectionId, DialError, DialFailure, FromSwarm, NetworkBehaviour as _};
use libp2p::{Multiaddr, PeerId};

use super::{ConnectionLimits, Limits};

struct World {
    limits: Limits,
    next: usize,
}

impl World {
    fn of(peers: u32) -> Self {
        Self { limits: Limits::new(ConnectionLimits::of(peers)), next: 0 }
    }

    fn id(&mut self) -> ConnectionId {
        self.next += 1;
        ConnectionId::new_unchecked(self.next)
    }

    /// A peer connects; false if it is refused.
    fn takes(&mut self, peer: PeerId) -> bool {
        let (id, nowhere) = (self.id(), Multiaddr::empty());
        let limits = &mut self.limits;
        let taken = limits.handle_pending_inbound_connection(id, &nowhere, &nowhere).is_ok()
            && limits.handle_established_inbound_connection(id, peer, &nowhere, &nowhere).is_ok();
        let point =
            ConnectedPoint::Listener { local_addr: nowhere.clone(), send_back_addr: nowhere };
        self.established(taken, peer, id, &point)
    }

    /// The node connects to a peer; false if it may not.
    fn dials(&mut self, peer: PeerId) -> bool {
        let Some(id) = self.begins_dial(peer) else { return false };
        let (nowhere, role, port) = (Multiaddr::empty(), Endpoint::Dialer, PortUse::New);
        let limits = &mut self.limits;
        let dialled =
            limits.handle_established_outbound_connection(id, peer, &nowhere, role, port).is_ok();
        let point =
            ConnectedPoint::Dialer { address: nowhere, role_override: role, port_use: port };
        self.established(dialled, peer, id, &point)
    }

    fn begins_dial(&mut self, peer: PeerId) -> Option<ConnectionId> {
        let id = self.id();
        let begun =
            self.limits.handle_pending_outbound_connection(id, Some(peer), &[], Endpoint::Dialer);
        begun.ok().map(|_| id)
    }

    fn established(
        &mut self,
        is_so: bool,
        peer_id: PeerId,
        connection_id: ConnectionId,
        endpoint: &ConnectedPoint,
    ) -> bool {
        if is_so {
            let established = ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                failed_addresses: &[],
                other_established: 0,
            };
            self.limits.on_swarm_event(FromSwarm::ConnectionEstablished(established));
        }
        is_so
    }

    /// The last connection to a peer closes.
    fn loses(&mut self, peer_id: PeerId) {
        let point = ConnectedPoint::Listener {
            local_addr: Multiaddr::empty(),
            send_back_addr: Multiaddr::empty(),
        };
        self.limits.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
            peer_id,
            connection_id: ConnectionId::new_unchecked(0),
            endpoint: &point,
            cause: None,
            remaining_established: 0,
        }));
    }
}

/// How many of many strangers are let in.
fn fill(mut lets_in: impl FnMut(PeerId) -> bool) -> usize {
    (0..100).filter(|_| lets_in(PeerId::random())).count()
}

#[test]
fn strangers_that_connect_take_no_place_from_dials_and_nobody_from_those_that_are_kept() {
    let mut world = World::of(10);
    let friend = PeerId::random();
    world.limits.keep([friend]);

    assert_eq!(fill(|peer| world.takes(peer)), 20);
    assert_eq!(fill(|peer| world.dials(peer)), 10);
    assert!(world.takes(friend) && world.dials(friend));

    world.limits.keep([]);
    assert!(!world.takes(friend) && !world.dials(friend));
}

#[test]
fn who_leaves_makes_room_and_is_forgotten() {
    let mut world = World::of(1);
    let peers = [PeerId::random(), PeerId::random()];
    assert!(peers.into_iter().all(|peer| world.takes(peer)));
    assert!(!world.takes(PeerId::random()));

    world.loses(peers[0]);

    assert_eq!(world.limits.by_peer.keys().collect::<Vec<_>>(), [&peers[1]]);
    assert!(world.takes(PeerId::random()));
}

#[test]
fn one_peer_has_four_connections() {
    let mut world = World::of(100);
    let peer = PeerId::random();

    let taken =
        (0..10).filter(|turn| if turn % 2 == 0 { world.takes(peer) } else { world.dials(peer) });

    assert_eq!(taken.count(), 4);
}

#[test]
fn a_dial_that_fails_leaves_its_place_to_another() {
    let mut world = World::of(1_000);
    let dials: Vec<_> = (0..64).filter_map(|_| world.begins_dial(PeerId::random())).collect();
    assert_eq!((dials.len(), world.begins_dial(PeerId::random())), (64, None));

    let failure =
        DialFailure { peer_id: None, error: &DialError::Aborted, connection_id: dials[7] };
    world.limits.on_swarm_event(FromSwarm::DialFailure(failure));

    assert!(world.begins_dial(PeerId::random()).is_some());
    assert_eq!(world.begins_dial(PeerId::random()), None);
}
