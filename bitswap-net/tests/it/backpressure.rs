//! Slow readers hold up nobody but themselves.

use std::pin::pin;

use bitswap_net::CallOptions;
use futures::StreamExt as _;
use futures::future::{Either, select};

use crate::support::{Node, blocks, eventually};

#[tokio::test(start_paused = true)]
async fn a_reader_that_does_not_read_is_sent_no_more_than_its_credit() {
    let held = blocks(100, 1_000);
    let mut server = Node::holding(&held).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let session = client.bitswap.session();
    let options = CallOptions { credit: 8, ..CallOptions::default() };
    let wanted = held.iter().map(|(cid, _)| *cid);
    let mut slow = session.get_many_with(wanted, options.clone());
    assert!(slow.next().await.is_some_and(|(_, block)| block.is_ok()));
    let untaken = async || client.stats().await.transport.untaken_bytes;
    eventually("seven blocks wait for it", async || untaken().await == 7_000).await;

    let others: Vec<_> = held[50..].iter().map(|(cid, _)| *cid).collect();
    let got = client.bitswap.get_many(others).count().await;
    assert_eq!(got, 50);
    let stats = client.stats().await;
    assert_eq!(stats.client.wants_started, 8 + 50);

    assert_eq!(slow.count().await, 99);
    eventually("nothing is open", async || client.stats().await.gauges.calls == 0).await;
    assert_eq!(client.stats().await.client.duplicate.blocks, 0);
    assert_eq!(untaken().await, 0);

    let mut dropped = session.get_many_with(held.iter().map(|(cid, _)| *cid), options);
    assert!(dropped.next().await.is_some());
    drop(dropped);
    eventually("nobody waits", async || untaken().await == 0).await;
}

#[tokio::test(start_paused = true)]
async fn small_answers_do_not_wait_behind_large_uploads() {
    let (ours, theirs) = (blocks(20, 1 << 20), blocks(20, 1_000));
    let mut one = Node::holding(&ours).await;
    let mut other = Node::holding(&theirs).await;
    one.meet(&mut other).await;
    let large = pin!(other.bitswap.get_many(ours.iter().map(|(cid, _)| *cid)).count());
    let small = pin!(one.bitswap.get_many(theirs.iter().map(|(cid, _)| *cid)).count());
    let Either::Right((small, large)) = select(large, small).await else {
        panic!("20 MiB were faster than 20 kB");
    };
    assert_eq!((large.await, small), (20, 20));
}
