//! What a node is made of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitswap_core::strategy::{Role, StrategySet, plain};
use bitswap_host::{ConnectionLimits, DhtConfig, DhtRouter, NatConfig, Withheld};
use bitswap_net::{CombinedRouter, EngineConfig, RateLimits};
use bitswap_store::{BlockStore, MemoryStore};
use bitswap_strategies::catalog::StrategyChoice;
use libp2p::Multiaddr;
use libp2p::identity::Keypair;

use crate::config::Config;
use crate::error::CliError;
use crate::filter::{Filters, Lists};
use crate::http::{Port, ProvidersPort};
use crate::node::{HostedLists, KnownPeers, Record};
use crate::routing;
use crate::scripts::{self, Watch};

/// Everything that [`Node::start`](super::Node::start) needs.
pub struct NodeConfig {
    /// Where its blocks are.
    pub store: Arc<dyn BlockStore>,
    /// In which directory that is; `None` = in memory.
    pub store_folder: Option<PathBuf>,
    /// Bytes of blocks that the store is to hold, for those who look; `None` = any.
    pub store_limit: Option<u64>,
    /// The strategy of each role.
    pub strategies: StrategySet,
    /// What those were made of.
    pub choice: StrategyChoice,
    /// Where scripts are found by name.
    pub script_dir: PathBuf,
    /// The scripts among those.
    pub scripts: Watch,
    /// How its engine is set.
    pub engine: EngineConfig,
    /// Who is asked for providers.
    pub router: CombinedRouter,
    /// How it takes part in the DHTs; `None` = not at all.
    pub dht: Option<DhtConfig>,
    /// What it has nothing to do with.
    pub filters: Filters,
    /// The identity of the node.
    pub identity: Keypair,
    /// Where it takes connections, by TCP and QUIC; port 0 = any that is free, nothing = it takes
    /// none.
    pub listen: Vec<Multiaddr>,
    /// Where others reach it besides.
    pub announce: Vec<Multiaddr>,
    /// Where it does not say that it is.
    pub withheld: Withheld,
    /// If a port in `listen` is taken, a free one is used; if an address is not to be had at all,
    /// it is left out. [`Node::missed`](super::Node::missed) tells. Otherwise the node does not
    /// start.
    pub listen_elsewhere: bool,
    /// The peers to stay connected to, which are dialled in the background, again and again.
    pub peers: Vec<Multiaddr>,
    /// Where the user said besides that peers are: names there may lead into private networks.
    pub named: Vec<Multiaddr>,
    /// How many connections it has at most; one to a peer of `peers` is made even then.
    pub connections: ConnectionLimits,
    /// How fast it sends blocks and reads messages.
    pub rates: RateLimits,
    /// What the receive windows of all its TCP connections may grow by, in bytes.
    pub window_bytes: usize,
    /// Whether it looks for nodes in the local network, and tells them of itself.
    pub mdns: bool,
    /// How it reaches out of a NAT, if it listens.
    pub nat: NatConfig,
    /// Where it serves its metrics, if anywhere.
    pub port: Option<Port>,
    /// Whether they have Kubo's names as well.
    pub kubo_names: bool,
    /// Where it tells others which blocks it has, if anywhere.
    pub providers_port: Option<ProvidersPort>,
    /// Where its run is recorded, if anywhere.
    pub record: Option<Record>,
}

impl NodeConfig {
    /// As many as a home router bears.
    const MAX_CONNECTIONS: u32 = 600;
    /// Eight connections may have what 1 Gbit/s brings in 100 ms.
    const WINDOW_BYTES: usize = 256 * 1024 * 1024;

