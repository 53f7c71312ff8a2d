//! Peers found by a router.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bitswap_core::wire::{Message, ProtocolVersion};
use bitswap_net::{
    CombinedRouter, ContentRouter, Failure, FixedRouter, Found, GetError, Provider, SessionOptions,
};
use cid::Cid;
use futures::{AsyncWriteExt as _, StreamExt as _};
use libp2p::{Multiaddr, PeerId};
use tokio::time::timeout;

use crate::support::{Fake, Node, Raw, agree, block, eventually, receive, send};

#[tokio::test(start_paused = true)]
async fn providers_that_the_router_names_are_dialled_and_asked() {
    let (cid, content) = block(1, 1_000);
    let server = Node::holding(&[(cid, content.clone())]).await;
    let deaf = Fake::start().await;
    let providers = [
        Provider { peer: PeerId::random(), addresses: Vec::new() },
        Provider { peer: PeerId::random(), addresses: vec!["/memory/1".parse().unwrap()] },
        Provider { peer: deaf.peer, addresses: vec![deaf.host.address.clone()] },
        Provider { peer: server.peer, addresses: vec![server.host.address.clone()] },
    ];
    let router = Arc::new(FixedRouter::new(providers.to_vec()));
    let client = Node::with(|builder| builder.router(router)).await;
    assert_eq!(client.bitswap.get(cid).await, Ok(content));
    assert_eq!(client.stats().await.client.providers, 4);
}

#[tokio::test(start_paused = true)]
async fn a_provider_whose_first_stream_failed_is_asked_on_a_later_one() {
    let protocol = ProtocolVersion::V1_2;
    let held = block(1, 1_000);
    let mut raw = Raw::start().await;
    let provider = Provider { peer: raw.peer, addresses: vec![raw.address.clone()] };
    let router = Arc::new(FixedRouter::new(vec![provider]));
    let client = Node::with(|builder| builder.router(router)).await;
    let mut got = client.bitswap.get_many([held.0]);
    assert!(futures::poll!(got.next()).is_pending());
    // No answer to a negotiation, and no refusal.
    raw.next().await.write_all(b"\x03??\n").await.unwrap();

    let Ok(mut stream) = timeout(Duration::from_secs(20), raw.next()).await else {
        panic!("no second stream within 20 s")
    };
    agree(&mut stream, protocol).await;
    assert!(receive(&mut stream).await.is_some_and(|message| !message.entries.is_empty()));
    let answer = Message { blocks: vec![held.clone()], ..Message::default() };
    send(&mut stream, &answer, protocol).await;
    assert_eq!(got.next().await, Some((held.0, Ok(held.1))));
}

/// Names so many peers that are not there, and the others after them.
struct Poisoned(usize, Vec<Provider>);

#[async_trait]
impl ContentRouter for Poisoned {
    async fn find(&self, _: &Cid, found: Found) {
        for number in 0..self.0 {
            let addresses = vec![format!("/memory/{}", 1_000_000 + number).parse().unwrap()];
            found.push(Provider { peer: PeerId::random(), addresses }).await;
        }
        for provider in &self.1 {
            found.push(provider.clone()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_poisoned_records_do_not_hide_the_true_one() {
    let (cid, content) = block(1, 1_000);
    let server = Node::holding(&[(cid, content.clone())]).await;
    let honest = Provider { peer: server.peer, addresses: vec![server.host.address.clone()] };
    let router = Arc::new(Poisoned(1_000, vec![honest]));
    let client = Node::with(|builder| builder.router(router)).await;
    let start = tokio::time::Instant::now();
    assert_eq!(client.bitswap.get(cid).await, Ok(content));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_lie_about_where_a_provider_is_does_not_hide_where_it_is() {
    let (cid, content) = block(1, 1_000);
    let server = Node::holding(&[(cid, content.clone())]).await;
    let at = |place: &str| Provider { peer: server.peer, addresses: vec![place.parse().unwrap()] };
    let liar = FixedRouter::new(vec![at("/memory/1")]);
    let honest = FixedRouter::new(vec![at(&server.host.address.to_string())]);
    let router =
        CombinedRouter::new().with("liar", Arc::new(liar)).with("honest", Arc::new(honest));
    let client = Node::with(|builder| builder.router(Arc::new(router))).await;
    assert_eq!(timeout(Duration::from_secs(20), client.bitswap.get(cid)).await, Ok(Ok(content)));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_has_moved_is_asked_where_it_is_now() {
    let (cid, content) = block(1, 1_000);
    let server = Node::holding(&[(cid, content.clone())]).await;
    let old = Provider { peer: server.peer, addresses: vec!["/memory/1".parse().unwrap()] };
    let router = Arc::new(Moved(old, server.host.address.clone()));
    let client = Node::with(|builder| builder.router(router)).await;
    let options = SessionOptions { ends_early: true, ..SessionOptions::default() };
    assert_eq!(client.bitswap.session_with(options).get(cid).await, Ok(content));
}

/// Names a provider where it was, and says where it is now if that is asked.
struct Moved(Provider, Multiaddr);

#[async_trait]
impl ContentRouter for Moved {
    async fn find(&self, _: &Cid, found: Found) {
        found.push(self.0.clone()).await;
    }

    async fn locate(&self, peer: &PeerId) -> Vec<Multiaddr> {
        if *peer == self.0.peer { vec![self.1.clone()] } else { Vec::new() }
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_named_as_its_own_provider_does_not_wait_for_itself() {
    let router = Arc::new(Mirror::default());
    let asked = Arc::clone(&router);
    let client = Node::with(|builder| builder.router(asked)).await;
    let ourselves = Provider { peer: client.peer, addresses: vec![client.host.address.clone()] };
    router.0.set(ourselves).unwrap();
    let options = SessionOptions { ends_early: true, ..SessionOptions::default() };
    let session = client.bitswap.session_with(options);

    let got = timeout(Duration::from_secs(5), session.get(block(1, 1_000).0)).await;

    let Ok(Err(GetError::Failed { why: Failure::NobodyLeft(answers), .. })) = got else {
        panic!("{got:?}")
    };
    assert_eq!(answers.unreachable, 1, "{answers:?}");
}

/// Names one provider for everything.
#[derive(Default)]
struct Mirror(OnceLock<Provider>);

#[async_trait]
impl ContentRouter for Mirror {
    async fn find(&self, _: &Cid, found: Found) {
        if let Some(provider) = self.0.get() {
            found.push(provider.clone()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lookup_ends_with_its_node() {
    let running = Arc::new(AtomicUsize::new(0));
    let router = Arc::new(Lasting(Arc::clone(&running)));
    let node = Node::with(|builder| builder.router(router)).await;
    let bitswap = node.bitswap.clone();
    let cid = block(1, 1_000).0;
    let mut waiting = bitswap.get_many([cid]);
    assert!(futures::poll!(waiting.next()).is_pending());
    eventually("the router looks", async || running.load(Ordering::Relaxed) == 1).await;

    let start = tokio::time::Instant::now();
    drop(node);

    assert_eq!(waiting.next().await, Some((cid, Err(GetError::Closed))));
    eventually("the router was stopped", async || running.load(Ordering::Relaxed) == 0).await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

/// Looks for ever, and counts how often it does at this moment.
struct Lasting(Arc<AtomicUsize>);

#[async_trait]
impl ContentRouter for Lasting {
    async fn find(&self, _: &Cid, _: Found) {
        self.0.fetch_add(1, Ordering::Relaxed);
        let _running = Running(Arc::clone(&self.0));
        pending::<()>().await;
    }
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
