//! Three nodes in a row, with everything as a user has it: the default strategies, real sockets.

use bitswap_core::Stats;
use bitswap_net::{Block, SessionOptions};
use cid::Cid;
use futures::StreamExt as _;
use libp2p::Multiaddr;

use super::{config, here, start};
use crate::node::Node;

/// Each knows its neighbours only; the last one has a block.
struct Row {
    requester: Node,
    between: Node,
    holder: Node,
    cid: Cid,
    block: Block,
}

impl Row {
    async fn by(transport: &str) -> Self {
        let listen = || config(vec![here(transport)]);
        let holder = start(listen()).await;
        let between = start(listen()).await;
        let requester = start(config(Vec::new())).await;
        let block = Block::sha2_256(vec![9; 500_000].into()).unwrap();
        let cid = Cid::new_v1(0x55, *block.multihash());
        holder.bitswap().put(vec![(cid, block.clone())]).await.unwrap();
        meet(&between, holder.addresses(), &holder).await;
        meet(&requester, between.addresses(), &between).await;
        Self { requester, between, holder, cid, block }
    }
}

/// Connected, and known to each other's engines.
async fn meet(node: &Node, addresses: Vec<Multiaddr>, other: &Node) {
    assert_eq!(node.connect(addresses).await, []);
    for (node, other) in [(node, other), (other, node)] {
        let known = async || {
            let accounts = node.bitswap().accounts().await.unwrap();
            accounts.iter().any(|(peer, _)| *peer == other.peer_id())
        };
        until(known).await;
    }
}

/// Without a clock: what is waited for comes by itself.
async fn until(is_so: impl AsyncFn() -> bool) {
    for _ in 0..3_000_000 {
        if is_so().await {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it is never so");
}

async fn stats(node: &Node) -> Stats {
    node.bitswap().stats().await.unwrap()
}

async fn reaches(transport: &str) {
    let row = Row::by(transport).await;
    let options = SessionOptions { ttl: Some(1), ..SessionOptions::default() };
    let session = row.requester.bitswap().session_with(options);
    assert_eq!(session.get(row.cid).await, Ok(row.block));
    let requester = stats(&row.requester).await.client;
    assert!(requester.searching >= 1, "it was told no first: {requester:?}");
    assert_eq!(requester.wanted.blocks, 1);
    assert_eq!(stats(&row.between).await.relay.forwarded.blocks, 1);
    let left = row.between.store().sizes(&[*row.cid.hash()]).await;
    assert_eq!(left, [Ok(None)]);
    until(async || {
        let between = stats(&row.between).await.gauges;
        (between.relayed_wants, between.relayed_bytes, between.requests) == (0, 0, 0)
    })
    .await;
}

#[tokio::test]
async fn a_block_two_hops_off_comes_by_tcp() {
    reaches("/tcp/0").await;
}

#[tokio::test]
async fn a_block_two_hops_off_comes_by_quic() {
    reaches("/udp/0/quic-v1").await;
}

#[tokio::test]
async fn without_a_ttl_nobody_is_asked_but_who_is_connected() {
    let row = Row::by("/tcp/0").await;
    let options = SessionOptions { ttl: Some(0), ..SessionOptions::default() };
    let session = row.requester.bitswap().session_with(options);
    let mut wanted = session.get_many([row.cid]);
    assert!(futures::poll!(wanted.next()).is_pending());
    until(async || stats(&row.between).await.server.block_requests == 1).await;
    assert_eq!(stats(&row.between).await.relay.wants, 0);
    let holder = stats(&row.holder).await.server;
    assert_eq!((holder.block_requests, holder.have_requests), (0, 0));
    assert!(futures::poll!(wanted.next()).is_pending());
}
