//! When persistent peers are dialled, under a paused clock.

use std::io::{self, ErrorKind};

use bitswap_net::ExpectedPeers;
use futures::FutureExt as _;
use libp2p::TransportError;
use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p::swarm::{ConnectionHandler as _, ConnectionId, DialError, DialFailure, FromSwarm};
use libp2p::swarm::{NetworkBehaviour as _, ToSwarm};
use libp2p::{Multiaddr, PeerId};
use tokio::time::advance;

use super::{EXPECTED_DIALS, LASTING, LONGEST, Lease, NEIGHBOURS, PersistentPeers, SHORTEST};

fn address(peer: PeerId, port: u16) -> Multiaddr {
    format!("/ip4/127.0.0.1/tcp/{port}/p2p/{peer}").parse().unwrap()
}

/// The connection that is asked for now.
fn dial(persistent_peers: &mut PersistentPeers) -> Option<ConnectionId> {
    let told = std::future::poll_fn(|cx| persistent_peers.poll(cx)).now_or_never()?;
    let ToSwarm::Dial { opts } = told else { panic!("{told:?}") };
    Some(opts.connection_id())
}

fn fail(persistent_peers: &mut PersistentPeers, dial: ConnectionId) {
    let failure = DialFailure { peer_id: None, error: &DialError::Aborted, connection_id: dial };
    persistent_peers.on_swarm_event(FromSwarm::DialFailure(failure));
}

fn point() -> ConnectedPoint {
    ConnectedPoint::Dialer {
        address: Multiaddr::empty(),
        role_override: Endpoint::Dialer,
        port_use: PortUse::New,
    }
}

fn connect(persistent_peers: &mut PersistentPeers, peer_id: PeerId, connection_id: ConnectionId) {
    persistent_peers.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
        peer_id,
        connection_id,
        endpoint: &point(),
        failed_addresses: &[],
        other_established: 0,
    }));
}