    /// A node with a new identity and an empty store that listens nowhere, connects to nobody and
    /// tells nothing.
    pub fn new(strategies: StrategySet) -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            store_folder: None,
            store_limit: None,
            strategies,
            choice: StrategyChoice::default(),
            script_dir: PathBuf::new(),
            scripts: Watch::default(),
            engine: EngineConfig::seeded(bitswap_net::random_seed()),
            router: CombinedRouter::new(),
            dht: None,
            filters: Filters::default(),
            identity: Keypair::generate_ed25519(),
            listen: Vec::new(),
            announce: Vec::new(),
            withheld: Withheld::default(),
            listen_elsewhere: false,
            peers: Vec::new(),
            named: Vec::new(),
            connections: ConnectionLimits::of(Self::MAX_CONNECTIONS),
            rates: RateLimits::default(),
            window_bytes: Self::WINDOW_BYTES,
            mdns: false,
            nat: NatConfig::default(),
            port: None,
            kubo_names: false,
            providers_port: None,
            record: None,
        }
    }

    /// As [`new`](Self::new), with the strategies of `choice`.
    ///
    /// # Errors
    /// The choice cannot be had; nothing was made.
    pub fn choosing(choice: &StrategyChoice) -> Result<Self, CliError> {
        let (strategies, scripts) = scripts::build(choice, &Role::ALL)?;
        // Only a scaffold: every place in it is taken.
        let mut set = plain::strategies();
        for strategy in strategies {
            set.put(strategy);
        }
        Ok(Self { scripts, choice: choice.clone(), ..Self::new(set) })
    }

    /// As the configuration says, whose relative paths begin in `folder`, with the strategies of
    /// `choice`: listening nowhere, under a new identity and with blocks in
    /// memory, which is for others to change.
    ///
    /// # Errors
    /// The strategies or the lists cannot be had; nothing was made.
    pub fn told(config: &Config, folder: &Path, choice: &StrategyChoice) -> Result<Self, CliError> {
        let lists = Lists::read(&config.filter, folder)?;
        lists.log_notes();
        let settings = HostedLists::of(config, folder).complete(config.routing.clone());
        let dht = dht(config, settings.bootstrap.clone(), folder);
        let mut router = routing::configured(&settings, &config.nat);
        if let Some(dht) = &dht {
            router = router.with("dht", Arc::<DhtRouter>::clone(&dht.router));
        }
        Ok(Self {
            engine: config.engine(bitswap_net::random_seed()),
            router,
            dht,
            filters: Filters::of(lists),
            announce: config.network.announce.clone(),
            withheld: Withheld::new(config.network.no_announce.clone()),
            peers: config.network.peers.clone(),
            named: config.routing.static_peers.clone(),
            connections: config.connections(),
            rates: config.rates(),
            window_bytes: usize::try_from(config.limits.windows.0).unwrap_or(usize::MAX),
            mdns: config.network.mdns,
            nat: config.nat.host(),
            kubo_names: config.metrics.kubo_names,
            ..Self::choosing(choice)?
        })
    }

    /// Asks no router and no DHT.
    pub fn without_routers(self) -> Self {
        Self { router: CombinedRouter::new(), dht: None, ..self }
    }

    /// Whether there is somebody to ask for providers, as soon as the node runs, or once it knows
    /// its local network.
    pub fn has_routers(&self) -> bool {
        let only_dht = self.dht.as_ref().filter(|_| self.router.len() == 1);
        let may_know =
            |dht: &DhtConfig| self.mdns || !dht.bootstrap.is_empty() || !dht.known.is_empty();
        only_dht.map_or(!self.router.is_empty(), may_know)
    }

    /// Whether it may come to know peers that nobody names: by routers, mDNS or its configuration.
    pub fn may_meet_peers(&self) -> bool {
        self.has_routers() || self.mdns || !self.peers.is_empty()
    }

    /// Free ports of this machine that no other can reach.
    pub fn loopback() -> Vec<Multiaddr> {
        use libp2p::multiaddr::Protocol::{Ip4, QuicV1, Tcp, Udp};

        let here = || Multiaddr::empty().with(Ip4(std::net::Ipv4Addr::LOCALHOST));
        vec![here().with(Tcp(0)), here().with(Udp(0)).with(QuicV1)]
    }
}

/// How a node that is told so takes part in the DHTs.
fn dht(config: &Config, bootstrap: Vec<Multiaddr>, folder: &Path) -> Option<DhtConfig> {
    let mode = config.routing.dht.host()?;
    // A stranger has no directory.
    let known = Some(KnownPeers::of(config, folder)).filter(|_| folder != Path::new(""));
    let known = known.map(|known| known.read()).unwrap_or_default();
    Some(DhtConfig { mode, listens: false, bootstrap, known, router: Arc::default() })
}
