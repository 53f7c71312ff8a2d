//! Two nodes, and blocks that cross between them.

use std::collections::BTreeSet;

use bitswap_net::{Closed, GetError};
use cid::Cid;
use futures::StreamExt as _;
use futures::future::join_all;
use multihash::Multihash;

use crate::support::{Node, block, blocks, eventually};

#[tokio::test(start_paused = true)]
async fn a_block_crosses_from_one_node_to_another() {
    let (cid, content) = block(1, 1_000);
    let mut server = Node::holding(&[(cid, content.clone())]).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    assert_eq!(client.bitswap.get(cid).await, Ok(content));
}

#[tokio::test(start_paused = true)]
async fn blocks_of_all_sizes_cross() {
    let sizes = [1, 100, 1_024, 1_025, 262_144, 262_158, 1 << 20, 2 << 20];
    let held: Vec<_> = sizes.into_iter().zip(0..).map(|(bytes, n)| block(n, bytes)).collect();
    let mut server = Node::holding(&held).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    for (cid, content) in held {
        assert_eq!(client.bitswap.get(cid).await, Ok(content));
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_gets_each_of_many_blocks_once() {
    let held = blocks(2_000, 5_000);
    let mut server = Node::holding(&held).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let session = client.bitswap.session();
    let wanted = held.iter().chain(&held[..10]).map(|(cid, _)| *cid);
    let got: Vec<_> = session.get_many(wanted).collect().await;
    assert_eq!(got.len(), held.len());
    let got: BTreeSet<_> = got
        .into_iter()
        .map(|(cid, block)| {
            assert_eq!(block.unwrap().multihash(), cid.hash());
            cid
        })
        .collect();
    assert_eq!(got, held.iter().map(|(cid, _)| *cid).collect());
    let stats = client.stats().await;
    assert_eq!((stats.client.wanted.blocks, stats.client.duplicate.blocks), (2_000, 0));
}

#[tokio::test(start_paused = true)]
async fn gets_that_begin_together_are_one_message() {
    let held = blocks(51, 5_000);
    let mut server = Node::holding(&held).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let session = client.bitswap.session();
    // How long they are is known by then.
    for (cid, _) in &held[..4] {
        session.get(*cid).await.unwrap();
    }
    let before = client.stats().await.wire.messages_out;
    let got = join_all(held[4..].iter().map(|(cid, _)| session.get(*cid))).await;
    assert!(got.iter().all(Result::is_ok), "{got:?}");
    assert_eq!(client.stats().await.wire.messages_out - before, 1);
}

#[tokio::test(start_paused = true)]
async fn both_may_fetch_from_each_other_at_once() {
    let held = blocks(200, 20_000);
    let (ours, theirs) = held.split_at(100);
    let mut one = Node::holding(ours).await;
    let mut other = Node::holding(theirs).await;
    one.meet(&mut other).await;
    let fetch = |node: &Node, wanted: &[(Cid, _)]| {
        let blocks = node.bitswap.get_many(wanted.iter().map(|(cid, _)| *cid));
        blocks.filter(|(_, block)| std::future::ready(block.is_ok())).count()
    };
    let counts = futures::join!(fetch(&one, theirs), fetch(&other, ours));
    assert_eq!(counts, (100, 100));
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_here_already_needs_no_peer() {
    let (cid, content) = block(1, 1_000);
    let node = Node::holding(&[(cid, content.clone())]).await;
    assert_eq!(node.bitswap.get(cid).await, Ok(content));
}

#[tokio::test(start_paused = true)]
async fn a_block_that_appears_later_is_sent_to_those_who_wait_for_it() {
    let (cid, content) = block(1, 1_000);
    let mut server = Node::start().await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let bitswap = client.bitswap.clone();
    let waiting = tokio::spawn(async move { bitswap.get(cid).await });
    eventually("the want has arrived", async || server.stats().await.gauges.requests == 1).await;
    server.bitswap.put(vec![(cid, content.clone())]).await.unwrap();
    assert_eq!(waiting.await.unwrap(), Ok(content));
}

#[tokio::test(start_paused = true)]
async fn a_cid_that_carries_its_bytes_is_no_matter_for_the_network() {
    let node = Node::start().await;
    let inline = Cid::new_v1(0x55, Multihash::wrap(0, b"twenty bytes or more of content").unwrap());
    let failed = node.bitswap.get(inline).await.unwrap_err();
    let GetError::Failed { cid, why } = failed else { panic!("{failed}") };
    assert_eq!((cid, why), (inline, bitswap_net::Failure::Unverifiable));
}

#[tokio::test(start_paused = true)]
async fn calls_fail_when_the_node_is_gone() {
    let node = Node::start().await;
    let (cid, _) = block(1, 10);
    let bitswap = node.bitswap.clone();
    let mut waiting = bitswap.get_many([cid]);
    assert!(futures::poll!(waiting.next()).is_pending());
    drop(node);
    assert_eq!(waiting.next().await, Some((cid, Err(GetError::Closed))));
    assert_eq!(waiting.next().await, None);
    assert_eq!(bitswap.get(cid).await, Err(GetError::Closed));
    assert_eq!(bitswap.stats().await.unwrap_err(), Closed);
}
