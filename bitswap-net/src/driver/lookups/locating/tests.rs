//! Who is looked for, and what comes of it.

use std::future::poll_fn;

use async_trait::async_trait;
use cid::Cid;

use super::*;
use crate::routing::Found;

/// Says of everybody that they are here.
struct Here(Vec<Multiaddr>);

#[async_trait]
impl ContentRouter for Here {
    async fn find(&self, _: &Cid, _: Found) {}

    async fn locate(&self, _: &PeerId) -> Vec<Multiaddr> {
        self.0.clone()
    }
}

fn at(port: u16) -> Multiaddr {
    format!("/ip4/192.0.2.1/tcp/{port}").parse().unwrap()
}

#[tokio::test]
async fn a_peer_is_looked_for_once_and_at_addresses_that_were_not_tried() {
    let router: Arc<dyn ContentRouter> = Arc::new(Here(vec![at(1), at(2)]));
    let (mut locating, peer) = (Locating::default(), PeerId::random());
    assert_eq!(locating.begin(&router, peer, vec![at(1)]), Ok(()));
    let located = Provider { peer, addresses: vec![at(2)] };
    assert_eq!(poll_fn(|cx| locating.poll(cx)).await, located);
    assert_eq!(locating.begin(&router, peer, vec![at(2)]), Err(vec![at(2), at(1)]));

    assert_eq!(locating.begin(&router, peer, vec![at(1), at(2)]), Ok(()), "another dial");
    let nowhere = Provider { peer, addresses: Vec::new() };
    assert_eq!(poll_fn(|cx| locating.poll(cx)).await, nowhere);
    assert_eq!(locating.end(&peer), [at(1), at(2)]);

    assert_eq!(locating.begin(&router, peer, vec![at(1)]), Ok(()));
    locating.end(&peer);
    assert!(poll_fn(|cx| Poll::Ready(locating.poll(cx))).await.is_pending());
}

#[tokio::test]
async fn few_are_looked_for_at_once() {
    let router: Arc<dyn ContentRouter> = Arc::new(Here(vec![at(1)]));
    let mut locating = Locating::default();
    let mut begin = || locating.begin(&router, PeerId::random(), vec![at(2)]).is_ok();
    assert_eq!((0..20).filter(|_| begin()).count(), AT_ONCE);
}
