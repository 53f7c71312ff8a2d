//! A node in this process, for as long as one command takes. Its network starts when it is first
//! needed.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bitswap_api::Explanation;
use bitswap_api::explain::{Subject, explain};
use bitswap_host::{DialFailure, Lease};
use bitswap_net::{CombinedRouter, ContentRouter as _, SessionOptions};
use bitswap_service::config::Config;
use bitswap_service::error::CliError;
use bitswap_service::home::{Home, Lock};
use bitswap_service::keep::Keeper;
use bitswap_service::node::{Node, NodeConfig};
use bitswap_service::providing::{New, ProgressFile, Scope};
use bitswap_store::{BlockStore, MemoryStore};
use bitswap_strategies::catalog::StrategyChoice;
use bitswap_unixfs::Source;
use cid::Cid;
use libp2p::Multiaddr;
use tokio::sync::OnceCell;

use crate::daemon;

/// A store, and a node on it once there is one.
pub(super) struct InProcess {
    store: Arc<dyn BlockStore>,
    keeper: Arc<Keeper>,
    /// Until the node takes it.
    config: Mutex<Option<NodeConfig>>,
    /// Boxed: it is large, and moved.
    node: OnceCell<Box<Node>>,
    router: CombinedRouter,
    meets_peers: bool,
    /// For the peers that are kept until the end.
    kept: Mutex<Vec<Lease>>,
    /// What is new in the store of a directory, which only a daemon announces.
    new: Option<(New, ProgressFile)>,
    /// Released last.
    _lock: Option<Lock>,
}

impl InProcess {
    /// On the store of this directory.
    pub(super) async fn at(
        home: &Home,
        lock: Lock,
        config: &Config,
        choice: &StrategyChoice,
    ) -> Result<Self, CliError> {
        let mut node = NodeConfig::told(config, home.folder(), choice)?;
        node.identity = home.identity()?;
        let keeper = Keeper::of(home, daemon::open(home, config).await?);
        // A later daemon may announce, though this one would not.
        let scope = Scope::of(config.providing.what).unwrap_or_default();
        let (store, new) = New::of(scope, &keeper);
        node.store = store;
        let new = Some((new, ProgressFile::of(home)));
        Ok(Self { new, ..Self::of(node, keeper, Some(lock)) })
    }

    /// With blocks in memory and a new identity, and nothing on any disk.
    pub(super) fn in_memory(
        config: &Config,
        folder: &Path,
        choice: &StrategyChoice,
    ) -> Result<Self, CliError> {
        let mut node = NodeConfig::told(config, folder, choice)?;
        let keeper = Keeper::in_memory(Arc::new(MemoryStore::new()));
        node.store = keeper.store();
        Ok(Self::of(node, keeper, None))
    }

    fn of(config: NodeConfig, keeper: Arc<Keeper>, lock: Option<Lock>) -> Self {
        let (store, router) = (Arc::clone(&config.store), config.router.clone());
        let meets_peers = config.may_meet_peers();
        let config = Mutex::new(Some(config));
        let (node, kept) = (OnceCell::new(), Mutex::default());
        Self { store, keeper, config, node, router, meets_peers, kept, new: None, _lock: lock }
    }

    pub(super) fn store(&self) -> Arc<dyn BlockStore> {
        Arc::clone(&self.store)
    }

    /// What it keeps of its store.
    pub(super) fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    /// Whether it may come to know peers that no verb names.
    pub(super) const fn may_meet_peers(&self) -> bool {
        self.meets_peers
    }

    /// Which routers did not answer the last time they were asked, and why.
    pub(super) fn router_errors(&self) -> Vec<String> {
        let errors =
            self.router.stats().into_iter().filter_map(|stats| {
                stats.last_error.map(|error| format!("{}: {error}", stats.router))
            });
        errors.collect()
    }

    pub(super) async fn connect(
        &self,
        peers: Vec<Multiaddr>,
    ) -> Result<Vec<DialFailure>, CliError> {
        Ok(self.node().await?.connect_one(peers).await)
    }

    pub(super) async fn source(
        &self,
        options: SessionOptions,
        peers: &[Multiaddr],
    ) -> Result<Box<dyn Source>, CliError> {
        let node = self.node().await?;
        let lease = node.keep(peers.to_vec()).await;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(lease);
        Ok(Box::new(node.bitswap().session_with(options)))
    }

    /// What its network knows of a want; `None` = it has no network, or nothing is known.
    pub(super) async fn explain(&self, cid: Cid) -> Option<Explanation> {
        explain(self.node.get()?.bitswap(), Subject::Want(cid)).await.ok().flatten()
    }

    pub(super) async fn close(self) -> Result<(), CliError> {
        if let Some(node) = self.node.into_inner() {
            Box::pin(node.stop()).await;
        }
        if let Some((new, file)) = self.new
            && new.had_some()
        {
            file.blocks_were_added();
        }
        self.store.sync().await.map_err(|why| CliError::store(&why))
    }

    async fn node(&self) -> Result<&Node, CliError> {
        let start = async {
            let config = self.config.lock().unwrap_or_else(PoisonError::into_inner).take();
            let config = config.ok_or_else(|| CliError::internal(&"the node did not start"))?;
            Box::pin(Node::start(config)).await.map(Box::new)
        };
        self.node.get_or_try_init(|| start).await.map(|node| &**node)
    }
}
