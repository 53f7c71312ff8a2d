//! A node of this process's own, for as long as one verb takes. Its network starts when it is
//! first needed.

use std::sync::{Arc, Mutex, PoisonError};

use bitswap_core::strategy::StrategySet;
use bitswap_net::Session;
use bitswap_store::{BlockStore, MemoryStore, RedbStore};
use bitswap_strategies::catalog::StrategyChoice;
use libp2p::Multiaddr;
use tokio::sync::OnceCell;

use crate::error::CliError;
use crate::home::{Home, Lock};
use crate::node::{Node, NodeConfig, Refusal};

/// A directory's store, and a node on it once there is one.
pub(super) struct Own {
    store: Arc<dyn BlockStore>,
    offline: bool,
    /// Until the node takes them.
    strategies: Mutex<Option<StrategySet>>,
    node: OnceCell<Node>,
    /// Released last.
    _lock: Option<Lock>,
}

impl Own {
    /// On the store in this directory.
    pub(super) async fn at(
        home: Home,
        lock: Lock,
        offline: bool,
        strategies: Option<StrategySet>,
    ) -> Result<Self, CliError> {
        let blocks = home.blocks();
        let opening = tokio::task::spawn_blocking(move || RedbStore::open(blocks));
        let store = opening.await.map_err(|why| CliError::internal(&why))?;
        let store = store.map_err(|why| CliError::store(&why))?;
        Ok(Self {
            store: Arc::new(store),
            offline,
            strategies: Mutex::new(Some(chosen(strategies)?)),
            node: OnceCell::new(),
            _lock: Some(lock),
        })
    }

    /// With blocks in memory, and nothing on any disk.
    pub(super) fn in_memory(strategies: Option<StrategySet>) -> Result<Self, CliError> {
        Ok(Self {
            store: Arc::new(MemoryStore::new()),
            offline: false,
            strategies: Mutex::new(Some(chosen(strategies)?)),
            node: OnceCell::new(),
            _lock: None,
        })
    }

    pub(super) fn store(&self) -> Arc<dyn BlockStore> {
        Arc::clone(&self.store)
    }

    pub(super) async fn connect(&self, peers: Vec<Multiaddr>) -> Result<Vec<Refusal>, CliError> {
        Ok(self.node(Vec::new()).await?.connect(peers).await)
    }

    pub(super) async fn session(&self) -> Result<Session, CliError> {
        Ok(self.node(Vec::new()).await?.bitswap().session())
    }

    pub(super) async fn close(self) -> Result<(), CliError> {
        if let Some(node) = self.node.into_inner() {
            node.stop().await;
        }
        self.store.sync().await.map_err(|why| CliError::store(&why))
    }

    async fn node(&self, peers: Vec<Multiaddr>) -> Result<&Node, CliError> {
        if self.offline {
            return Err(CliError::offline());
        }
        let start = async {
            let strategies = self.strategies.lock().unwrap_or_else(PoisonError::into_inner).take();
            let store = Arc::clone(&self.store);
            Node::start(NodeConfig { store, peers, ..NodeConfig::new(chosen(strategies)?) }).await
        };
        self.node.get_or_try_init(|| start).await
    }
}

fn chosen(strategies: Option<StrategySet>) -> Result<StrategySet, CliError> {
    let usual = || StrategyChoice::default().build().map_err(|why| CliError::bad_strategy(&why));
    strategies.map_or_else(usual, Ok)
}
