//! Which relays are asked, and when.

use std::time::Duration;

use libp2p::core::transport::ListenerId;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, StreamProtocol, identify};
use tokio::time::advance;

use super::{ENOUGH, KNOWN, PAUSE, Reachability, Relays};
use crate::nat::NatConfig;

fn relays(named: Vec<Multiaddr>) -> Relays {
    let config = NatConfig { relay: true, relays: named, ..NatConfig::default() };
    Relays::new(&config, true)
}

/// Takes the next relay, as if it took the node in.
fn use_next(relays: &mut Relays, reachability: Reachability) -> Option<(ListenerId, String)> {
    let (peer, address) = relays.next(reachability)?;
    let listener = ListenerId::next();
    relays.used.push((listener, peer));
    Some((listener, address.to_string()))
}

/// A peer says that it is at an address, and a relay.
fn met(relays: &mut Relays, address: &str) -> PeerId {
    let keys = Keypair::generate_ed25519();
    let said = identify::Info {
        public_key: keys.public(),
        protocol_version: String::new(),
        agent_version: String::new(),
        listen_addrs: vec![address.parse().unwrap()],
        protocols: vec![StreamProtocol::new("/libp2p/circuit/relay/0.2.0/hop")],
        observed_addr: Multiaddr::empty(),
        signed_peer_record: None,
    };
    let peer = keys.public().to_peer_id();
    relays.identified(peer, &said);
    peer
}

#[tokio::test(start_paused = true)]
async fn a_private_node_uses_two_of_the_relays_that_it_met_and_replaces_one_that_leaves() {
    let mut relays = relays(Vec::new());
    let peers: Vec<_> =
        (1..=3).map(|n| met(&mut relays, &format!("/ip4/8.8.8.{n}/tcp/1"))).collect();
    assert_eq!(use_next(&mut relays, Reachability::Unknown), None);
    assert_eq!(use_next(&mut relays, Reachability::Public), None);

    let used: Vec<_> =
        std::iter::from_fn(|| use_next(&mut relays, Reachability::Private)).collect();
    assert_eq!(used.len(), ENOUGH);
    assert!(used.iter().all(|(_, address)| address.ends_with("/p2p-circuit")), "{used:?}");

    assert!(relays.closed(used[0].0));
    let (_, third) = use_next(&mut relays, Reachability::Private).unwrap();
    assert!(used.iter().all(|(_, address)| *address != third));
    assert_eq!(peers.iter().filter(|peer| relays.uses(**peer)).count(), ENOUGH);
    assert!(!relays.closed(ListenerId::next()));
}

#[tokio::test(start_paused = true)]
async fn relays_that_were_named_are_used_until_it_is_known_that_none_is_needed_and_no_others() {
    let named = PeerId::random();
    let mut relays = relays(vec![format!("/ip4/10.0.0.1/tcp/1/p2p/{named}").parse().unwrap()]);
    met(&mut relays, "/ip4/8.8.8.8/tcp/1");

    let (listener, address) = use_next(&mut relays, Reachability::Unknown).unwrap();

    assert_eq!(address, format!("/ip4/10.0.0.1/tcp/1/p2p/{named}/p2p-circuit"));
    assert_eq!(use_next(&mut relays, Reachability::Private), None);
    relays.closed(listener);
    assert_eq!(use_next(&mut relays, Reachability::Private), None, "it was just asked");
    advance(PAUSE + Duration::from_secs(1)).await;
    assert!(use_next(&mut relays, Reachability::Private).is_some());
}

#[tokio::test(start_paused = true)]
async fn few_relays_are_remembered_and_only_those_that_everybody_can_dial() {
    let mut relays = relays(Vec::new());
    for address in ["/ip4/192.168.0.1/tcp/1", "/ip4/8.8.8.8/tcp/1/p2p-circuit"] {
        met(&mut relays, address);
    }
    assert!(relays.known.is_empty());
    for number in 1..=100 {
        met(&mut relays, &format!("/ip4/8.8.8.{number}/tcp/1"));
    }
    assert_eq!(relays.known.len(), KNOWN);
}
