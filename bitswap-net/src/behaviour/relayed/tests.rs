//! Which connections are used, and how long a direct one is waited for.

use std::sync::Arc;

use bitswap_core::Input;
use bitswap_core::strategy::plain;
use bitswap_store::MemoryStore;
use futures::FutureExt as _;
use libp2p::core::{ConnectedPoint, UpgradeInfo as _};
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p::swarm::{ConnectionHandler as _, ConnectionId, FromSwarm, NetworkBehaviour as _};
use libp2p::{Multiaddr, PeerId};
use tokio::time::advance;

use super::{RelayedPeers, UPGRADE};
use crate::{Behaviour, Builder};

fn over(peers: &mut RelayedPeers) -> Option<PeerId> {
    std::future::poll_fn(|cx| peers.poll(cx)).now_or_never()
}

#[tokio::test(start_paused = true)]
async fn a_direct_connection_is_waited_for_once_and_not_for_ever() {
    let (mut peers, bob, carol) = (RelayedPeers::default(), PeerId::random(), PeerId::random());
    peers.opened(bob, false);
    advance(UPGRADE / 2).await;
    peers.opened(carol, false);
    assert_eq!(over(&mut peers), None);

    advance(UPGRADE / 2).await;

    assert_eq!(over(&mut peers), Some(bob));
    assert_eq!(over(&mut peers), None);
    assert!(!peers.is_upgrading(bob) && peers.contains(bob) && peers.is_upgrading(carol));
    advance(UPGRADE / 2).await;
    assert!(peers.are_upgrading());
    assert_eq!(over(&mut peers), Some(carol));
    assert!(!peers.are_upgrading());
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_who_is_connected_directly() {
    let (mut peers, bob) = (RelayedPeers::default(), PeerId::random());
    peers.opened(bob, false);
    peers.set_direct(bob, true);
    assert!(peers.contains(bob) && !peers.are_upgrading());

    advance(UPGRADE).await;
    assert_eq!(over(&mut peers), None);
}

#[tokio::test(start_paused = true)]
async fn a_direct_connection_that_closes_in_time_is_followed_by_another() {
    let (mut peers, bob) = (RelayedPeers::default(), PeerId::random());
    peers.opened(bob, false);
    peers.set_direct(bob, true);
    advance(UPGRADE / 2).await;

    peers.set_direct(bob, false);
    assert!(peers.are_upgrading() && peers.is_upgrading(bob));
    peers.set_direct(bob, true);
    advance(UPGRADE).await;
    peers.set_direct(bob, false);

    assert!(!peers.are_upgrading(), "what closes later has lasted");
    assert_eq!(over(&mut peers), None);
}

#[tokio::test(start_paused = true)]
async fn a_peer_is_relayed_until_its_last_connection_is_gone() {
    let (mut peers, bob) = (RelayedPeers::default(), PeerId::random());
    peers.opened(bob, false);
    peers.opened(bob, false);

    assert!(!peers.closed(bob) && peers.is_upgrading(bob));
    assert!(peers.closed(bob) && !peers.contains(bob) && !peers.are_upgrading());

    advance(UPGRADE).await;
    assert_eq!(over(&mut peers), None);
}

fn circuit() -> Multiaddr {
    let relay = PeerId::random();
    format!("/ip4/192.0.2.1/tcp/4001/p2p/{relay}/p2p-circuit").parse().unwrap()
}

/// A peer that came to this address of ours.
fn came(local_addr: Multiaddr) -> ConnectedPoint {
    ConnectedPoint::Listener { local_addr, send_back_addr: Multiaddr::empty() }
}

fn open(behaviour: &mut Behaviour, peer: PeerId, id: usize, endpoint: &ConnectedPoint) {
    behaviour.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
        peer_id: peer,
        connection_id: ConnectionId::new_unchecked(id),
        endpoint,
        failed_addresses: &[],
        other_established: 0,
    }));
}

fn close(behaviour: &mut Behaviour, peer: PeerId, id: usize, endpoint: &ConnectedPoint) {
    behaviour.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
        peer_id: peer,
        connection_id: ConnectionId::new_unchecked(id),
        endpoint,
        cause: None,
        remaining_established: 1,
    }));
}

#[tokio::test(start_paused = true)]
async fn the_first_of_several_direct_connections_may_close_before_the_next_is_there() {
    let builder = Builder::new(Arc::new(MemoryStore::new()), plain::strategies());
    let (mut behaviour, _bitswap) = builder.build().unwrap();
    let (peer, relayed) = (PeerId::random(), came(circuit()));
    let direct = came("/ip4/192.0.2.2/tcp/4001".parse().unwrap());
    open(&mut behaviour, peer, 1, &relayed);
    assert_eq!(behaviour.connections.connect(peer), (true, None), "the engine wants it");

    open(&mut behaviour, peer, 2, &direct);
    close(&mut behaviour, peer, 2, &direct);

    assert!(behaviour.relayed.are_upgrading());
    let failed = Some(Input::DialFailed { peer });
    assert_eq!(behaviour.connections.not_connected(peer), failed, "it was waited for until now");
}

#[tokio::test]
async fn bitswap_is_spoken_over_a_relay_only_where_that_is_wanted() {
    for over_relays in [false, true] {
        let mut builder = Builder::new(Arc::new(MemoryStore::new()), plain::strategies());
        if over_relays {
            builder = builder.over_relays();
        }
        let (mut behaviour, _bitswap) = builder.build().unwrap();
        let (peer, id) = (PeerId::random(), ConnectionId::new_unchecked(1));
        let circuit = circuit();

        let nowhere = Multiaddr::empty();
        let handler =
            behaviour.handle_established_inbound_connection(id, peer, &circuit, &nowhere).unwrap();
        let offered = handler.listen_protocol().upgrade().protocol_info().count();
        open(&mut behaviour, peer, 1, &came(circuit));

        assert_eq!((offered > 0, behaviour.activity(&peer).is_some()), (over_relays, over_relays));
    }
}
