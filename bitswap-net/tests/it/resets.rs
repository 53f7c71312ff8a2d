//! Streams of ours that peers reset: what was lost is said again, and not in a storm.

use std::time::Duration;

use bitswap_core::wire::{Entry, Message, ProtocolVersion};
use futures::StreamExt as _;
use libp2p::PeerId;
use libp2p_stream::IncomingStreams;
use tokio::time::{Instant, advance, timeout, timeout_at};

use crate::support::{Fake, Node, block, eventually, receive, send};

const PROTOCOL: ProtocolVersion = ProtocolVersion::V1_2;

/// The next stream of Bitswap that the node opens within 20 s.
async fn next_stream(streams: &mut IncomingStreams) -> (PeerId, libp2p::Stream) {
    let next = timeout(Duration::from_secs(20), streams.next()).await;
    let Ok(Some(stream)) = next else { panic!("no stream within 20 s: {next:?}") };
    stream
}

#[tokio::test(start_paused = true)]
async fn a_want_is_said_again_when_its_stream_was_reset_unread() {
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    let mut node = Node::start().await;
    node.host.dial(&fake.host.address).await;
    let (_, control) = streams.next().await.unwrap();
    node.knows(fake.peer).await;
    let held = block(1, 1_000);
    let mut got = node.bitswap.get_many([held.0]);
    assert!(futures::poll!(got.next()).is_pending());
    eventually("the want was written", async || node.stats().await.wire.messages_out == 1).await;
    advance(Duration::from_millis(50)).await;
    drop(control);

    let (_, mut again) = next_stream(&mut streams).await;
    let message = receive(&mut again).await.unwrap();
    assert!(matches!(message.entries[..], [Entry::Want { cid, .. }] if cid == held.0));
    let answer = Message { blocks: vec![held.clone()], ..Message::default() };
    send(&mut again, &answer, PROTOCOL).await;
    assert_eq!(got.next().await, Some((held.0, Ok(held.1))));
}

#[tokio::test(start_paused = true)]
async fn a_half_closed_stream_is_no_lost_stream() {
    use futures::AsyncWriteExt as _;

    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    let mut node = Node::start().await;
    node.host.dial(&fake.host.address).await;
    let (_, mut control) = streams.next().await.unwrap();
    node.knows(fake.peer).await;
    control.close().await.unwrap();
    for number in 1..3 {
        let (cid, _) = block(number, 1_000);
        let mut got = node.bitswap.get_many([cid]);
        assert!(futures::poll!(got.next()).is_pending());
        let message = receive(&mut control).await.unwrap();
        let asked = message.entries.iter().any(|entry| *entry.cid() == cid);
        assert!(asked, "{message:?}");
    }
    assert!(timeout(Duration::from_secs(5), streams.next()).await.is_err(), "a second stream");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_resets_each_stream_is_given_ever_fewer() {
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    let mut node = Node::start().await;
    node.host.dial(&fake.host.address).await;
    drop(streams.next().await.unwrap());
    node.knows(fake.peer).await;
    let mut got = node.bitswap.get_many([block(1, 1_000).0]);
    assert!(futures::poll!(got.next()).is_pending());
    let end = Instant::now() + Duration::from_secs(10);
    let mut opened = 0;
    while let Ok(Some(stream)) = timeout_at(end, streams.next()).await {
        opened += 1;
        assert!(opened < 100, "100 streams");
        drop(stream);
    }
    assert!((2..=6).contains(&opened), "{opened} streams in 10 s");
}
