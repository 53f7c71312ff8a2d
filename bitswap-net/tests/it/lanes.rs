//! How many of our streams a peer reads.

use bitswap_core::wire::{Entry, Message, ProtocolVersion, WantKind};
use bitswap_core::{Lanes, PeerCapabilities};
use futures::StreamExt as _;

use crate::support::{Fake, Node, block, receive, send};

fn wants(numbers: std::ops::Range<u64>, bytes: usize) -> Message {
    let entries = numbers.map(|number| {
        let (cid, _) = block(number, bytes);
        Entry::Want { cid, kind: WantKind::Block, priority: 1, send_dont_have: true, relay: None }
    });
    Message { entries: entries.collect(), ..Message::default() }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_refuses_the_second_stream_gets_blocks_on_the_first() {
    let protocol = ProtocolVersion::V1_2;
    let held = block(1, 5_000);
    let mut node = Node::holding(std::slice::from_ref(&held)).await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(protocol);
    fake.host.dial(&node.host.address).await;
    let (_, mut control) = streams.next().await.unwrap();
    assert_eq!(node.knows(fake.peer).await.lanes, Lanes::Two);

    drop(streams);
    let mut asking = fake.open(&node, protocol).await;
    send(&mut asking, &wants(1..2, 5_000), protocol).await;
    assert_eq!(receive(&mut control).await.unwrap().blocks, [held]);
    assert_eq!(node.knows(fake.peer).await, PeerCapabilities { protocol, lanes: Lanes::One });
}

#[tokio::test(start_paused = true)]
async fn a_peer_known_to_read_one_stream_is_given_a_fresh_one() {
    let protocol = ProtocolVersion::V1_2;
    let held = [block(1, 5_000), block(2, 5_000)];
    let mut node = Node::holding(&held).await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(protocol);
    fake.host.dial(&node.host.address).await;
    let (_, mut control) = streams.next().await.unwrap();
    let mut asking = fake.open(&node, protocol).await;
    send(&mut asking, &wants(1..2, 5_000), protocol).await;
    let (_, mut second) = streams.next().await.unwrap();
    assert_eq!(receive(&mut second).await.unwrap().blocks, held[..1]);

    let peer = fake.peer;
    node.host.with(move |swarm| swarm.behaviour_mut().use_one_lane(peer)).await;
    while node.knows(fake.peer).await.lanes == Lanes::Two {}
    assert_eq!(receive(&mut control).await, None);
    assert_eq!(receive(&mut second).await, None);
    send(&mut asking, &wants(2..3, 5_000), protocol).await;
    let (_, mut fresh) = streams.next().await.unwrap();
    assert_eq!(receive(&mut fresh).await.unwrap().blocks, held[1..]);
}
