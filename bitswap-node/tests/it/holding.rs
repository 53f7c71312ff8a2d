//! A peer that has what it is given, but for one block, and says when it is asked for that.

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use bitswap_core::Block;
use bitswap_net::{Bitswap, Builder};
use bitswap_store::{
    BlockStore, Capabilities, Cursor, Durability, MemoryStore, Multihash, Page, Receipt,
    SegmentStore, StoreError,
};
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;
use futures::StreamExt as _;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, SwarmBuilder, noise, tcp, yamux};
use tokio::sync::Notify;

/// It serves until it is dropped with its runtime.
pub(crate) struct Holding {
    pub(crate) address: Multiaddr,
    bitswap: Bitswap,
    held: Vec<(Cid, Block)>,
    asked: Arc<Notify>,
}

struct Store {
    blocks: MemoryStore,
    held: Multihash,
    asked: Arc<Notify>,
}

impl Holding {
    /// Serves all that is in the store at `blocks`, but for `held`.
    pub(crate) async fn serve(blocks: &std::path::Path, held: &str) -> Self {
        let held = Cid::try_from(held).unwrap();
        let (mut all, kept): (Vec<_>, Vec<_>) =
            read(blocks).await.into_iter().partition(|block| block.multihash() != held.hash());
        assert_eq!(kept.len(), 1, "what is held back has to be there");
        let asked = Arc::new(Notify::new());
        let store =
            Store { blocks: MemoryStore::new(), held: *held.hash(), asked: Arc::clone(&asked) };
        drop(store.put_many(std::mem::take(&mut all), Durability::Relaxed).await.unwrap());
        let (address, bitswap) = serve(store).await;
        let held = kept.into_iter().map(|block| (held, block)).collect();
        Self { address, bitswap, held, asked }
    }

    /// Returns when somebody has asked for the block that is held back.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Has the block from now on.
    pub(crate) async fn release(&self) {
        self.bitswap.put(self.held.clone()).await.unwrap();
    }
}

async fn read(place: &std::path::Path) -> Vec<Block> {
    let store = SegmentStore::open(place).unwrap();
    let page = store.page(&Cursor::START, NonZeroUsize::new(1_000).unwrap()).await.unwrap();
    assert_eq!(page.next, None);
    let found = store.get_many(&page.hashes).await;
    found.into_iter().map(|block| block.unwrap().unwrap()).collect()
}

async fn serve(store: Store) -> (Multiaddr, Bitswap) {
    let strategies = StrategyChoice::default().build().unwrap();
    let (behaviour, bitswap) = Builder::new(Arc::new(store), strategies).build().unwrap();
    let mut swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| behaviour)
        .unwrap()
        .build();
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap()).unwrap();
    let address = loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            break address;
        }
    };
    tokio::spawn(async move { while swarm.next().await.is_some() {} });
    (address, bitswap)
}

impl Store {
    fn look(&self, hashes: &[Multihash]) {
        if hashes.contains(&self.held) {
            self.asked.notify_one();
        }
    }
}

#[async_trait]
impl BlockStore for Store {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        self.look(hashes);
        self.blocks.get_many(hashes).await
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        self.look(hashes);
        self.blocks.sizes(hashes).await
    }

    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        self.blocks.put_many(blocks, durability).await
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        self.blocks.delete_many(hashes).await
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        self.blocks.page(from, most).await
    }

    async fn sync(&self) -> Result<(), StoreError> {
        self.blocks.sync().await
    }

    fn capabilities(&self) -> Capabilities {
        self.blocks.capabilities()
    }
}
