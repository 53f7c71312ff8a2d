//! Who is dialled, and where.

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use super::{MOST_ADDRESSES, public};
use crate::peers::Peers;

#[test]
fn only_the_public_addresses_of_the_peer_itself_are_dialled() {
    let (peer, other) = (PeerId::random(), PeerId::random());
    let good = [
        "/ip4/8.8.8.8/tcp/4001".to_owned(),
        "/ip4/8.8.8.8/udp/4001/quic-v1".to_owned(),
        format!("/ip6/2606:4700::1/tcp/4001/p2p/{peer}"),
    ];
    let bad = [
        "/ip4/127.0.0.1/tcp/4001".to_owned(),
        "/ip4/192.168.0.2/tcp/4001".to_owned(),
        "/ip4/0.0.0.0/tcp/4001".to_owned(),
        "/dns4/printer.local/tcp/4001".to_owned(),
        format!("/ip4/8.8.8.8/tcp/4001/p2p/{other}"),
        format!("/ip4/8.8.8.8/tcp/4001/p2p/{other}/p2p-circuit/p2p/{peer}"),
    ];
    let parse = |text: &String| text.parse::<Multiaddr>().unwrap();
    let said: Vec<_> = bad.iter().chain(&good).map(parse).collect();

    assert_eq!(public(peer, &said), good.each_ref().map(parse));
}

#[test]
fn a_peer_says_as_many_addresses_as_it_likes_and_few_are_dialled() {
    let at = |port: usize| format!("/ip4/8.8.8.8/tcp/{port}").parse().unwrap();
    let said: Vec<Multiaddr> = (1..=100).map(at).collect();

    assert_eq!(public(PeerId::random(), &said), said[..MOST_ADDRESSES]);
}

#[test]
fn a_peer_is_dialled_once_and_only_if_it_came_over_a_relay_alone() {
    let circuit: Multiaddr = "/ip4/8.8.8.8/tcp/4001/p2p-circuit".parse().unwrap();
    let direct: Multiaddr = "/ip4/8.8.4.4/tcp/4001".parse().unwrap();
    let came = |by: &Multiaddr| ConnectedPoint::Listener {
        local_addr: by.clone(),
        send_back_addr: Multiaddr::empty(),
    };
    let dialled = ConnectedPoint::Dialer {
        address: circuit.clone(),
        role_override: Endpoint::Dialer,
        port_use: PortUse::Reuse,
    };
    let id = ConnectionId::new_unchecked;
    let mut peers = Peers::default();
    let [guest, host, both] = [(); 3].map(|()| PeerId::random());
    peers.opened(guest, id(1), &came(&circuit));
    peers.opened(host, id(2), &dialled);
    peers.opened(both, id(3), &came(&circuit));
    peers.opened(both, id(4), &came(&direct));

    assert!(peers.take_dial_back(guest, id(1)));
    assert!(!peers.take_dial_back(guest, id(1)), "however often it says where it listens");
    assert!(!peers.take_dial_back(host, id(2)), "it is the other end that dials");
    assert!(!peers.take_dial_back(both, id(3)), "it is here already");
}
