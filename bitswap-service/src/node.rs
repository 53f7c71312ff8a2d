//! One Bitswap node: a store, an engine, a libp2p host and what it tells, put together.

mod config;
mod errors;
mod finder;
mod hosted_lists;
mod known_peers;
mod record;
mod store_watch;
mod swap;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitswap_host::counts::ConnectionCounts;
use bitswap_host::{
    Announcer, DhtConfig, DialFailure, Host, HostConfig, HostHandle, Lease, ListenError, NatConfig,
    PeerView, Reachability,
};
use bitswap_net::{Bitswap, Builder, Filter as _, RateLimits};
use bitswap_store::BlockStore;
use bitswap_strategies::catalog::StrategyChoice;
use futures::future::{join_all, ready};
use futures::stream::{FuturesUnordered, StreamExt as _};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::config::FilterSettings;
use crate::error::CliError;
use crate::filter::{Filters, Lists};
use crate::http::{self, MetricsState, Port, ProvidersPort, ProvidersState};
use crate::metrics::{GcCounts, HttpCounts, MeteredStore, NodeCounts, NodeMetrics, Scrape};
use crate::scripts::{self, Watch};

pub use self::config::NodeConfig;
pub use self::finder::{Finder, PeerPlace};
pub use self::hosted_lists::HostedLists;
pub use self::known_peers::KnownPeers;
pub use self::record::Record;
pub use self::swap::{Beside, Swapped};

/// A running node. Its tasks end when it is dropped; [`stop`](Self::stop) waits for that.
pub struct Node {
    bitswap: Bitswap,
    scrape: Scrape,
    peer_id: PeerId,
    metrics_url: Option<String>,
    routing_url: Option<String>,
    missed: Vec<ListenError>,
    scripts: Watch,
    filters: Filters,
    /// How fast it sends and reads now.
    rates: Mutex<RateLimits>,
    /// What its strategies were made of.
    running: Mutex<StrategyChoice>,
    /// Where scripts are found by name.
    script_dir: PathBuf,
    counts: NodeCounts,
    finder: Arc<Finder>,
    host: HostHandle,
    tasks: JoinSet<()>,
}

impl Node {
    /// Starts a node. It listens when this returns, and dials the peers that it is to keep.
    ///
    /// # Errors
    /// It cannot listen; nothing runs.
    pub async fn start(config: NodeConfig) -> Result<Self, CliError> {
        let finder = Arc::new(Finder::of(&config));
        let NodeConfig { store, strategies, scripts, engine, identity, port, filters, .. } = config;
        let (serves, peer_id) = (engine.serve, identity.public().to_peer_id());
        let metrics = NodeMetrics::new(config.kubo_names)?;
        let store = MeteredStore::around(store, metrics.recorder.as_ref());
        let (record, recorder) = (config.record.as_ref(), metrics.recorder.as_ref());
        let counts = NodeCounts::new(recorder, config.store_limit, filters.lists().counts());
        let builder = Builder::new(Arc::clone(&store), strategies).engine(engine);
        let builder = builder.router(Arc::new(config.router)).filter(Arc::new(filters.clone()));
        let settings = (config.rates, config.kubo_names, &config.nat);
        let (behaviour, bitswap) = network(builder, &metrics, settings, record)?;
        let host = HostConfig {
            identity,
            peers: config.peers,
            named: config.named,
            connections: config.connections,
            window_bytes: config.window_bytes,
            mdns: config.mdns,
            listens: !config.listen.is_empty(),
            withheld: config.withheld.clone(),
            nat: config.nat,
            dht: config.dht.map(|dht| DhtConfig { listens: !config.listen.is_empty(), ..dht }),
            counts: ConnectionCounts::new(recorder),
        };
        let places = (config.announce, config.listen, config.listen_elsewhere);
        let listening = Box::pin(listen(host, behaviour, places)).await;
        let (host, handle, missed) = listening.inspect_err(|_| discard(record))?;
        let metrics_url = port.as_ref().map(Port::metrics_url);
        let routing_url = config.providers_port.as_ref().map(ProvidersPort::url);
        let mut tasks = tasks(host, &metrics, &scripts, &store);
        let scrape = Scrape { store: Arc::clone(&store), folder: config.store_folder };
        let state = MetricsState {
            bitswap: bitswap.clone(),
            metrics,
            scripts: scripts.clone(),
            scrape: scrape.clone(),
            listening: !handle.addresses().is_empty(),
        };
        let told = (handle.watch_addresses(), config.withheld);
        let told = ProvidersState { store, peer_id, told, serves, filters: filters.clone() };
        tasks.spawn(serve(port.map(|port| (port, state)), config.providers_port, told));
        Ok(Self {
            bitswap,
            scrape,
            peer_id,
            metrics_url,
            routing_url,
            missed,
            scripts,
            filters,
            counts,
            rates: Mutex::new(config.rates),
            running: Mutex::new(config.choice),
            script_dir: config.script_dir,
            finder,
            host: handle,
            tasks,
        })
    }

