//! How fast a node reads and sends under its limits.

use std::num::NonZeroU64;
use std::time::Duration;

use bitswap_net::RateLimits;
use futures::StreamExt as _;
use tokio::time::Instant;

use crate::support::{Node, blocks};

const SIZE: usize = 256 * 1024;

#[tokio::test(start_paused = true)]
async fn a_node_reads_no_faster_than_its_limit_until_that_is_lifted() {
    let held = blocks(40, SIZE);
    let mut server = Node::holding(&held).await;
    let rate = NonZeroU64::new(1024 * 1024);
    let mut client = Node::with(|builder| builder.download(None, rate)).await;
    client.meet(&mut server).await;
    let (first, rest) = held.split_at(24);

    // 6 MiB, of which one is the burst.
    let seconds = fetch(&client, first).await.as_secs_f64();
    assert!((4.5..6.0).contains(&seconds), "{seconds}");
    let transport = client.stats().await.transport;
    assert_eq!(transport.download_limits, [None, rate]);
    assert!(transport.download_waited[1] > Duration::from_secs(3), "{transport:?}");

    client.bitswap.limit(RateLimits::default()).await.unwrap();
    assert!(fetch(&client, rest).await < Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_node_sends_no_faster_than_its_limit_which_may_change() {
    let held = blocks(40, SIZE);
    let mut server = Node::holding(&held).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    let upload = NonZeroU64::new(1024 * 1024);
    server.bitswap.limit(RateLimits { upload, ..RateLimits::default() }).await.unwrap();

    // 6 MiB, of which one is the burst and a block is on credit.
    let (first, rest) = held.split_at(24);
    let seconds = fetch(&client, first).await.as_secs_f64();
    assert!((4.5..6.0).contains(&seconds), "{seconds}");
    assert_eq!(server.stats().await.upload.limits, [upload, None]);

    server.bitswap.limit(RateLimits::default()).await.unwrap();
    assert!(fetch(&client, rest).await < Duration::from_secs(2));
}

/// How long it takes to get these.
async fn fetch(client: &Node, wanted: &[(cid::Cid, bitswap_net::Block)]) -> Duration {
    let begun = Instant::now();
    let got = client.bitswap.get_many(wanted.iter().map(|(cid, _)| *cid)).count().await;
    assert_eq!(got, wanted.len());
    begun.elapsed()
}
