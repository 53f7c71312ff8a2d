//! Blocks and peers that a filter of the embedder denies.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use bitswap_net::{Denial, Failure, Filter, GetError};
use cid::Cid;
use futures::StreamExt as _;
use libp2p::PeerId;

use crate::support::{Node, block, eventually};

/// Denies what it was told to.
#[derive(Clone, Default)]
struct Rules(Arc<Mutex<(HashSet<Cid>, HashSet<PeerId>)>>);

impl Rules {
    fn deny_block(&self, cid: Cid) {
        self.0.lock().unwrap().0.insert(cid);
    }

    fn deny_peer(&self, peer: PeerId) {
        self.0.lock().unwrap().1.insert(peer);
    }
}

impl Filter for Rules {
    fn denies_block(&self, cid: &Cid) -> Option<Denial> {
        self.0.lock().unwrap().0.contains(cid).then(rule)
    }

    fn denies_peer(&self, peer: &PeerId) -> Option<Denial> {
        self.0.lock().unwrap().1.contains(peer).then(rule)
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_block_is_not_served_though_the_store_has_it_and_others_are() {
    let (rules, mut server) = filtered().await;
    let [apple, pear] = [1, 2].map(|number| block(number, 9_000));
    server.bitswap.put(vec![apple.clone(), pear.clone()]).await.unwrap();
    rules.deny_block(apple.0);
    let mut client = Node::start().await;
    client.meet(&mut server).await;

    let mut got = client.bitswap.get_many([apple.0, pear.0]);

    assert_eq!(got.next().await, Some((pear.0, Ok(pear.1))));
    eventually("the client has heard DONT_HAVE", async || {
        client.stats().await.client.dont_haves == 1
    })
    .await;
    assert_eq!(server.stats().await.server.denied, 1);
    assert!(futures::poll!(got.next()).is_pending());
}

#[tokio::test(start_paused = true)]
async fn a_denied_block_is_not_fetched_and_the_error_names_the_rule() {
    let apple = block(1, 9_000);
    let mut server = Node::holding(std::slice::from_ref(&apple)).await;
    let (rules, mut client) = filtered().await;
    client.meet(&mut server).await;
    rules.deny_block(apple.0);

    let failed = client.bitswap.get(apple.0).await;

    assert_eq!(failed, Err(GetError::Failed { cid: apple.0, why: Failure::Denied(rule()) }));
    assert_eq!(server.stats().await.gauges.requests, 0);
    assert_eq!(server.stats().await.server.have_requests, 0);
}

#[tokio::test(start_paused = true)]
async fn a_want_that_is_open_when_its_block_is_denied_ends() {
    let apple = block(1, 9_000);
    let (rules, client) = filtered().await;
    let mut waiting = client.bitswap.get_many([apple.0]);
    assert!(futures::poll!(waiting.next()).is_pending());
    eventually("the want is open", async || client.stats().await.gauges.wants == 1).await;
    rules.deny_block(apple.0);

    client.bitswap.filter_changed().await.unwrap();

    let failed = GetError::Failed { cid: apple.0, why: Failure::Denied(rule()) };
    assert_eq!(waiting.next().await, Some((apple.0, Err(failed))));
}

#[tokio::test(start_paused = true)]
async fn a_denied_peer_is_neither_let_in_nor_dialled() {
    let (rules, server) = filtered().await;
    let client = Node::start().await;
    rules.deny_peer(client.peer);

    client.host.dial(&server.host.address).await;
    eventually("the peer was refused", async || {
        server.stats().await.transport.denied_connections == 1
    })
    .await;
    let address = client.host.address.clone();
    let dial = libp2p::swarm::dial_opts::DialOpts::peer_id(client.peer).addresses(vec![address]);
    let dial = dial.build();
    assert!(server.host.with(|swarm| swarm.dial(dial).is_err()).await);

    assert_eq!(server.stats().await.transport.denied_dials, 1);
    assert_eq!(server.stats().await.gauges.peers, 0);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_denied_from_now_on_is_disconnected() {
    let (rules, mut server) = filtered().await;
    let mut client = Node::start().await;
    client.meet(&mut server).await;
    rules.deny_peer(client.peer);

    server.bitswap.filter_changed().await.unwrap();

    server.misses(client.peer).await;
    client.misses(server.peer).await;
}

fn rule() -> Denial {
    Denial("a rule of the test".into())
}

async fn filtered() -> (Rules, Node) {
    let rules = Rules::default();
    let filter = Arc::new(rules.clone());
    (rules, Node::with(|builder| builder.filter(filter)).await)
}
