//! Giving up by dropping.

use std::time::Duration;

use bitswap_net::{CallOptions, SessionOptions, WantOutcome};
use futures::StreamExt as _;

use crate::support::{Node, block, blocks, eventually};

#[tokio::test(start_paused = true)]
async fn a_dropped_future_takes_its_want_back_at_the_peer() {
    let mut server = Node::start().await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let (cid, _) = block(1, 1_000);
    let session = client.bitswap.session();
    let mut waiting = session.get_many([cid]);
    assert!(futures::poll!(waiting.next()).is_pending());
    eventually("the want has arrived", async || server.stats().await.gauges.requests == 1).await;
    drop(waiting);
    eventually("the want is gone", async || server.stats().await.gauges.requests == 0).await;
    let stats = client.stats().await;
    assert_eq!((stats.gauges.wants, stats.gauges.calls, stats.gauges.sessions), (0, 0, 1));
    assert_eq!(stats.stray_inputs, 0);
}

#[tokio::test(start_paused = true)]
async fn what_did_not_come_in_time_has_timed_out_and_the_session_can_want_more() {
    let here = block(2, 1_000);
    let node = Node::holding(std::slice::from_ref(&here)).await;
    let options = SessionOptions { timeout: Some(Duration::from_secs(9)), ..Default::default() };
    let session = node.bitswap.session_with(options);
    let mut waiting = session.get_many([block(1, 1_000).0]);
    let lost = waiting.next().await.unwrap().1.unwrap_err();
    assert!(lost.is_timeout(), "{lost}");
    assert_eq!(session.get(here.0).await, Ok(here.1));
    let ended = node.stats().await.client.wants_ended;
    let [timed_out, cancelled] = [WantOutcome::TimedOut, WantOutcome::Cancelled];
    assert_eq!((ended[timed_out as usize], ended[cancelled as usize]), (1, 0));
    assert_eq!(node.stats().await.stray_inputs, 0);
}

#[tokio::test(start_paused = true)]
async fn one_of_two_callers_may_give_up_without_ending_the_others_want() {
    let (cid, content) = block(1, 1_000);
    let mut server = Node::start().await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let (mut one, mut other) = (client.bitswap.get_many([cid]), client.bitswap.get_many([cid]));
    assert!(futures::poll!(one.next()).is_pending());
    assert!(futures::poll!(other.next()).is_pending());
    eventually("both wait", async || client.stats().await.gauges.calls == 2).await;
    drop(one);
    eventually("one waits", async || client.stats().await.gauges.calls == 1).await;
    server.bitswap.put(vec![(cid, content.clone())]).await.unwrap();
    assert_eq!(other.next().await, Some((cid, Ok(content))));
}

#[tokio::test(start_paused = true)]
async fn a_stream_dropped_before_it_was_polled_asked_for_nothing() {
    let node = Node::start().await;
    drop(node.bitswap.get_many([block(1, 1_000).0]));
    let stats = node.stats().await;
    assert_eq!((stats.client.wants_started, stats.stray_inputs), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn streams_outlive_their_session_and_the_session_ends_with_them() {
    let node = Node::holding(&blocks(2, 10)).await;
    let session = node.bitswap.session();
    let mut waiting = session.get_many(blocks(3, 10).iter().map(|(cid, _)| *cid));
    drop(session);
    assert!(waiting.next().await.is_some_and(|(_, block)| block.is_ok()));
    assert!(waiting.next().await.is_some_and(|(_, block)| block.is_ok()));
    assert_eq!(node.stats().await.gauges.sessions, 1);
    drop(waiting);
    eventually("no session is left", async || node.stats().await.gauges.sessions == 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_time_is_over_fails_what_is_missing_however_much_it_is() {
    let node = Node::start().await;
    let options =
        CallOptions { credit: 4, timeout: Some(Duration::from_secs(3)), ..CallOptions::default() };
    let wanted = blocks(100, 10);
    let session = node.bitswap.session();
    let blocks = session.get_many_with(wanted.iter().map(|(cid, _)| *cid), options);
    let failed = blocks.filter(|(_, block)| {
        std::future::ready(block.as_ref().is_err_and(bitswap_net::GetError::is_timeout))
    });
    assert_eq!(failed.count().await, 100);
}
