//! The story of a want, and of a peer, between real nodes.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::wire::WantKind;
use bitswap_net::{
    AskOutcome, FixedRouter, Happening, Provider, Reached, Story, WantOutcome, WantStep,
};
use libp2p::PeerId;

use crate::support::{Node, block, eventually};

#[tokio::test(start_paused = true)]
async fn the_story_of_a_block_that_was_fetched_names_who_sent_it_and_who_decided() {
    let (cid, content) = block(1, 5_000);
    let mut server = Node::holding(&[(cid, content)]).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    client.bitswap.get(cid).await.unwrap();

    let told = client.bitswap.explain_cid(cid).await.unwrap();
    let story = told.story.unwrap();
    assert_eq!(told.detail.want, None, "it is over");
    assert_eq!(story.ended.map(|(_, outcome)| outcome), Some(WantOutcome::Received));
    assert_eq!(happened(&story)[..2], [Happening::Wanted, Happening::Candidates]);
    let asked = line(&story, &Happening::Asked(WantKind::Block));
    assert_eq!((asked.strategy.as_deref(), asked.reason), (Some("plain"), "first candidate"));
    let sent = line(&story, &Happening::Answered(WantKind::Block, AskOutcome::Block));
    assert_eq!((sent.peers.clone(), sent.strategy.clone()), (vec![server.peer], None));
}

#[tokio::test(start_paused = true)]
async fn the_story_of_a_served_peer_has_the_reasons_of_policy_and_prioritizer() {
    let (cid, content) = block(1, 5_000);
    let mut server = Node::holding(&[(cid, content)]).await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    client.bitswap.get(cid).await.unwrap();
    eventually("it was sent", async || server.stats().await.server.blocks_sent.blocks == 1).await;

    let told = server.bitswap.explain_peer(client.peer).await.unwrap();
    let story = told.story.unwrap();
    assert_eq!(happened(&story)[0], Happening::Connected);
    let accepted = line(&story, &Happening::Requested(WantKind::Block));
    assert_eq!((accepted.strategy.as_deref(), accepted.reason), (Some("plain"), "open to all"));
    let turn = line(&story, &Happening::TurnTaken);
    assert_eq!((turn.reason, turn.bytes), ("arrival order", 5_000));
    assert_eq!(line(&story, &Happening::Served).count, 1);
    assert_eq!(told.detail.account.map(|account| account.sent_to), Some(5_000));
}

#[tokio::test(start_paused = true)]
async fn a_want_that_nobody_has_tells_who_said_no_which_dial_failed_and_what_is_next() {
    let (cid, _) = block(1, 5_000);
    let gone = PeerId::random();
    let nowhere = Provider { peer: gone, addresses: vec!["/memory/1".parse().unwrap()] };
    let router = Arc::new(FixedRouter::new(vec![nowhere]));
    let mut client = Node::with(|builder| builder.router(router)).await;
    let mut server = Node::start().await;
    client.meet(&mut server).await;
    let bitswap = client.bitswap.clone();
    let waiting = tokio::spawn(async move { bitswap.get(cid).await });
    tokio::time::sleep(Duration::from_secs(10)).await;

    let told = client.bitswap.explain_cid(cid).await.unwrap();
    let story = told.story.unwrap();
    let found = line(&story, &Happening::Provider(Reached::Dialled));
    assert_eq!(found.peers, [gone]);
    let failed =
        |what: &Happening| matches!(what, Happening::DialFailed(cause) if !cause.is_empty());
    assert!(happened(&story).iter().any(failed), "{:?}", happened(&story));
    let want = told.detail.want.unwrap();
    assert_eq!(want.step, WantStep::Searching);
    let search = want.search.unwrap();
    assert!(search.next_step_at > Some(told.detail.now), "{search:?}");
    assert_eq!(&*search.finder, "plain");

    waiting.abort();
    eventually("it is taken back", async || {
        let told = client.bitswap.explain_cid(cid).await.unwrap();
        told.story.and_then(|story| story.ended).map(|(_, how)| how) == Some(WantOutcome::Cancelled)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn of_what_was_never_wanted_there_is_no_story() {
    let node = Node::start().await;
    let told = node.bitswap.explain_cid(block(1, 9).0).await.unwrap();
    assert_eq!((told.story, told.detail.want), (None, None));
    let told = node.bitswap.explain_peer(PeerId::random()).await.unwrap();
    assert_eq!((told.story, told.detail.connected), (None, None));
}

fn happened(story: &Story) -> Vec<Happening> {
    story.lines.iter().map(|line| line.what.clone()).collect()
}

fn line<'a>(story: &'a Story, what: &Happening) -> &'a bitswap_net::StoryLine {
    let found = story.lines.iter().find(|line| line.what == *what);
    found.unwrap_or_else(|| panic!("no {what:?} in {:?}", happened(story)))
}
