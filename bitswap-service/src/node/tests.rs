//! Nodes that listen, connect and part, over loopback.

mod dht;
mod nat;
mod relay;

use std::net::{TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::MAX_BLOCK_BYTES;
use bitswap_host::{ConnectionLimits, ListenError, PeerView};
use bitswap_net::{Block, CombinedRouter, FixedRouter, Provider, SessionOptions};
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;
use futures::StreamExt as _;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};

use super::{Node, NodeConfig};

/// On the loopback of IPv4.
fn here(rest: &str) -> Multiaddr {
    format!("/ip4/127.0.0.1{rest}").parse().unwrap()
}

fn config(listen: Vec<Multiaddr>) -> NodeConfig {
    let strategies = StrategyChoice::default().build().unwrap();
    NodeConfig { listen, ..NodeConfig::new(strategies) }
}

async fn start(config: NodeConfig) -> Node {
    Node::start(config).await.map_err(|why| why.why).unwrap()
}

/// Without a clock: what is waited for comes by itself.
async fn eventually(node: &Node, is_so: impl Fn(&[PeerView]) -> bool) {
    for _ in 0..3_000_000 {
        if is_so(&node.peers().await) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it is never so; connected: {:?}", node.peers().await);
}

/// A block crosses from a node that listens there, and the fetching node's view of the other.
async fn crosses(listen: Vec<Multiaddr>) -> PeerView {
    let server = start(config(listen)).await;
    let client = start(config(Vec::new())).await;
    let block = Block::sha2_256(vec![7; MAX_BLOCK_BYTES].into()).unwrap();
    let cid = Cid::new_v1(0x55, *block.multihash());
    server.bitswap().put(vec![(cid, block.clone())]).await.unwrap();
    let address = server.addresses().pop().unwrap();
    assert_eq!(client.connect(vec![address]).await, []);
    assert_eq!(client.bitswap().get(cid).await, Ok(block));
    eventually(&client, |peers| peers[0].agent.is_some()).await;
    let view = client.peers().await.pop().unwrap();
    assert_eq!(view.peer_id, server.peer_id());
    view
}

#[tokio::test]
async fn blocks_cross_by_tcp() {
    let view = crosses(vec![here("/tcp/0")]).await;
    assert!(view.connections[0].address.to_string().contains("/tcp/"));
}

#[tokio::test]
async fn blocks_cross_by_quic() {
    let view = crosses(vec![here("/tcp/0"), here("/udp/0/quic-v1")]).await;
    assert!(view.connections[0].address.to_string().contains("/quic-v1"));
    let agent = concat!("bitswap/", env!("CARGO_PKG_VERSION"));
    assert_eq!(view.agent.as_deref(), Some(agent));
    assert_eq!(view.listens_on.len(), 2);
}

#[tokio::test]
async fn all_addresses_are_open_and_told_in_order() {
    let listen = vec![here("/tcp/0"), here("/udp/0/quic-v1"), here("/tcp/0")];
    let server = start(config(listen)).await;
    let addresses = server.addresses();
    let kinds = addresses.iter().map(|it| it.iter().map(|part| part.tag()).collect::<Vec<_>>());
    let tcp = ["ip4", "tcp", "p2p"];
    let quic = ["ip4", "udp", "quic-v1", "p2p"];
    assert_eq!(kinds.collect::<Vec<_>>(), [&tcp[..], &quic[..], &tcp[..]]);
    for address in addresses {
        let client = start(config(Vec::new())).await;
        assert_eq!(client.connect(vec![address]).await, []);
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_that_names_it() {
    let other = start(config(NodeConfig::loopback())).await;
    for mut taken in other.addresses() {
        taken.pop();
        let why = Node::start(config(vec![taken.clone()])).await.err().unwrap();
        assert_eq!(why.code, "port-in-use");
        assert!(why.what.contains(&taken.to_string()), "{}", why.what);
    }
}

#[tokio::test]
async fn a_free_port_stands_in_for_one_that_is_taken_if_that_is_allowed() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp = here(&format!("/tcp/{}", tcp.local_addr().unwrap().port()));
    let udp = here(&format!("/udp/{}/quic-v1", udp.local_addr().unwrap().port()));
    let unheard_of: Multiaddr = "/ip4/203.0.113.1/tcp/0".parse().unwrap();
    let wanted = vec![tcp.clone(), unheard_of.clone(), udp.clone()];
    let node = start(NodeConfig { listen_elsewhere: true, ..config(wanted) }).await;
    assert_eq!(node.addresses().len(), 2);
    let [first, second, third] = node.missed() else { panic!("{:?}", node.missed()) };
    assert_eq!(first, &ListenError::Taken { address: tcp });
    assert!(matches!(second, ListenError::Refused { address, .. } if *address == unheard_of));
    assert_eq!(third, &ListenError::Taken { address: udp });
}

#[tokio::test]
async fn an_address_that_is_none_of_ours_is_an_error_though_others_would_do() {
    for nonsense in ["/ip4/127.0.0.1/tcp/0/ws", "/memory/1", "/dns4/localhost/tcp/0"] {
        let wanted = vec![here("/tcp/0"), nonsense.parse().unwrap()];
        let config = NodeConfig { listen_elsewhere: true, ..config(wanted) };
        let why = Node::start(config).await.err().unwrap();
        assert_eq!(why.code, "bad-address", "{nonsense}");
    }
}

#[tokio::test]
async fn whoever_cannot_be_reached_is_told_with_the_reason_and_the_others_are_connected() {
    let server = start(config(NodeConfig::loopback())).await;
    let [tcp, quic] = &server.addresses()[..] else { panic!("two addresses") };
    let stranger = |address: &Multiaddr| {
        let mut address = address.clone();
        address.pop();
        address.with(libp2p::multiaddr::Protocol::P2p(PeerId::random()))
    };
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = here(&format!("/tcp/{free}"));
    let unusable = here("/tcp/1/ws");
    let client = start(config(NodeConfig::loopback())).await;
    let itself = client.addresses().remove(0);
    let wrong = [stranger(tcp), stranger(quic), nobody, unusable, itself];
    let all = wrong.iter().chain([tcp]).cloned().collect();
    let failures = client.connect(all).await;
    let refused: Vec<_> = failures.iter().map(|it| it.address.clone()).collect();
    assert_eq!(refused, wrong);
    for failure in &failures[..2] {
        assert!(failure.why.contains(&server.peer_id().to_string()), "{failure:?}");
    }
    assert!(failures[2].why.contains("refused"), "{:?}", failures[2]);
    assert!(failures[4].why.contains("itself"), "{:?}", failures[4]);
    assert!(failures.iter().all(|it| !it.why.contains('\n')), "{failures:?}");
    assert_eq!(client.peers().await.len(), 1);
}

#[tokio::test]
async fn who_is_connected_already_is_not_dialled_again() {
    let server = start(config(NodeConfig::loopback())).await;
    let client = start(config(Vec::new())).await;
    for address in server.addresses() {
        assert_eq!(client.connect(vec![address]).await, []);
    }
    assert_eq!(client.peers().await[0].connections.len(), 1);
}

#[tokio::test]
async fn names_are_looked_up() {
    let server = start(config(NodeConfig::loopback())).await;
    let client = start(config(Vec::new())).await;
    let address = server.addresses().remove(0).to_string();
    let named = address.replace("/ip4/127.0.0.1/", "/dns4/localhost/").parse().unwrap();
    assert_eq!(client.connect(vec![named]).await, []);
}

#[tokio::test]
async fn a_name_that_a_router_says_leads_to_no_private_address() {
    let server = start(config(NodeConfig::loopback())).await;
    let block = Block::sha2_256(vec![7; 1_000].into()).unwrap();
    let cid = Cid::new_v1(0x55, *block.multihash());
    server.bitswap().put(vec![(cid, block)]).await.unwrap();
    let address = server.addresses().remove(0).to_string();
    let mut address: Multiaddr =
        address.replace("/ip4/127.0.0.1/", "/dns4/localhost/").parse().unwrap();
    address.pop();
    let provider = Provider { peer: server.peer_id(), addresses: vec![address.clone()] };
    for is_users in [false, true] {
        let says = Arc::new(FixedRouter::new(vec![provider.clone()]));
        let router = CombinedRouter::new().with("router", says);
        let named = if is_users { vec![address.clone()] } else { Vec::new() };
        let client = start(NodeConfig { router, named, ..config(Vec::new()) }).await;
        let options = SessionOptions { ends_early: true, ..SessionOptions::default() };
        let got = client.bitswap().session_with(options).get(cid).await;
        assert_eq!(got.is_ok(), is_users, "{got:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_to_be_kept_is_dialled_again_when_it_is_back() {
    let identity = Keypair::generate_ed25519();
    let back = |listen| NodeConfig { identity: identity.clone(), ..config(listen) };
    let server = start(back(vec![here("/tcp/0")])).await;
    let mut address = server.addresses().remove(0);
    let client = start(NodeConfig { peers: vec![address.clone()], ..config(Vec::new()) }).await;
    eventually(&client, |peers| peers.len() == 1).await;
    server.stop().await;
    eventually(&client, <[PeerView]>::is_empty).await;
    address.pop();
    let server = start(back(vec![address])).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    eventually(&client, |peers| peers.len() == 1).await;
    assert_eq!(client.peers().await[0].peer_id, server.peer_id());
}

#[tokio::test]
async fn the_longest_idle_peer_makes_room_where_connections_are_at_their_bound() {
    let full =
        NodeConfig { connections: ConnectionLimits::of(4), ..config(NodeConfig::loopback()) };
    let full = start(full).await;
    let address = full.addresses().remove(0);
    let mut idle = Vec::new();
    for _ in 0..4 {
        let peer = start(config(Vec::new())).await;
        assert_eq!(peer.connect(vec![address.clone()]).await, []);
        eventually(&full, |peers| peers.iter().any(|it| it.peer_id == peer.peer_id())).await;
        idle.push(peer);
    }
    let absent = Block::sha2_256(vec![1].into()).unwrap();
    let mut waiting = full.bitswap().get_many([Cid::new_v1(0x55, *absent.multihash())]);
    assert!(futures::poll!(waiting.next()).is_pending());

    let fifth = start(config(Vec::new())).await;
    assert_eq!(fifth.connect(vec![address]).await, []);
    let has_fifth = |peers: &[PeerView]| peers.iter().any(|it| it.peer_id == fifth.peer_id());
    eventually(&full, |peers| peers.len() == 4 && has_fifth(peers)).await;

    let provider = start(config(NodeConfig::loopback())).await;
    let block = Block::sha2_256(vec![7; 1_000].into()).unwrap();
    let cid = Cid::new_v1(0x55, *block.multihash());
    provider.bitswap().put(vec![(cid, block.clone())]).await.unwrap();
    assert_eq!(full.connect(vec![provider.addresses().remove(0)]).await, []);
    assert_eq!(full.bitswap().get(cid).await, Ok(block));
    eventually(&full, |peers| peers.len() == 4).await;
}

/// A stranger connects to a node that has no room but by letting somebody go, and goes itself.
async fn a_stranger_goes_again(full: &Node) {
    let stranger = start(config(Vec::new())).await;
    assert_eq!(stranger.connect(vec![full.addresses().remove(0)]).await, []);
    eventually(&stranger, <[PeerView]>::is_empty).await;
}

#[tokio::test]
async fn a_peer_that_was_just_dialled_is_not_let_go_for_a_newer_one() {
    let one = NodeConfig { connections: ConnectionLimits::of(1), ..config(NodeConfig::loopback()) };
    let (one, dialled) = (start(one).await, start(config(NodeConfig::loopback())).await);
    assert_eq!(one.connect(vec![dialled.addresses().remove(0)]).await, []);

    a_stranger_goes_again(&one).await;

    assert_eq!(one.peers().await[0].peer_id, dialled.peer_id());
}

#[tokio::test]
async fn a_peer_that_a_command_keeps_is_not_let_go_for_a_newer_one() {
    let one = NodeConfig { connections: ConnectionLimits::of(1), ..config(NodeConfig::loopback()) };
    let (one, friend) = (start(one).await, start(config(NodeConfig::loopback())).await);
    assert_eq!(friend.connect(vec![one.addresses().remove(0)]).await, []);
    eventually(&one, |peers| peers.len() == 1).await;
    let lease = one.keep(vec![friend.addresses().remove(0)]).await;

    a_stranger_goes_again(&one).await;

    assert_eq!(one.peers().await[0].peer_id, friend.peer_id());
    drop(lease);
    let newer = start(config(Vec::new())).await;
    assert_eq!(newer.connect(vec![one.addresses().remove(0)]).await, []);
    eventually(&friend, <[PeerView]>::is_empty).await;
}

#[tokio::test]
async fn a_peer_that_is_to_be_kept_is_connected_though_there_is_no_room() {
    let friend = start(config(NodeConfig::loopback())).await;
    let none = NodeConfig {
        connections: ConnectionLimits::of(0),
        peers: vec![friend.addresses().remove(0)],
        ..config(Vec::new())
    };
    let none = start(none).await;
    eventually(&none, |peers| peers.len() == 1).await;
    let stranger = start(config(NodeConfig::loopback())).await;
    let failures = none.connect(vec![stranger.addresses().remove(0)]).await;
    assert!(failures[0].why.contains("limit"), "{failures:?}");
}
