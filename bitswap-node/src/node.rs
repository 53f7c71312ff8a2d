//! One Bitswap node: a store, an engine, a libp2p host and what it tells, put together.

mod host;

use std::sync::Arc;

use bitswap_core::strategy::StrategySet;
use bitswap_net::Bitswap;
use bitswap_store::{BlockStore, MemoryStore};
use bitswap_strategies::catalog::StrategyChoice;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::error::CliError;
use crate::http::{Port, Told};
use crate::metrics::NodeMetrics;
use crate::scripts::{self, Watch};

pub(crate) use host::Refusal;

/// A running node. Its tasks end when it is dropped; [`stop`](Self::stop) waits for that.
pub(crate) struct Node {
    bitswap: Bitswap,
    store: Arc<dyn BlockStore>,
    peer_id: PeerId,
    addresses: Vec<Multiaddr>,
    metrics_url: Option<String>,
    refusals: Vec<Refusal>,
    scripts: Watch,
    stop: oneshot::Sender<()>,
    tasks: JoinSet<()>,
}

/// What a node is made of.
pub(crate) struct NodeConfig {
    /// Where its blocks are.
    pub(crate) store: Arc<dyn BlockStore>,
    /// Who decides.
    pub(crate) strategies: StrategySet,
    /// The scripts among those.
    pub(crate) scripts: Watch,
    /// Whether it takes connections, on loopback and a free port.
    pub(crate) listen: bool,
    /// Whom it connects to before it is ready.
    pub(crate) peers: Vec<Multiaddr>,
    /// Where it serves its metrics, if anywhere.
    pub(crate) port: Option<Port>,
}

impl NodeConfig {
    /// A node with an empty store that connects to nobody and tells nothing.
    pub(crate) fn new(strategies: StrategySet) -> Self {
        let store = Arc::new(MemoryStore::new());
        let scripts = Watch::default();
        Self { store, strategies, scripts, listen: false, peers: Vec::new(), port: None }
    }

    /// As [`new`](Self::new), with the strategies of `choice`.
    ///
    /// # Errors
    /// The choice cannot be had; nothing was made.
    pub(crate) fn choosing(choice: &StrategyChoice) -> Result<Self, CliError> {
        let (strategies, scripts) = scripts::build(choice)?;
        Ok(Self { scripts, ..Self::new(strategies) })
    }
}

impl Node {
    /// Starts a node with a new identity; it is connected to its peers, as far as they could be
    /// reached, when this returns.
    ///
    /// # Errors
    /// It cannot listen; nothing runs.
    pub(crate) async fn start(config: NodeConfig) -> Result<Self, CliError> {
        let NodeConfig { store, strategies, scripts, listen, peers, port } = config;
        let keys = Keypair::generate_ed25519();
        let peer_id = keys.public().to_peer_id();
        let metrics = NodeMetrics::new().map_err(|why| CliError::internal(&why))?;
        scripts::describe(&scripts, metrics.recorder.as_ref());
        let (behaviour, bitswap) = bitswap_net::Builder::new(Arc::clone(&store), strategies)
            .recorder(Arc::clone(&metrics.recorder))
            .build()
            .map_err(|why| CliError::internal(&why))?;
        let mut host = host::Host::new(keys, behaviour).map_err(|why| CliError::internal(&why))?;
        let addresses = if listen { vec![host.listen().await?] } else { Vec::new() };
        let refusals = host.connect(peers).await;
        let metrics_url = port.as_ref().map(Port::metrics_url);

        let mut tasks = JoinSet::new();
        let (stop, stopped) = oneshot::channel();
        tasks.spawn(host.run(stopped));
        tasks.spawn(NodeMetrics::upkeep(metrics.handle.clone()));
        if let Some(port) = port {
            let told = Told {
                bitswap: bitswap.clone(),
                metrics,
                scripts: scripts.clone(),
                listening: !addresses.is_empty(),
            };
            tasks.spawn(async move { drop(port.serve(told).await) });
        }
        Ok(Self { bitswap, store, peer_id, addresses, metrics_url, refusals, scripts, stop, tasks })
    }

    /// The way to its engine.
    pub(crate) const fn bitswap(&self) -> &Bitswap {
        &self.bitswap
    }

    /// Where its blocks are.
    pub(crate) fn store(&self) -> Arc<dyn BlockStore> {
        Arc::clone(&self.store)
    }

    /// Who it is.
    pub(crate) const fn peer_id(&self) -> PeerId {
        self.peer_id
    }

    /// Where it can be reached, with its peer id at the end.
    pub(crate) fn addresses(&self) -> &[Multiaddr] {
        &self.addresses
    }

    /// Where its metrics are, if anywhere.
    pub(crate) fn metrics_url(&self) -> Option<&str> {
        self.metrics_url.as_deref()
    }

    /// The peers that it could not reach at its start, and why.
    pub(crate) fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// The scripts among its strategies.
    pub(crate) const fn scripts(&self) -> &Watch {
        &self.scripts
    }

    /// Closes its connections and ends its tasks.
    pub(crate) async fn stop(mut self) {
        drop(self.stop);
        // The host ends by itself; the others have nothing to finish.
        drop(self.tasks.join_next().await);
        self.tasks.shutdown().await;
    }
}
