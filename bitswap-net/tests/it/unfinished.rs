//! Frames that come slowly, and those that are never finished: bounded in memory for the whole
//! node, and in nobody's way.

use std::time::Duration;

use bitswap_core::AskOutcome;
use bitswap_core::wire::{BlockPresence, Message, ProtocolVersion, encode};
use futures::{AsyncWriteExt as _, StreamExt as _};

use crate::support::{Fake, Node, block, receive, send};

const PROTOCOL: ProtocolVersion = ProtocolVersion::V1_2;
const BUDGET: usize = 8 << 20;

/// Opens streams, announces 4 MiB on each and sends all but one byte.
async fn leave_unfinished(node: &Node, streams: usize) -> Fake {
    let mut fake = Fake::start().await;
    let mut incoming = fake.listen(PROTOCOL);
    fake.host.dial(&node.host.address).await;
    let (_, control) = incoming.next().await.unwrap();
    for _ in 0..streams {
        let mut stream = fake.open(node, PROTOCOL).await;
        tokio::spawn(async move {
            let frame = [&[0x80, 0x80, 0x80, 0x02][..], &vec![0; (4 << 20) - 1]].concat();
            // The node may hang up before it has read everything.
            drop(stream.write_all(&frame).await);
            drop(stream.flush().await);
            std::future::pending::<()>().await;
        });
    }
    drop(control);
    fake
}

#[tokio::test(start_paused = true)]
async fn unfinished_frames_hold_no_more_than_their_budget_and_hold_up_nobody() {
    let mut node = Node::with(|builder| builder.unfinished_bytes(BUDGET)).await;
    let mut honest = Fake::start().await;
    let mut asked = honest.listen(PROTOCOL);
    node.host.dial(&honest.host.address).await;
    let (_, mut asking) = asked.next().await.unwrap();
    node.knows(honest.peer).await;
    let _hostile = [leave_unfinished(&node, 8).await, leave_unfinished(&node, 8).await];
    let mut most = 0;
    while most < BUDGET as u64 / 2 {
        most = most.max(node.stats().await.transport.unfinished_bytes);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let held = block(1, 1 << 20);
    let mut got = node.bitswap.get_many([held.0]);
    assert!(futures::poll!(got.next()).is_pending());
    receive(&mut asking).await.unwrap();
    let mut answering = honest.open(&node, PROTOCOL).await;
    let answer = Message { blocks: vec![held.clone()], ..Message::default() };
    let start = tokio::time::Instant::now();
    let fetched = async {
        let got = got.next().await;
        assert_eq!(got, Some((held.0, Ok(held.1.clone()))));
    };
    let watched = async {
        loop {
            most = most.max(node.stats().await.transport.unfinished_bytes);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        ((), ()) = async { futures::join!(send(&mut answering, &answer, PROTOCOL), fetched) } => {}
        () = watched => {}
    }
    assert!(start.elapsed().as_secs() <= 20, "{:?}", start.elapsed());
    assert!(most <= BUDGET as u64, "{most}");
}

#[tokio::test(start_paused = true)]
async fn a_block_that_takes_a_minute_is_waited_for_and_asked_for_once() {
    let mut node = Node::start().await;
    let mut slow = Fake::start().await;
    let mut asked = slow.listen(PROTOCOL);
    node.host.dial(&slow.host.address).await;
    let (_, mut asking) = asked.next().await.unwrap();
    node.knows(slow.peer).await;

    let held = block(1, 300_000);
    let mut got = node.bitswap.get_many([held.0]);
    assert!(futures::poll!(got.next()).is_pending());
    receive(&mut asking).await.unwrap();
    let mut answering = slow.open(&node, PROTOCOL).await;
    let presences = vec![(held.0, BlockPresence::Have)];
    send(&mut answering, &Message { presences, ..Message::default() }, PROTOCOL).await;
    let answer = Message { blocks: vec![held.clone()], ..Message::default() };
    let sent = async {
        for second in encode(&answer, PROTOCOL).chunks(5_000) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            answering.write_all(second).await.unwrap();
            answering.flush().await.unwrap();
        }
    };
    let ((), got) = futures::join!(sent, got.next());
    assert_eq!(got, Some((held.0, Ok(held.1.clone()))));
    let client = node.stats().await.client;
    assert_eq!((client.block_asks, client.asks_ended[AskOutcome::TimedOut as usize]), (1, 0));
}