fn close(persistent_peers: &mut PersistentPeers, peer_id: PeerId, connection_id: ConnectionId) {
    persistent_peers.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
        peer_id,
        connection_id,
        endpoint: &point(),
        cause: None,
        remaining_established: 0,
    }));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_not_reached_is_dialled_again_ever_more_rarely() {
    let mut persistent_peers = PersistentPeers::new(vec![address(PeerId::random(), 1)], 0);
    let mut pause = SHORTEST;
    for _ in 0..12 {
        let id = dial(&mut persistent_peers).unwrap();
        assert_eq!(dial(&mut persistent_peers), None, "one dial at a time");
        fail(&mut persistent_peers, id);
        advance(pause.mul_f64(0.49)).await;
        assert_eq!(dial(&mut persistent_peers), None, "not before half of {pause:?}");
        advance(pause.mul_f64(0.51)).await;
        pause = (pause * 2).min(LONGEST);
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_was_there_for_long_is_dialled_again_soon() {
    let peer = PeerId::random();
    let mut persistent_peers = PersistentPeers::new(vec![address(peer, 1)], 0);
    for _ in 0..6 {
        let id = dial(&mut persistent_peers).unwrap();
        fail(&mut persistent_peers, id);
        advance(LONGEST).await;
    }
    let id = dial(&mut persistent_peers).unwrap();
    connect(&mut persistent_peers, peer, id);
    advance(LASTING).await;
    assert_eq!(dial(&mut persistent_peers), None);
    close(&mut persistent_peers, peer, id);
    advance(SHORTEST).await;
    assert!(dial(&mut persistent_peers).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_hangs_up_at_once_is_not_dialled_in_a_loop() {
    let peer = PeerId::random();
    let mut persistent_peers = PersistentPeers::new(vec![address(peer, 1)], 0);
    for _ in 0..6 {
        let id = dial(&mut persistent_peers).unwrap();
        connect(&mut persistent_peers, peer, id);
        close(&mut persistent_peers, peer, id);
        advance(LONGEST).await;
    }
    let id = dial(&mut persistent_peers).unwrap();
    fail(&mut persistent_peers, id);
    advance(SHORTEST * 16).await;
    assert_eq!(dial(&mut persistent_peers), None);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_came_by_itself_is_not_dialled_again() {
    let peer = PeerId::random();
    let mut persistent_peers = PersistentPeers::new(vec![address(peer, 1)], 0);
    let id = dial(&mut persistent_peers).unwrap();
    let theirs = ConnectionId::new_unchecked(usize::MAX);
    connect(&mut persistent_peers, peer, theirs);
    fail(&mut persistent_peers, id);
    advance(LONGEST).await;
    assert_eq!(dial(&mut persistent_peers), None);
}

#[tokio::test(start_paused = true)]
async fn two_addresses_of_a_peer_are_one_dial() {
    let peer = PeerId::random();
    let mut persistent_peers = PersistentPeers::new(vec![address(peer, 1), address(peer, 2)], 0);
    assert!(dial(&mut persistent_peers).is_some());
    assert_eq!(dial(&mut persistent_peers), None);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_names_nobody_is_dialled_whoever_was_there() {
    let mut persistent_peers =
        PersistentPeers::new(vec!["/ip4/127.0.0.1/tcp/1".parse().unwrap()], 0);
    for _ in 0..2 {
        let peer = PeerId::random();
        let id = dial(&mut persistent_peers).unwrap();
        connect(&mut persistent_peers, peer, id);
        advance(LASTING).await;
        assert_eq!(dial(&mut persistent_peers), None);
        close(&mut persistent_peers, peer, id);
        advance(SHORTEST).await;
    }
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_let_go_when_there_are_many_but_not_to_those_who_are_kept() {
    let (kept, stranger) = (PeerId::random(), PeerId::random());
    let mut persistent_peers = PersistentPeers::new(vec![address(kept, 1)], 1);
    let id = dial(&mut persistent_peers).unwrap();
    let other = ConnectionId::new_unchecked(usize::MAX);
    let relayed: Multiaddr = format!("/p2p/{}/p2p-circuit", PeerId::random()).parse().unwrap();
    let to_kept = persistent_peers.handler(kept, id, &relayed);
    let to_stranger = persistent_peers.handler(stranger, other, &Multiaddr::empty());
    connect(&mut persistent_peers, stranger, other);
    let over_relay = persistent_peers.handler(stranger, other, &relayed);
    assert!(!over_relay.connection_keep_alive(), "others need the relay");
    assert!(to_stranger.connection_keep_alive(), "there is room for one");
    connect(&mut persistent_peers, kept, id);
    assert!(!to_stranger.connection_keep_alive());
    assert!(to_kept.connection_keep_alive());
    close(&mut persistent_peers, kept, id);
    assert!(to_stranger.connection_keep_alive());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_a_command_named_is_dialled_again_while_the_command_runs() {
    let (peer, id) = (PeerId::random(), ConnectionId::new_unchecked(usize::MAX));
    let mut persistent_peers = PersistentPeers::new(Vec::new(), 0);
    let (lease, other) = (Lease::default(), Lease::default());
    for lease in [&lease, &other] {
        persistent_peers.keep(peer, address(peer, 1), lease, true);
    }
    assert!(persistent_peers.contains(peer) && !persistent_peers.is_configured(peer));
    close(&mut persistent_peers, peer, id);
    drop(lease);
    advance(SHORTEST).await;
    let id = dial(&mut persistent_peers).unwrap();
    connect(&mut persistent_peers, peer, id);
    close(&mut persistent_peers, peer, id);
    drop(other);
    advance(LONGEST).await;
    assert_eq!(dial(&mut persistent_peers), None);
    assert!(!persistent_peers.contains(peer));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_delivered_is_dialled_again_at_once_and_not_in_a_loop() {
    let peer = PeerId::random();
    let mut persistent_peers = PersistentPeers::new(vec![address(peer, 1)], 0);
    for blocks in [3, 4, 9, 20, 21] {
        let id = dial(&mut persistent_peers).unwrap();
        connect(&mut persistent_peers, peer, id);
        close(&mut persistent_peers, peer, id);
        persistent_peers.delivered(peer, blocks);
    }
    let id = dial(&mut persistent_peers).unwrap();
    connect(&mut persistent_peers, peer, id);
    close(&mut persistent_peers, peer, id);
    persistent_peers.delivered(peer, 21);
    assert_eq!(dial(&mut persistent_peers), None, "nothing came over the last one");
    advance(SHORTEST).await;
    assert!(dial(&mut persistent_peers).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_a_command_named_is_expected_while_its_dials_fail_in_a_way_that_passes() {
    for (kind, is_expected) in
        [(ErrorKind::ConnectionReset, true), (ErrorKind::ConnectionRefused, false)]
    {
        let (peer, expected, lease) =
            (PeerId::random(), ExpectedPeers::default(), Lease::default());
        let mut persistent_peers = PersistentPeers::new(Vec::new(), 0);
        persistent_peers.tell(expected.clone(), false);
        persistent_peers.keep(peer, address(peer, 1), &lease, false);
        for _ in 0..2 * EXPECTED_DIALS {
            let id = dial(&mut persistent_peers).unwrap();
            let failed = TransportError::Other(io::Error::from(kind));
            let error = DialError::Transport(vec![(address(peer, 1), failed)]);
            let failure = DialFailure { peer_id: Some(peer), error: &error, connection_id: id };
            persistent_peers.on_swarm_event(FromSwarm::DialFailure(failure));
            advance(LONGEST).await;
        }
        assert_eq!(expected.are_expected(), is_expected, "{kind}");
        drop(lease);
        dial(&mut persistent_peers);
        assert!(!expected.are_expected());
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_peer_is_expected_until_some_dials_have_failed() {
    let (peer, expected) = (PeerId::random(), ExpectedPeers::default());
    let mut persistent_peers = PersistentPeers::new(vec![address(peer, 1)], 0);
    persistent_peers.tell(expected.clone(), false);
    assert!(expected.are_expected(), "the first dial is to come");
    let id = dial(&mut persistent_peers).unwrap();
    connect(&mut persistent_peers, peer, id);
    assert!(!expected.are_expected(), "it is here");
    close(&mut persistent_peers, peer, id);
    for _ in 0..EXPECTED_DIALS {
        assert!(expected.are_expected());
        advance(LONGEST).await;
        let id = dial(&mut persistent_peers).unwrap();
        fail(&mut persistent_peers, id);
    }
    assert!(!expected.are_expected());
}

#[tokio::test(start_paused = true)]
async fn who_was_never_there_is_expected_for_one_dial_and_neighbours_for_a_moment() {
    let expected = ExpectedPeers::default();
    let mut persistent_peers = PersistentPeers::new(vec![address(PeerId::random(), 1)], 0);
    persistent_peers.tell(expected.clone(), true);
    let id = dial(&mut persistent_peers).unwrap();
    fail(&mut persistent_peers, id);
    assert!(expected.are_expected());
    assert_eq!(dial(&mut persistent_peers), None);
    advance(NEIGHBOURS).await;
    dial(&mut persistent_peers);
    assert!(!expected.are_expected());
}
