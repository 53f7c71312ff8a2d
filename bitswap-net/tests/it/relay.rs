//! Wants that go farther than one's own peers, and what of the extension is said to whom.

use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, Named, Registry, RelayPlan, RelayRequestView, RelayView, StrategySet, plain,
};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind};
use bitswap_core::{CallOptions, CidKey, Lanes, PeerCapabilities, PeerKey};
use bitswap_net::{GetError, SessionOptions};
use bitswap_store::BlockStore as _;
use cid::Cid;
use futures::StreamExt as _;
use libp2p::Stream;
use libp2p_stream::IncomingStreams;

use crate::support::{Fake, Node, block, blocks, eventually, receive, send};

const WANT_ID: u64 = 77;

/// Passes everything on to everybody.
struct PassOn;

impl Registry for PassOn {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        ctx.because("remembers nothing");
        Vec::new()
    }

    fn relay(
        &mut self,
        _: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        RelayPlan { ttl: want.ttl - 1, to: view.eligible.to_vec(), reason: "everybody" }
    }
}

async fn relay() -> Node {
    let registry: Box<dyn Registry> = Box::new(PassOn);
    let registry = Named::new("pass-on", registry);
    Node::judged_by(StrategySet { registry, ..plain::strategies() }).await
}

/// Nodes that know their neighbours only; what they want goes so far.
struct Row {
    requester: Node,
    between: Node,
    holder: Node,
}

impl Row {
    async fn holding(held: &[(Cid, bitswap_net::Block)]) -> Self {
        let mut requester = Node::start().await;
        let mut between = relay().await;
        let mut holder = Node::holding(held).await;
        between.meet(&mut holder).await;
        requester.meet(&mut between).await;
        Self { requester, between, holder }
    }
}

fn reach(ttl: u8) -> Option<RelayHeader> {
    RelayHeader::new(ttl, WANT_ID, 10_000)
}

fn want(cid: Cid, kind: WantKind, reach: Option<RelayHeader>) -> Message {
    let want = Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay: reach };
    Message { entries: vec![want], ..Message::default() }
}

/// A peer that does what it is told, connected to `node`, with the stream on which it is asked.
async fn fake(node: &mut Node, protocol: ProtocolVersion) -> (Fake, IncomingStreams, Stream) {
    let mut fake = Fake::start().await;
    let mut streams = fake.listen(protocol);
    node.host.dial(&fake.host.address).await;
    let (_, control) = streams.next().await.unwrap();
    node.knows(fake.peer).await;
    (fake, streams, control)
}

/// The reach of the only want in the next message.
async fn reach_of_next_want(stream: &mut Stream) -> Option<RelayHeader> {
    let message = receive(stream).await.unwrap();
    let [Entry::Want { relay: reach, .. }] = message.entries[..] else { panic!("{message:?}") };
    reach
}

#[tokio::test(start_paused = true)]
async fn nodes_of_ours_speak_the_relay_protocol_to_each_other() {
    let mut one = Node::start().await;
    let mut other = Node::start().await;
    one.host.dial(&other.host.address).await;
    let capabilities = PeerCapabilities { protocol: ProtocolVersion::Relay, lanes: Lanes::Two };
    assert_eq!(one.knows(other.peer).await, capabilities);
    assert_eq!(other.knows(one.peer).await, capabilities);
}

