//! Which connections are used, and how long a direct one is waited for.

use std::sync::Arc;

use bitswap_core::strategy::plain;
use bitswap_store::MemoryStore;
use futures::FutureExt as _;
use libp2p::core::{ConnectedPoint, UpgradeInfo as _};
use libp2p::swarm::behaviour::ConnectionEstablished;
use libp2p::swarm::{ConnectionHandler as _, ConnectionId, FromSwarm, NetworkBehaviour as _};
use libp2p::{Multiaddr, PeerId};
use tokio::time::advance;

use super::{RelayedPeers, UPGRADE};
use crate::Builder;

fn over(peers: &mut RelayedPeers) -> Option<PeerId> {
    std::future::poll_fn(|cx| peers.poll(cx)).now_or_never()
}

#[tokio::test(start_paused = true)]
async fn a_direct_connection_is_waited_for_once_and_not_for_ever() {
    let (mut peers, bob, carol) = (RelayedPeers::default(), PeerId::random(), PeerId::random());
    peers.opened(bob);
    advance(UPGRADE / 2).await;
    peers.opened(carol);
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
    peers.opened(bob);
    peers.upgraded(bob);
    assert!(peers.contains(bob) && !peers.are_upgrading());

    advance(UPGRADE).await;
    assert_eq!(over(&mut peers), None);
}

#[tokio::test(start_paused = true)]
async fn a_peer_is_relayed_until_its_last_connection_is_gone() {
    let (mut peers, bob) = (RelayedPeers::default(), PeerId::random());
    peers.opened(bob);
    peers.opened(bob);

    assert!(!peers.closed(bob) && peers.is_upgrading(bob));
    assert!(peers.closed(bob) && !peers.contains(bob) && !peers.are_upgrading());

    advance(UPGRADE).await;
    assert_eq!(over(&mut peers), None);
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
        let circuit = format!("/ip4/192.0.2.1/tcp/4001/p2p/{}/p2p-circuit", PeerId::random());
        let circuit: Multiaddr = circuit.parse().unwrap();

        let nowhere = Multiaddr::empty();
        let handler =
            behaviour.handle_established_inbound_connection(id, peer, &circuit, &nowhere).unwrap();
        let offered = handler.listen_protocol().upgrade().protocol_info().count();
        let endpoint = ConnectedPoint::Listener { local_addr: circuit, send_back_addr: nowhere };
        behaviour.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
            peer_id: peer,
            connection_id: id,
            endpoint: &endpoint,
            failed_addresses: &[],
            other_established: 0,
        }));

        assert_eq!((offered > 0, behaviour.activity(&peer).is_some()), (over_relays, over_relays));
    }
}