    /// The way to its engine.
    pub const fn bitswap(&self) -> &Bitswap {
        &self.bitswap
    }

    /// Whether its engine answers in time.
    pub async fn answers(&self) -> bool {
        http::answers(&self.bitswap).await
    }

    /// Where its blocks are.
    pub fn store(&self) -> Arc<dyn BlockStore> {
        Arc::clone(&self.scrape.store)
    }

    /// What is free on the disk of its blocks, if they are on one.
    pub fn free_bytes(&self) -> Option<u64> {
        self.scrape.disk().map(|[free, _]| free)
    }

    /// How fast it sends and reads at most.
    pub async fn rates(&self) -> RateLimits {
        *self.rates.lock().await
    }

    /// The peer id of the node.
    pub const fn peer_id(&self) -> PeerId {
        self.peer_id
    }

    /// Where it can be reached now, with its peer id at the end, in the order in which the
    /// addresses were opened. An address for all interfaces is here once for each of them.
    pub fn addresses(&self) -> Vec<Multiaddr> {
        self.host.addresses()
    }

    /// Whether others can connect to it.
    pub fn reachability(&self) -> Reachability {
        self.host.reachability()
    }

    /// The addresses that it was to listen on and does not, if it was allowed to go elsewhere.
    pub fn missed(&self) -> &[ListenError] {
        &self.missed
    }

    /// Where its metrics are, if anywhere.
    pub fn metrics_url(&self) -> Option<&str> {
        self.metrics_url.as_deref()
    }

    /// Where others ask it which blocks it has, if anywhere.
    pub fn routing_url(&self) -> Option<&str> {
        self.routing_url.as_deref()
    }

    /// Connects to all of these at once, and waits until each is connected or has failed, at most
    /// ten seconds, and longer for those that are only named and must be found. Returns those that
    /// failed, in the order given. Peers that are connected already stay as they are.
    pub async fn connect(&self, peers: Vec<Multiaddr>) -> Vec<DialFailure> {
        let dials = peers.into_iter().map(|address| self.dial(address));
        join_all(dials).await.into_iter().flatten().collect()
    }

    /// As [`connect`](Self::connect), and returns as soon as one is connected, with those that had
    /// failed by then. The other dials go on.
    pub async fn connect_one(&self, peers: Vec<Multiaddr>) -> Vec<DialFailure> {
        until_one(peers.into_iter().map(|address| self.dial(address))).await
    }

    /// Dials an address, or looks for the peer that it only names; `None` = it is connected.
    async fn dial(&self, address: Multiaddr) -> Option<DialFailure> {
        let Some(Protocol::P2p(peer)) = address.iter().last() else {
            return self.host.dial(address).await;
        };
        let mut failure = match address.iter().count() {
            1 => self.dial_named(peer, address).await?,
            _ => self.host.dial(address).await?,
        };
        if let Some(rule) = self.filters.denies_peer(&peer) {
            (failure.why, failure.denied) = (format!("it is denied by {rule}"), true);
        }
        Some(failure)
    }

    async fn dial_named(&self, peer: PeerId, address: Multiaddr) -> Option<DialFailure> {
        let addresses = match self.find_peer(peer).await {
            Ok(place) if place.is_connected => return None,
            Ok(place) => place.addresses,
            Err(CliError { why, .. }) => return Some(DialFailure { address, why, denied: false }),
        };
        let (count, dials) = (addresses.len(), addresses.into_iter());
        let failed = until_one(dials.map(|address| self.host.dial(address))).await;
        let last = failed.into_iter().nth(count.saturating_sub(1))?;
        Some(DialFailure { address, ..last })
    }

    /// Closes the connections to a peer; false if there are none.
    pub async fn disconnect(&self, peer: PeerId) -> bool {
        self.host.disconnect(peer).await
    }

    /// Stays connected to the peers at these addresses, as far as it is known who they are, as long
    /// as what is returned lives: they are dialled again when they are lost.
    pub async fn keep(&self, peers: Vec<Multiaddr>) -> Lease {
        self.host.keep(peers).await
    }

    /// The connected peers, whether or not they speak Bitswap, in order of peer ids.
    pub async fn peers(&self) -> Vec<PeerView> {
        self.host.peers().await
    }

    /// Peers of the DHTs that it knows, with an address of each.
    pub async fn dht_peers(&self) -> Vec<Multiaddr> {
        self.host.dht_peers().await
    }

    /// Of each peer that leads it into the DHTs, whether it was there when it was dialled last.
    pub async fn bootstrap(&self) -> Vec<bool> {
        self.host.bootstrap().await
    }

    /// Announces in the DHTs what it has.
    pub fn announcer(&self) -> Announcer {
        self.host.announcer(self.counts.announced.clone(), Arc::new(self.filters.clone()))
    }

    /// Where collections of garbage in its store are counted.
    pub const fn gc_counts(&self) -> &GcCounts {
        &self.counts.gc
    }

