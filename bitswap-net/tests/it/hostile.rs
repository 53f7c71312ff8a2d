//! Peers that send nonsense: it costs them their stream, and nobody else anything.

use std::time::Duration;

use bitswap_core::wire::{Entry, Message, ProtocolVersion, WantKind};
use cid::Cid;
use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::Stream;

use crate::support::{Fake, Node, block, blocks, eventually, receive, send};

const PROTOCOL: ProtocolVersion = ProtocolVersion::V1_2;

/// A frame that holds these bytes.
fn framed(content: &[u8]) -> Vec<u8> {
    let mut length = content.len();
    let mut frame = Vec::new();
    while length >= 0x80 {
        frame.push(length as u8 | 0x80);
        length >>= 7;
    }
    frame.push(length as u8);
    frame.extend(content);
    frame
}

/// Waits until the node gives this stream up; yamux shows a reset as an end.
async fn is_reset(mut stream: Stream) -> bool {
    matches!(stream.read(&mut [0]).await, Ok(0) | Err(_))
}

/// A well-behaved exchange between the same two peers, on the same connection.
async fn still_works(fake: &mut Fake, node: &Node, streams: &mut libp2p_stream::IncomingStreams) {
    let held = block(99, 3_000);
    node.bitswap.put(vec![held.clone()]).await.unwrap();
    let mut asking = fake.open(node, PROTOCOL).await;
    send(&mut asking, &want(held.0), PROTOCOL).await;
    let (_, mut answering) = streams.next().await.unwrap();
    assert_eq!(receive(&mut answering).await.unwrap().blocks, [held]);
}

fn want(cid: Cid) -> Message {
    let kind = WantKind::Block;
    let entry = Entry::Want { cid, kind, priority: 1, send_dont_have: false, relay: None };
    Message { entries: vec![entry], ..Message::default() }
}

async fn costs_its_stream_only(nonsense: &[u8]) {
    let mut node = Node::start().await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    fake.host.dial(&node.host.address).await;
    let (_, _control) = streams.next().await.unwrap();
    node.knows(fake.peer).await;
    let mut bad = fake.open(&node, PROTOCOL).await;
    // The node may hang up before it read everything.
    drop(bad.write_all(nonsense).await);
    drop(bad.flush().await);
    assert!(is_reset(bad).await);
    eventually("the frame is counted", async || node.stats().await.wire.refused == 1).await;
    still_works(&mut fake, &node, &mut streams).await;
}

#[tokio::test(start_paused = true)]
async fn garbage_costs_its_stream_only() {
    costs_its_stream_only(&framed(&[0xff; 1_000])).await;
}

#[tokio::test(start_paused = true)]
async fn a_length_of_100_gb_costs_its_stream_only() {
    costs_its_stream_only(&[0x80, 0xd0, 0xdb, 0xc3, 0xf4, 0x02]).await;
}

#[tokio::test(start_paused = true)]
async fn a_frame_of_empty_entries_costs_its_stream_only() {
    // Ten million entries of no content would be 20 MB; as many as a frame can hold.
    let entries = [0x0a, 0x00].repeat(1 << 20);
    let mut wantlist = vec![0x0a];
    wantlist.extend(framed(&entries));
    costs_its_stream_only(&framed(&wantlist)).await;
}

#[tokio::test(start_paused = true)]
async fn ten_million_entries_are_too_long_a_frame() {
    // 20 MB are announced.
    let mut frame = vec![0x84, 0xad, 0xe2, 0x09];
    frame.extend([0x0a, 0x00].repeat(100_000));
    costs_its_stream_only(&frame).await;
}

#[tokio::test(start_paused = true)]
async fn streams_that_never_end_a_frame_are_reset_in_time() {
    let node = Node::start().await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    fake.host.dial(&node.host.address).await;
    let (_, _control) = streams.next().await.unwrap();
    let mut slow = Vec::new();
    for _ in 0..16 {
        let mut stream = fake.open(&node, PROTOCOL).await;
        stream.write_all(&[0x80, 0x80]).await.unwrap();
        stream.flush().await.unwrap();
        slow.push(stream);
    }
    for stream in slow {
        let reset = tokio::time::timeout(Duration::from_secs(21), is_reset(stream)).await;
        assert_eq!(reset, Ok(true));
    }
    still_works(&mut fake, &node, &mut streams).await;
}

#[tokio::test(start_paused = true)]
async fn of_too_many_streams_the_longest_idle_make_room() {
    let node = Node::start().await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    fake.host.dial(&node.host.address).await;
    let (_, _control) = streams.next().await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..260 {
        idle.push(fake.open(&node, PROTOCOL).await);
    }
    let mut newest = idle.split_off(4);
    for stream in idle {
        assert!(is_reset(stream).await);
    }
    for stream in &mut newest {
        assert!(futures::poll!(stream.read(&mut [0])).is_pending());
    }
    drop(newest.split_off(1));
    still_works(&mut fake, &node, &mut streams).await;
}

#[tokio::test(start_paused = true)]
async fn a_want_stream_stays_open_while_many_answers_begin() {
    let held = block(99, 3_000);
    let node = Node::holding(std::slice::from_ref(&held)).await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    fake.host.dial(&node.host.address).await;
    let (_, _control) = streams.next().await.unwrap();
    let mut wanting = fake.open(&node, PROTOCOL).await;
    let mut begun = Vec::new();
    for _ in 0..15 {
        let mut stream = fake.open(&node, PROTOCOL).await;
        stream.write_all(&[0x80, 0x80]).await.unwrap();
        stream.flush().await.unwrap();
        begun.push(stream);
    }
    // Idle ones beyond those that may be busy.
    for _ in 0..30 {
        begun.push(fake.open(&node, PROTOCOL).await);
    }
    send(&mut wanting, &want(held.0), PROTOCOL).await;
    let (_, mut answering) = streams.next().await.unwrap();
    assert_eq!(receive(&mut answering).await.unwrap().blocks, [held]);
}

#[tokio::test(start_paused = true)]
async fn blocks_that_nobody_asked_for_are_not_even_hashed() {
    let mut node = Node::start().await;
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(PROTOCOL);
    fake.host.dial(&node.host.address).await;
    let (_, _control) = streams.next().await.unwrap();
    node.knows(fake.peer).await;
    let mut stream = fake.open(&node, PROTOCOL).await;
    let unasked = Message { blocks: blocks(5, 10_000), ..Message::default() };
    send(&mut stream, &unasked, PROTOCOL).await;
    eventually("they are counted", async || node.stats().await.wire.unhashed.blocks == 5).await;
    let (cid, _) = block(1, 10_000);
    let mut still_missing = node.bitswap.get_many([cid]);
    assert!(futures::poll!(still_missing.next()).is_pending());
}
