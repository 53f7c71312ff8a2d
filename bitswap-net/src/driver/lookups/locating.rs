//! Peers that are not where they were dialled: the routers are asked where they are, once for each
//! dial of the engine's, before the engine hears that it failed. Dials nobody itself.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use libp2p::{Multiaddr, PeerId};
use tokio::time::timeout;

use super::failed_dials::without_peer;
use crate::routing::{ContentRouter, Provider};

/// Peers that are looked for, or dialled where they were found, at once. The others have failed:
/// many dead records must not keep a living one from being dialled.
const AT_ONCE: usize = 8;
/// How long the routers may take: as for providers.
const WITHIN: Duration = Duration::from_secs(8);

/// The peers that are looked for, or are dialled where they were found.
#[derive(Default)]
pub(super) struct Locating {
    running: FuturesUnordered<BoxFuture<'static, Provider>>,
    /// Where each is not.
    tried: HashMap<PeerId, Vec<Multiaddr>>,
}

impl Locating {
    /// The dial of a peer failed at these addresses: it is looked for, or `Err` with all where it
    /// is not if it was already, or cannot be now.
    pub(super) fn begin(
        &mut self,
        router: &Arc<dyn ContentRouter>,
        peer: PeerId,
        tried: Vec<Multiaddr>,
    ) -> Result<(), Vec<Multiaddr>> {
        let mut tried: Vec<_> = tried.into_iter().map(without_peer).collect();
        if let Some(before) = self.tried.remove(&peer) {
            tried.extend(before);
            return Err(tried);
        }
        if self.tried.len() == AT_ONCE || router.finds_nobody() {
            return Err(tried);
        }
        self.tried.insert(peer, tried);
        let router = Arc::clone(router);
        let located = async move {
            let addresses = timeout(WITHIN, router.locate(&peer)).await.unwrap_or_default();
            Provider { peer, addresses }
        };
        self.running.push(located.boxed());
        Ok(())
    }

    /// A peer is looked for no more; where it is not.
    pub(super) fn end(&mut self, peer: &PeerId) -> Vec<Multiaddr> {
        self.tried.remove(peer).unwrap_or_default()
    }

    /// Where one of them is said to be, without the addresses where it is not.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Provider> {
        while let Poll::Ready(Some(mut located)) = self.running.poll_next_unpin(cx) {
            // Who is connected by now need not be dialled.
            let Some(tried) = self.tried.get(&located.peer) else { continue };
            located.addresses.retain(|address| !tried.contains(&without_peer(address.clone())));
            return Poll::Ready(located);
        }
        Poll::Pending
    }
}
