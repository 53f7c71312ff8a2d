//! Nodes that others reach over a relay, over loopback.

use std::sync::Arc;

use bitswap_host::{NatConfig, PeerView};
use bitswap_net::{Block, CombinedRouter, FixedRouter, Provider, SessionOptions};
use cid::Cid;
use libp2p::Multiaddr;

use super::{config, eventually, here, start};
use crate::node::{Node, NodeConfig};

async fn relay() -> Node {
    let nat = NatConfig { serve: true, ..NatConfig::default() };
    start(NodeConfig { nat, ..config(vec![here("/tcp/0")]) }).await
}

/// A node behind a relay, with a block, and its address there.
async fn behind(relay: &Node, nat: NatConfig) -> (Node, Multiaddr, Cid) {
    let relays = relay.addresses();
    let nat = NatConfig { relay: true, relays, ..nat };
    let node = start(NodeConfig { nat, ..config(vec![here("/tcp/0")]) }).await;
    let block = Block::sha2_256(vec![7; 50_000].into()).unwrap();
    let cid = Cid::new_v1(0x55, *block.multihash());
    node.bitswap().put(vec![(cid, block)]).await.unwrap();
    let is_circuit = |address: &Multiaddr| address.to_string().contains("/p2p-circuit/");
    for _ in 0..3_000_000 {
        if let Some(circuit) = node.addresses().into_iter().find(is_circuit) {
            return (node, circuit, cid);
        }
        tokio::task::yield_now().await;
    }
    panic!("it is behind no relay: {:?}", node.addresses());
}

#[tokio::test]
async fn blocks_cross_over_a_relay_only_where_that_is_wanted() {
    let relay = relay().await;
    for is_wanted in [false, true] {
        let nat = NatConfig { relay: true, bitswap_over_relays: is_wanted, ..NatConfig::default() };
        let (server, circuit, cid) = behind(&relay, nat.clone()).await;
        let client = start(NodeConfig { nat, ..config(vec![here("/tcp/0")]) }).await;
        assert_eq!(client.connect(vec![circuit]).await, []);

        // The relay speaks Bitswap, too, and would pass the want on.
        let options = SessionOptions { ttl: Some(0), ends_early: true, timeout: None };
        let session = client.bitswap().session_with(options);

        assert_eq!(session.get(cid).await.is_ok(), is_wanted);
        let peers = client.peers().await;
        let seen = peers.iter().find(|it| it.peer_id == server.peer_id()).unwrap();
        assert!(seen.connections.iter().all(|connection| connection.relayed), "{seen:?}");
    }
}

#[tokio::test]
async fn a_connection_over_a_relay_becomes_a_direct_one() {
    let relay = relay().await;
    let nat = NatConfig { hole_punching: true, ..NatConfig::default() };
    let (server, circuit, cid) = behind(&relay, nat.clone()).await;
    // At an open TCP port the server's packet could come first, which punches no hole.
    let client = start(NodeConfig { nat, ..config(vec![here("/udp/0/quic-v1")]) }).await;
    // Who has not heard yet from where a relay sees it has no address to be met at.
    let is_identified = |peers: &[PeerView]| peers.iter().all(|it| it.agent.is_some());
    assert_eq!(client.connect(relay.addresses()).await, []);
    for node in [&server, &client] {
        eventually(node, is_identified).await;
    }
    assert_eq!(client.connect(vec![circuit]).await, []);

    client.bitswap().get(cid).await.unwrap();

    eventually(&client, |peers| {
        let it = peers.iter().find(|it| it.peer_id == server.peer_id());
        it.is_some_and(|it| it.connections.iter().any(|connection| !connection.relayed))
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_found_at_a_relay_is_reached_there() {
    let relay = relay().await;
    let nat = NatConfig { relay: true, bitswap_over_relays: true, ..NatConfig::default() };
    let (server, circuit, cid) = behind(&relay, nat.clone()).await;
    let provider = Provider { peer: server.peer_id(), addresses: vec![circuit] };
    let router = Arc::new(FixedRouter::new(vec![provider]));
    let router = CombinedRouter::new().with("fixed", router);
    let client = NodeConfig { router, nat, ..config(vec![here("/tcp/0")]) };

    start(client).await.bitswap().get(cid).await.unwrap();
}
