//! Nodes that find each other through the DHT of a local network, over loopback.

mod providing;

use std::sync::Arc;

use bitswap_host::{DhtConfig, DhtError, DhtMode, DhtRouter};
use bitswap_net::{Block, CombinedRouter, Provider, QueryOutcome, RouterFinding, SessionOptions};
use bitswap_store::Durability;
use cid::Cid;
use futures::StreamExt as _;
use libp2p::Multiaddr;
use libp2p::PeerId;

use super::{config, here, start};
use crate::node::{Node, NodeConfig};

/// A node that knows these peers of the DHT.
async fn node(mode: DhtMode, listen: Vec<Multiaddr>, bootstrap: &[Multiaddr]) -> Node {
    start(knowing(mode, listen, bootstrap)).await
}

fn knowing(mode: DhtMode, listen: Vec<Multiaddr>, bootstrap: &[Multiaddr]) -> NodeConfig {
    let bootstrap = bootstrap.to_vec();
    let dht =
        DhtConfig { mode, listens: false, bootstrap, known: Vec::new(), router: Arc::default() };
    let router = CombinedRouter::new().with("dht", Arc::<DhtRouter>::clone(&dht.router));
    NodeConfig { dht: Some(dht), router, ..config(listen) }
}

/// A node that others may ask, and one that they cannot, which only a record leads to.
async fn server(bootstrap: &[Multiaddr]) -> Node {
    node(DhtMode::Auto, vec![here("/tcp/0")], bootstrap).await
}

async fn provider(bootstrap: &[Multiaddr]) -> Node {
    node(DhtMode::Client, vec![here("/tcp/0")], bootstrap).await
}

fn address(node: &Node) -> Multiaddr {
    node.addresses().pop().unwrap()
}

/// A block that the node has and announces.
async fn provides(node: &Node, text: &str) -> Cid {
    let block = Block::sha2_256(text.as_bytes().to_vec().into()).unwrap();
    let hash = *block.multihash();
    drop(node.store().put_many(vec![block], Durability::Prompt).await.unwrap());
    assert_eq!(node.announcer().announce(&hash).await, Ok(()));
    Cid::new_v1(0x55, hash)
}

/// A peer that is not there.
fn dead() -> Multiaddr {
    here(&format!("/tcp/1/p2p/{}", PeerId::random()))
}

/// Those whom the DHT of a node names, and how that ended.
async fn found(config: NodeConfig, cid: Cid) -> (Vec<Provider>, QueryOutcome) {
    let router = config.router.clone();
    let node = start(config).await;
    let mut providers = Vec::new();
    let mut events = router.ask(cid, 20);
    while let Some(event) = events.next().await {
        match event.finding {
            RouterFinding::Provider(provider) => providers.push(provider),
            RouterFinding::Ended(outcome) => {
                node.stop().await;
                return (providers, outcome);
            }
        }
    }
    panic!("the DHT never ended");
}

#[tokio::test]
async fn a_block_is_found_and_fetched_through_a_third_node() {
    let hub = server(&[dead()]).await;
    let way_in = [dead(), address(&hub)];
    let gone = provider(&way_in).await;
    let provider = provider(&way_in).await;
    provides(&gone, "found through a third").await;
    let cid = provides(&provider, "found through a third").await;
    gone.stop().await;
    let client = node(DhtMode::Auto, Vec::new(), &way_in).await;

    // The hub would pass the want on.
    let options = SessionOptions { ttl: Some(0), ..SessionOptions::default() };
    let session = client.bitswap().session_with(options);
    let block = session.get(cid).await.unwrap();

    assert_eq!(&block.bytes()[..], b"found through a third");
    let peers = client.peers().await;
    assert!(peers.iter().any(|peer| peer.peer_id == provider.peer_id()), "{peers:?}");
}

#[tokio::test]
async fn a_record_names_where_its_provider_listens() {
    let hub = server(&[]).await;
    let way_in = [address(&hub)];
    let provider = provider(&way_in).await;
    let cid = provides(&provider, "named").await;
    let mut listens = address(&provider);
    listens.pop();

    let ask = async || found(knowing(DhtMode::Lan, Vec::new(), &way_in), cid).await;
    let (mut providers, mut outcome) = ask().await;
    while providers.is_empty() {
        // The hub may still be reading what it was told.
        (providers, outcome) = ask().await;
    }

    let named = Provider { peer: provider.peer_id(), addresses: vec![listens] };
    assert_eq!((providers, outcome), (vec![named], QueryOutcome::Answered));
}

#[tokio::test]
async fn why_the_dht_found_nobody_is_told() {
    let cid = Cid::new_v1(0x55, *Block::sha2_256(vec![1].into()).unwrap().multihash());
    let failure = async |bootstrap: &[Multiaddr]| {
        let (providers, outcome) = found(knowing(DhtMode::Auto, Vec::new(), bootstrap), cid).await;
        assert_eq!(providers, []);
        outcome
    };
    let why = |error: DhtError| QueryOutcome::Failed(error.to_string());

    assert_eq!(failure(&[]).await, why(DhtError::NobodyKnown));
    assert_eq!(failure(&[dead()]).await, why(DhtError::NobodyAnswered));
    let hub = server(&[]).await;
    assert_eq!(failure(&[address(&hub)]).await, QueryOutcome::Answered);
    // Nobody could reach it.
    let silent = node(DhtMode::Client, Vec::new(), &[address(&hub)]).await;
    assert_eq!(silent.announcer().announce(cid.hash()).await, Err(DhtError::Unreachable));
}
