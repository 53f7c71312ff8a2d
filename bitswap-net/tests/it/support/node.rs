//! A node of ours.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::strategy::{StrategySet, plain};
use bitswap_net::{Behaviour, Bitswap, Block, Builder, Event, Stats};
use bitswap_store::MemoryStore;
use cid::Cid;
use libp2p::PeerId;

use super::Host;

pub(crate) struct Node {
    pub(crate) host: Host<Behaviour>,
    pub(crate) bitswap: Bitswap,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) peer: PeerId,
}

impl Node {
    /// With the plain strategies and an empty store.
    pub(crate) async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        Self::made(plain::strategies(), change).await
    }

    /// With an empty store, and judged by these.
    pub(crate) async fn judged_by(strategies: StrategySet) -> Self {
        Self::made(strategies, |builder| builder).await
    }

    async fn made(strategies: StrategySet, change: impl FnOnce(Builder) -> Builder) -> Self {
        let store = Arc::new(MemoryStore::new());
        let builder = Builder::new(Arc::<MemoryStore>::clone(&store), strategies);
        let (behaviour, bitswap) = change(builder).build().unwrap();
        // Boxed: a behaviour is large, and tests hold several.
        let host = Box::pin(Host::start(behaviour, Duration::ZERO)).await;
        Self { peer: host.peer, host, bitswap, store }
    }

    /// That has these blocks.
    pub(crate) async fn holding(blocks: &[(Cid, Block)]) -> Self {
        let node = Self::start().await;
        node.bitswap.put(blocks.to_vec()).await.unwrap();
        node
    }

    /// Connected, and known to each other.
    pub(crate) async fn meet(&mut self, other: &mut Self) {
        self.host.dial(&other.host.address).await;
        self.knows(other.peer).await;
        other.knows(self.peer).await;
    }

    /// Waits until `peer` turned out to speak Bitswap.
    pub(crate) async fn knows(&mut self, peer: PeerId) -> bitswap_core::PeerCapabilities {
        loop {
            if let Event::PeerSpeaks { peer: known, capabilities } = self.host.event().await
                && known == peer
            {
                return capabilities;
            }
        }
    }

    /// Waits until `peer` is gone.
    pub(crate) async fn misses(&mut self, peer: PeerId) {
        while self.host.event().await != (Event::PeerGone { peer }) {}
    }

    pub(crate) async fn stats(&self) -> Stats {
        self.bitswap.stats().await.unwrap()
    }
}
