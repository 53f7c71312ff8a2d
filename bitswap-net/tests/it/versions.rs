//! Peers that speak an older dialect only, or none.

use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, WantKind};
use bitswap_core::{Lanes, PeerCapabilities};
use bitswap_net::Block;
use cid::Cid;
use futures::StreamExt as _;

use crate::support::{Fake, Node, block, receive, send};

fn want(cid: Cid, kind: WantKind) -> Message {
    let want = Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay: None };
    Message { entries: vec![want], ..Message::default() }
}

fn giving(cid: Cid, block: Block) -> Message {
    Message { blocks: vec![(cid, block)], ..Message::default() }
}

/// A block under the CID that every dialect can carry.
fn old_block() -> (Cid, Block) {
    let (_, block) = block(1, 500);
    (Cid::new_v0(*block.multihash()).unwrap(), block)
}

/// The CIDs that a message asks the block of.
fn asked(message: &Message) -> Vec<Cid> {
    let wants = message.entries.iter().filter(|entry| matches!(entry, Entry::Want { .. }));
    wants.map(|entry| *entry.cid()).collect()
}

async fn fetches_from(protocol: ProtocolVersion) {
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(protocol);
    let mut node = Node::start().await;
    node.host.dial(&fake.host.address).await;
    let (_, mut asking) = streams.next().await.unwrap();
    assert_eq!(node.knows(fake.peer).await, PeerCapabilities { protocol, lanes: Lanes::Two });

    let (cid, content) = old_block();
    let mut got = node.bitswap.get_many([cid]);
    assert!(futures::poll!(got.next()).is_pending());
    let message = receive(&mut asking).await.unwrap();
    assert_eq!(asked(&message), [cid]);
    // Answered as the reference does: on a stream of our own.
    let mut answering = fake.open(&node, protocol).await;
    send(&mut answering, &giving(cid, content.clone()), protocol).await;
    assert_eq!(got.next().await, Some((cid, Ok(content))));
}

async fn serves(protocol: ProtocolVersion) {
    let (cid, content) = old_block();
    let node = Node::holding(&[(cid, content.clone())]).await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(protocol);
    fake.host.dial(&node.host.address).await;
    let (_, _control) = streams.next().await.unwrap();

    let mut asking = fake.open(&node, protocol).await;
    send(&mut asking, &want(cid, WantKind::Block), protocol).await;
    let (_, mut answering) = streams.next().await.unwrap();
    assert_eq!(receive(&mut answering).await.unwrap().blocks, [(cid, content)]);
}

#[tokio::test(start_paused = true)]
async fn blocks_come_from_peers_of_every_dialect() {
    for protocol in ProtocolVersion::NEWEST_FIRST {
        fetches_from(protocol).await;
    }
}

#[tokio::test(start_paused = true)]
async fn blocks_go_to_peers_of_every_dialect() {
    for protocol in ProtocolVersion::NEWEST_FIRST {
        serves(protocol).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_on_the_stream_that_asked_is_read_too() {
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(ProtocolVersion::V1_2);
    let mut node = Node::start().await;
    node.host.dial(&fake.host.address).await;
    let (_, mut asking) = streams.next().await.unwrap();
    node.knows(fake.peer).await;
    let (cid, content) = block(1, 500);
    let mut got = node.bitswap.get_many([cid]);
    assert!(futures::poll!(got.next()).is_pending());
    assert_eq!(asked(&receive(&mut asking).await.unwrap()), [cid]);
    send(&mut asking, &giving(cid, content.clone()), ProtocolVersion::V1_2).await;
    assert_eq!(got.next().await, Some((cid, Ok(content))));
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_missing_is_denied_to_those_who_want_to_know() {
    let node = Node::start().await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(ProtocolVersion::V1_2);
    fake.host.dial(&node.host.address).await;
    let (_, mut control) = streams.next().await.unwrap();
    let (cid, _) = block(1, 500);
    let mut asking = fake.open(&node, ProtocolVersion::V1_2).await;
    send(&mut asking, &want(cid, WantKind::Have), ProtocolVersion::V1_2).await;
    let answer = receive(&mut control).await.unwrap();
    assert_eq!(answer.presences, [(cid, BlockPresence::DontHave)]);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_speak_bitswap_is_no_peer() {
    let fake = Fake::start().await;
    let mut node = Node::start().await;
    let mut third = Node::start().await;
    node.host.dial(&fake.host.address).await;
    third.meet(&mut node).await;
    assert_eq!(node.bitswap.accounts().await.unwrap().len(), 1);
    assert_eq!(node.stats().await.gauges.peers, 1);
}