#[tokio::test(start_paused = true)]
async fn blocks_come_through_the_node_between_which_keeps_nothing() {
    let held = blocks(20, 5_000);
    let row = Row::holding(&held).await;
    let options = SessionOptions { ttl: Some(1), ..SessionOptions::default() };
    let session = row.requester.bitswap.session_with(options);
    let got = session.get_many(held.iter().map(|(cid, _)| *cid));
    let got: Vec<_> = got.map(|(_, block)| block.unwrap()).collect().await;
    assert_eq!(got.len(), 20);
    drop(session);

    let requester = row.requester.stats().await.client;
    assert_eq!((requester.wanted.blocks, requester.duplicate.blocks), (20, 0));
    assert!(requester.searching >= 20, "{requester:?}");
    assert_eq!(row.between.stats().await.relay.forwarded.blocks, 20);
    let hashes: Vec<_> = held.iter().map(|(cid, _)| *cid.hash()).collect();
    let stored = row.between.store.sizes(&hashes).await;
    assert!(stored.iter().all(|size| *size == Ok(None)), "{stored:?}");
    eventually("nothing is left of it", async || {
        let between = row.between.stats().await.gauges;
        let holder = row.holder.stats().await.gauges;
        let left = (between.relayed_wants, between.relayed_bytes, between.requests);
        left == (0, 0, 0) && holder.requests == 0
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_says_nothing_has_the_reach_of_the_node() {
    let (cid, content) = block(1, 5_000);
    let row = Row::holding(&[(cid, content.clone())]).await;
    assert_eq!(row.requester.bitswap.get(cid).await, Ok(content));
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_ttl_does_not_reach_farther_than_its_peers() {
    let (cid, content) = block(1, 5_000);
    let row = Row::holding(&[(cid, content)]).await;
    let options = SessionOptions { ttl: Some(0), ..SessionOptions::default() };
    let session = row.requester.bitswap.session_with(options);
    let options = CallOptions { timeout: Some(Duration::from_secs(60)), ..CallOptions::default() };
    let (_, outcome) = session.get_many_with([cid], options).next().await.unwrap();
    assert!(outcome.as_ref().is_err_and(GetError::is_timeout), "{outcome:?}");
    assert_eq!(row.holder.stats().await.server.have_requests, 0);
    assert_eq!(row.between.stats().await.relay.wants, 0);
}

#[tokio::test(start_paused = true)]
async fn the_requester_hears_no_first_then_have_then_the_block() {
    let (cid, content) = block(1, 5_000);
    let mut holder = Node::holding(&[(cid, content.clone())]).await;
    let mut between = relay().await;
    between.meet(&mut holder).await;
    let (mut requester, mut streams, mut control) =
        fake(&mut between, ProtocolVersion::Relay).await;
    let mut asking = requester.open(&between, ProtocolVersion::Relay).await;

    send(&mut asking, &want(cid, WantKind::Have, reach(1)), ProtocolVersion::Relay).await;
    let [(about, first)] = receive(&mut control).await.unwrap().presences[..] else { panic!() };
    assert_eq!(about, cid);
    let BlockPresence::Searching { want_id: WANT_ID, .. } = first else { panic!("{first:?}") };
    let second = receive(&mut control).await.unwrap().presences;
    assert_eq!(second, [(cid, BlockPresence::Reachable { hops: 1, want_id: WANT_ID })]);

    send(&mut asking, &want(cid, WantKind::Block, reach(1)), ProtocolVersion::Relay).await;
    let (_, mut data) = streams.next().await.unwrap();
    assert_eq!(receive(&mut data).await.unwrap().blocks, [(cid, content)]);
}

#[tokio::test(start_paused = true)]
async fn a_want_leaves_with_one_ttl_less_and_as_an_ordinary_one_with_none() {
    for (ttl, left) in [(2, Some(1)), (1, None)] {
        let (cid, _) = block(1, 5_000);
        let mut between = relay().await;
        let (_next, _, mut passed_on) = fake(&mut between, ProtocolVersion::Relay).await;
        let (mut requester, _streams, _control) = fake(&mut between, ProtocolVersion::Relay).await;
        let mut asking = requester.open(&between, ProtocolVersion::Relay).await;
        send(&mut asking, &want(cid, WantKind::Have, reach(ttl)), ProtocolVersion::Relay).await;
        let reach = reach_of_next_want(&mut passed_on).await;
        assert_eq!(reach.map(|reach| reach.ttl()), left);
        assert!(reach.is_none_or(|reach| reach.want_id == WANT_ID), "{reach:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_did_not_agree_on_the_extension_hears_nothing_of_it() {
    let (cid, _) = block(1, 5_000);
    let mut node = Node::start().await;
    let (_old, _, mut heard_by_old) = fake(&mut node, ProtocolVersion::V1_2).await;
    let (_new, _, mut heard_by_new) = fake(&mut node, ProtocolVersion::Relay).await;
    let options = SessionOptions { ttl: Some(2), ..SessionOptions::default() };
    let session = node.bitswap.session_with(options);
    let mut got = session.get_many([cid]);
    assert!(futures::poll!(got.next()).is_pending());
    // What is received is read as the relay protocol: it would be seen if it were there.
    assert_eq!(reach_of_next_want(&mut heard_by_old).await, None);
    assert_eq!(reach_of_next_want(&mut heard_by_new).await.map(|reach| reach.ttl()), Some(2));
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_who_did_not_agree_on_the_extension_is_an_ordinary_one() {
    let (cid, content) = block(1, 5_000);
    let mut holder = Node::holding(&[(cid, content)]).await;
    let mut between = relay().await;
    between.meet(&mut holder).await;
    let (mut requester, _streams, mut control) = fake(&mut between, ProtocolVersion::V1_2).await;
    let mut asking = requester.open(&between, ProtocolVersion::V1_2).await;

    // The bytes of the extension, on a stream where nobody agreed on it.
    send(&mut asking, &want(cid, WantKind::Have, reach(1)), ProtocolVersion::Relay).await;
    let answer = receive(&mut control).await.unwrap();
    assert_eq!(answer.presences, [(cid, BlockPresence::DontHave)]);
    assert_eq!(between.stats().await.relay.wants, 0);
    assert_eq!(holder.stats().await.server.have_requests, 0);
}