    /// Where requests of its API are counted.
    pub const fn http_counts(&self) -> &HttpCounts {
        &self.counts.http
    }

    /// The scripts among its strategies.
    pub const fn scripts(&self) -> &Watch {
        &self.scripts
    }

    /// Changes how fast it sends and reads; false if that is so already.
    ///
    /// # Errors
    /// The engine is gone; nothing was changed.
    pub async fn limit(&self, rates: RateLimits) -> Result<bool, CliError> {
        let mut running = self.rates.lock().await;
        if *running == rates {
            return Ok(false);
        }
        self.bitswap.limit(rates).await.map_err(|_| CliError::stopping())?;
        *running = rates;
        Ok(true)
    }

    /// The rules about blocks and peers that are in force.
    pub const fn filters(&self) -> &Filters {
        &self.filters
    }

    /// Reads the rules of these settings, whose relative paths begin in `folder`, and puts them in
    /// force: what they deny ends. Returns them if they differ from those before.
    ///
    /// # Errors
    /// They cannot be read, or the engine is gone; those that were in force stay.
    pub async fn refilter(
        &self,
        settings: &FilterSettings,
        folder: &Path,
    ) -> Result<Option<Arc<Lists>>, CliError> {
        let (settings, folder) = (settings.clone(), folder.to_owned());
        let reading = tokio::task::spawn_blocking(move || Lists::read(&settings, &folder));
        let read = reading.await.map_err(|why| CliError::internal(&why))?;
        self.counts.filters.read(read.is_ok());
        if !self.filters.replace(read?) {
            return Ok(None);
        }
        let lists = self.filters.lists();
        self.counts.filters.in_force(lists.counts());
        lists.log_notes();
        self.bitswap.filter_changed().await.map_err(|_| CliError::stopping())?;
        Ok(Some(lists))
    }

    /// Closes its connections and ends its tasks.
    pub async fn stop(mut self) {
        drop(self.host);
        // The host ends by itself; the others have nothing to finish.
        drop(self.tasks.join_next().await);
        self.tasks.shutdown().await;
    }
}

/// The network of a node that is not started yet, and the handle to it.
fn network(
    builder: Builder,
    metrics: &NodeMetrics,
    (rates, kubo_names, nat): (RateLimits, bool, &NatConfig),
    record: Option<&Record>,
) -> Result<(bitswap_net::Behaviour, Bitswap), CliError> {
    let builder = builder.recorder(Arc::clone(&metrics.recorder)).kubo_names(kubo_names);
    let mut builder = builder.download(rates.download, rates.download_per_peer);
    if nat.bitswap_over_relays {
        builder = builder.over_relays();
    }
    if let Some(record) = record {
        builder = builder.record(record.open()?, record.options);
    }
    builder.build().map_err(|why| CliError::internal(&why))
}

/// Takes a recording back: nothing that could be recorded came about.
fn discard(record: Option<&Record>) {
    record.into_iter().for_each(Record::discard);
}

/// A host that listens, the handle to it, and the addresses that were not to be had.
async fn listen(
    config: HostConfig,
    behaviour: bitswap_net::Behaviour,
    (announced, addresses, elsewhere): (Vec<Multiaddr>, Vec<Multiaddr>, bool),
) -> Result<(Host, HostHandle, Vec<ListenError>), CliError> {
    let (mut host, handle) = Host::new(config, behaviour)?;
    host.announce(announced);
    let missed = host.listen(addresses, elsewhere).await?;
    Ok((host, handle, missed))
}

/// What a node does of its own accord, the host first.
fn tasks(
    host: Host,
    metrics: &NodeMetrics,
    scripts: &Watch,
    store: &Arc<dyn BlockStore>,
) -> JoinSet<()> {
    scripts::update(scripts, metrics.recorder.as_ref());
    let mut tasks = JoinSet::new();
    tasks.spawn(host.run());
    tasks.spawn(NodeMetrics::upkeep(metrics.handle.clone()));
    tasks.spawn(scripts::log(scripts.clone()));
    tasks.spawn(store_watch::watch(Arc::clone(store)));
    tasks
}

/// Serves what is to be served over HTTP, until it is dropped.
async fn serve(
    metrics: Option<(Port, MetricsState)>,
    providers: Option<ProvidersPort>,
    state: ProvidersState,
) {
    let metrics = async {
        if let Some((port, state)) = metrics {
            drop(port.serve(state).await);
        }
    };
    let providers = async {
        if let Some(port) = providers {
            drop(port.serve(state).await);
        }
    };
    tokio::join!(metrics, providers);
    // Whoever stops the node waits for the first of its tasks that ends, and means the host.
    std::future::pending::<()>().await;
}

/// Lets all of these go on until one is connected; those that failed by then.
async fn until_one(
    dials: impl Iterator<Item = impl Future<Output = Option<DialFailure>>>,
) -> Vec<DialFailure> {
    let dials: FuturesUnordered<_> = dials.collect();
    dials.take_while(|failed| ready(failed.is_some())).filter_map(ready).collect().await
}
