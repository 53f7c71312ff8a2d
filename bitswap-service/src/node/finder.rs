//! Finding providers and peers by hand: what `bitswap routing` asks of a node.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_net::{CombinedRouter, ContentRouter as _, RouterEvent, RouterFinding, RouterStats};
use cid::Cid;
use futures::future::ready;
use futures::stream::{Stream, StreamExt as _};
use libp2p::{Multiaddr, PeerId};

use super::{Node, NodeConfig};
use crate::error::CliError;

/// The routers of a node, for those who ask them by hand.
#[derive(Clone, Debug)]
pub struct Finder {
    router: CombinedRouter,
    has_routers: bool,
}

/// Where a peer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerPlace {
    /// The peer.
    pub peer: PeerId,
    /// Where it says that it can be reached, or where it was reached.
    pub addresses: Vec<Multiaddr>,
    /// Whether the node is connected to it.
    pub is_connected: bool,
}

impl Finder {
    /// The routers of a node that is not started yet.
    pub(super) fn of(config: &NodeConfig) -> Self {
        Self { router: config.router.clone(), has_routers: config.has_routers() }
    }

    /// Whether there is somebody to ask for providers.
    pub const fn has_routers(&self) -> bool {
        self.has_routers
    }

    /// What each of the routers did so far.
    pub fn stats(&self) -> Vec<RouterStats> {
        self.router.stats()
    }

    /// Asks for providers until there are `most`, or all routers have ended, each of which has so
    /// much time.
    pub fn providers(
        &self,
        cid: Cid,
        most: u32,
        timeout: Duration,
    ) -> impl Stream<Item = RouterEvent> + use<> {
        let events = self.router.clone().time_limit(timeout).ask(cid, most);
        events.scan(0, move |found, event| {
            let is_more = *found < most;
            *found += u32::from(matches!(event.finding, RouterFinding::Provider(_)));
            ready(is_more.then_some(event))
        })
    }
}

impl Node {
    /// The routers that it asks.
    pub fn finder(&self) -> &Finder {
        &self.finder
    }

    /// Where a peer is: as its connection says, or else the routers.
    ///
    /// # Errors
    /// Nobody knows it, or there is nobody to ask.
    pub async fn find_peer(&self, peer: PeerId) -> Result<PeerPlace, CliError> {
        let connected = self.peers().await.into_iter().find(|it| it.peer_id == peer);
        let is_connected = connected.is_some();
        let mut addresses = BTreeSet::new();
        if let Some(it) = connected {
            addresses.extend(it.listens_on);
            let dialled = it.connections.into_iter().filter(|connection| !connection.inbound);
            addresses.extend(dialled.map(|connection| connection.address));
        }
        if addresses.is_empty() {
            if !is_connected && !self.finder.has_routers {
                return Err(CliError::no_router());
            }
            addresses.extend(self.finder.router.locate(&peer).await);
        }
        if addresses.is_empty() && !is_connected {
            return Err(CliError::no_such_peer(&peer));
        }
        let full = |address: Multiaddr| address.with_p2p(peer).unwrap_or_else(|other| other);
        let addresses: BTreeSet<_> = addresses.into_iter().map(full).collect();
        Ok(PeerPlace { peer, addresses: addresses.into_iter().collect(), is_connected })
    }
}
