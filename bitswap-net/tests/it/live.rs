//! What happens, told to those who listen.

use bitswap_net::{LiveEvent, LiveEvents, WantOutcome};
use futures::StreamExt as _;

use crate::support::{Node, block, blocks, eventually};

#[tokio::test(start_paused = true)]
async fn a_fetch_is_told_at_both_ends_and_its_cid_where_it_was_wanted_only() {
    let (cid, content) = block(1, 5_000);
    let mut server = Node::holding(&[(cid, content)]).await;
    let mut client = Node::start().await;
    let (mut ours, mut theirs) =
        (client.bitswap.listen().unwrap(), server.bitswap.listen().unwrap());
    client.meet(&mut server).await;
    client.bitswap.get(cid).await.unwrap();
    eventually("it was sent", async || server.stats().await.server.blocks_sent.blocks == 1).await;

    assert_eq!(ours.next().await, Some(LiveEvent::PeerConnected(server.peer)));
    let Some(LiveEvent::WantOpened { cid: began, .. }) = ours.next().await else {
        panic!("a want begins");
    };
    assert_eq!(began, cid);
    let told = all(&mut ours);
    let Some(LiveEvent::WantEnded { cid: ended, outcome, .. }) = told.last() else {
        panic!("{told:?}");
    };
    assert_eq!((*ended, *outcome), (Some(cid), WantOutcome::Received));

    let told = all(&mut theirs);
    let [LiveEvent::PeerConnected(peer), LiveEvent::BlockSent { peer: to, bytes, .. }] = told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!((peer, to, bytes), (client.peer, client.peer, 5_000));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_what_happens_loses_the_oldest_and_hears_how_many() {
    let held = blocks(2_000, 10);
    let node = Node::holding(&held).await;
    let mut live = node.bitswap.listen().unwrap();
    let mut got = node.bitswap.get_many(held.iter().map(|(cid, _)| *cid));
    while got.next().await.is_some() {}

    let told = all(&mut live);
    let Some(LiveEvent::Lost(lost)) = told.first() else { panic!("{:?}", told.first()) };
    // Each want begins and ends.
    assert_eq!(*lost as usize + told.len() - 1, 2 * held.len());
    assert!(told.len() <= 1_025, "{}", told.len());
    assert!(matches!(told.last(), Some(LiveEvent::WantEnded { cid: Some(_), .. })), "the newest");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_gone_tells_no_more() {
    let node = Node::start().await;
    let mut live = node.bitswap.listen().unwrap();
    let bitswap = node.bitswap.clone();
    drop(node);
    assert_eq!(live.next().await, None);
    bitswap.listen().unwrap_err();
}

/// All that has happened.
fn all(live: &mut LiveEvents) -> Vec<LiveEvent> {
    std::iter::from_fn(|| live.next_at_once()).collect()
}
