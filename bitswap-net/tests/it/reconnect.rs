//! Connections that come and go.

use std::time::Duration;

use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion};
use bitswap_net::{Behaviour, Block};
use cid::Cid;
use futures::StreamExt as _;
use libp2p::Swarm;
use libp2p::swarm::ConnectionId;

use crate::support::{Fake, Line, Node, block, blocks, eventually, receive, send};

#[tokio::test(start_paused = true)]
async fn wants_are_said_again_when_the_peer_comes_back() {
    let held = block(1, 1_000);
    let mut server = Node::start().await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let mut waiting = client.bitswap.get_many([held.0]);
    assert!(futures::poll!(waiting.next()).is_pending());
    eventually("the want has arrived", async || server.stats().await.gauges.requests == 1).await;

    client.host.disconnect(server.peer).await;
    client.misses(server.peer).await;
    server.misses(client.peer).await;
    assert_eq!(server.stats().await.gauges.requests, 0);
    server.bitswap.put(vec![held.clone()]).await.unwrap();
    server.meet(&mut client).await;
    assert_eq!(waiting.next().await, Some((held.0, Ok(held.1))));
}

#[tokio::test(start_paused = true)]
async fn a_second_connection_takes_over_when_the_first_one_ends() {
    let held = blocks(400, 10_000);
    let mut server = Node::holding(&held).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    server.host.dial(&client.host.address).await;
    eventually("there are two connections", async || {
        let count =
            server.host.with(|swarm| swarm.network_info().connection_counters().num_established());
        count.await == 2
    })
    .await;

    let mut got = client.bitswap.get_many(held.iter().map(|(cid, _)| *cid));
    for _ in 0..50 {
        assert!(got.next().await.is_some_and(|(_, block)| block.is_ok()));
    }
    server.host.with(close_oldest).await;
    assert_eq!(got.count().await, 350);
    assert_eq!(server.stats().await.gauges.peers, 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_died_without_a_word_is_replaced_by_one_that_carries() {
    let held = blocks(100, 100_000);
    let server = Node::holding(&held).await;
    let mut client = Node::start().await;
    let line = Line::to(&server.host.address).await;
    client.host.dial(&line.address).await;
    client.knows(server.peer).await;
    let mut got = client.bitswap.get_many(held.iter().map(|(cid, _)| *cid));
    for _ in 0..10 {
        assert!(got.next().await.is_some_and(|(_, block)| block.is_ok()));
    }

    line.strand();
    let since = tokio::time::Instant::now();
    for _ in 0..90 {
        assert!(got.next().await.is_some_and(|(_, block)| block.is_ok()));
    }
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_is_silent_and_alive_keeps_its_connection() {
    let held = blocks(2, 1_000);
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(ProtocolVersion::V1_2);
    let mut node = Node::start().await;
    node.host.dial(&fake.host.address).await;
    let control = streams.next().await.unwrap();
    let protocol = node.knows(fake.peer).await.protocol;
    let mut got = node.bitswap.get_many(held.iter().map(|(cid, _)| *cid));
    assert!(futures::poll!(got.next()).is_pending());
    let mut answering = fake.open(&node, protocol).await;
    let have = |(cid, _): &(Cid, Block)| (*cid, BlockPresence::Have);
    let presences = held.iter().map(have).collect();
    send(&mut answering, &Message { presences, ..Message::default() }, protocol).await;
    let one = Message { blocks: vec![held[0].clone()], ..Message::default() };
    send(&mut answering, &one, protocol).await;
    assert!(got.next().await.is_some_and(|(_, block)| block.is_ok()));

    let probe = tokio::time::timeout(Duration::from_secs(2), streams.next()).await;
    assert!(probe.is_ok(), "it is asked for a sign of life");
    tokio::time::advance(Duration::from_secs(5)).await;
    let other = tokio::time::timeout(Duration::from_secs(5), streams.next()).await;
    assert!(other.is_err(), "on another connection");
    drop(control);
}

/// Closes the connection that carries: ids are given in order.
fn close_oldest(swarm: &mut Swarm<Behaviour>) {
    let mut ids = (0..1_000_000).map(ConnectionId::new_unchecked);
    assert!(ids.any(|id| swarm.close_connection(id)));
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_ours_that_was_reset_while_idle_is_opened_again() {
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(ProtocolVersion::V1_2);
    let mut node = Node::start().await;
    node.host.dial(&fake.host.address).await;
    let (_, control) = streams.next().await.unwrap();
    let capabilities = node.knows(fake.peer).await;
    drop(control);
    // What comes after the reset, on the same connection, says that it was seen.
    let mut answering = fake.open(&node, capabilities.protocol).await;
    send(&mut answering, &Message::default(), capabilities.protocol).await;
    eventually("the reset was seen", async || node.stats().await.wire.messages_in == 1).await;

    let held = block(1, 1_000);
    let mut got = node.bitswap.get_many([held.0]);
    assert!(futures::poll!(got.next()).is_pending());
    let (_, mut again) = streams.next().await.unwrap();
    let message = receive(&mut again).await.unwrap();
    assert!(matches!(message.entries[..], [Entry::Want { cid, .. }] if cid == held.0));
    let answer = Message { blocks: vec![held.clone()], ..Message::default() };
    send(&mut answering, &answer, capabilities.protocol).await;
    assert_eq!(got.next().await, Some((held.0, Ok(held.1))));
    assert_eq!(node.stats().await.wire.send_failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_was_only_asked_whether_it_has_a_block_is_let_go_in_the_end() {
    let mut server = Node::start().await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let mut waiting = client.bitswap.get_many([block(1, 10).0]);
    assert!(futures::poll!(waiting.next()).is_pending());
    eventually("the want has arrived", async || server.stats().await.gauges.requests == 1).await;
    for _ in 0..50 {
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(client.stats().await.gauges.peers, 1);
        assert_eq!(server.stats().await.gauges.peers, 1);
    }
    let gone = tokio::time::timeout(Duration::from_secs(1_000), client.misses(server.peer));
    assert!(gone.await.is_ok(), "it is kept while the want is open");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_let_go_and_one_to_a_session_with_an_open_want_is_kept() {
    let held = block(1, 10);
    let mut server = Node::holding(std::slice::from_ref(&held)).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let session = client.bitswap.session();
    assert_eq!(session.get(held.0).await, Ok(held.1));
    let mut waiting = session.get_many([block(2, 10).0]);
    assert!(futures::poll!(waiting.next()).is_pending());
    eventually("the want has arrived", async || server.stats().await.gauges.requests == 1).await;
    for _ in 0..200 {
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(client.stats().await.gauges.peers, 1);
        assert_eq!(server.stats().await.gauges.peers, 1);
    }
    drop(waiting);
    client.misses(server.peer).await;
    server.misses(client.peer).await;
}
