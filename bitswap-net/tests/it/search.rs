//! Peers found by a router.

use std::sync::Arc;

use bitswap_net::{FixedRouter, Provider};

use crate::support::{Fake, Node, block};

#[tokio::test(start_paused = true)]
async fn providers_that_the_router_names_are_dialled_and_asked() {
    let (cid, content) = block(1, 1_000);
    let server = Node::holding(&[(cid, content.clone())]).await;
    let deaf = Fake::start().await;
    let providers = [
        Provider { peer: libp2p::PeerId::random(), addresses: Vec::new() },
        Provider { peer: libp2p::PeerId::random(), addresses: vec!["/memory/1".parse().unwrap()] },
        Provider { peer: deaf.peer, addresses: vec![deaf.host.address.clone()] },
        Provider { peer: server.peer, addresses: vec![server.host.address.clone()] },
    ];
    let router = Arc::new(FixedRouter::new(providers.to_vec()));
    let client = Node::with(|builder| builder.router(router)).await;
    assert_eq!(client.bitswap.get(cid).await, Ok(content));
    assert_eq!(client.stats().await.client.providers, 4);
}
