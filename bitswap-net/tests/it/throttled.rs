//! Peers that send what is of no use: slowed down, and let go at last.

use bitswap_core::wire::{Entry, Message, ProtocolVersion};
use futures::{AsyncWriteExt as _, StreamExt as _};
use libp2p::swarm::StreamProtocol;
use tokio::time::{Duration, Instant, timeout};

use crate::support::{Fake, Node, block, send};

const PROTOCOL: ProtocolVersion = ProtocolVersion::V1_2;

/// A peer that does the same again and again until it is disconnected, and the time it had.
async fn is_let_go(node: &mut Node, frame: &[u8]) -> Duration {
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    fake.host.dial(&node.host.address).await;
    let (_, _control) = streams.next().await.unwrap();
    node.knows(fake.peer).await;
    let (start, peer, server) = (Instant::now(), fake.peer, node.peer);
    let wasting = async {
        loop {
            let id = StreamProtocol::new(PROTOCOL.protocol_id());
            let Ok(mut stream) = fake.control.open_stream(server, id).await else { return };
            while stream.write_all(frame).await.is_ok() && stream.flush().await.is_ok() {}
        }
    };
    let both = async { futures::join!(wasting, node.misses(peer)) };
    timeout(Duration::from_secs(600), both).await.unwrap();
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_sends_only_garbage_is_let_go_within_two_minutes() {
    let mut node = Node::start().await;
    let garbage = [&[0xe8, 0x07][..], &[0xff; 1_000]].concat();
    let time = is_let_go(&mut node, &garbage).await;
    assert!((10..120).contains(&time.as_secs()), "{time:?}");
    let transport = node.stats().await.transport;
    assert!(transport.pauses > 10 && transport.wasteful_peers == 1, "{transport:?}");
}

#[tokio::test(start_paused = true)]
async fn a_long_list_of_cancels_is_told_in_portions_and_whole() {
    let mut node = Node::start().await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    fake.host.dial(&node.host.address).await;
    let (_, _control) = streams.next().await.unwrap();
    node.knows(fake.peer).await;
    let cancels = (0..3_000).map(|number| Entry::Cancel { cid: block(number, 8).0 });
    let message = Message { entries: cancels.collect(), ..Message::default() };
    let mut stream = fake.open(&node, PROTOCOL).await;
    send(&mut stream, &message, PROTOCOL).await;
    crate::support::eventually("all are counted", async || {
        node.stats().await.server.cancels == 3_000
    })
    .await;
    assert!(node.stats().await.wire.messages_in > 1);
}
