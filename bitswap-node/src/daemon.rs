//! A node that stays: on the directory's store, with an API, until it is told to end.

mod announced;
mod bucket;
pub(crate) mod errors;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bitswap_api::{ApiPort, Served, Socket, Tokens};
use bitswap_service::config::{Config, ProvideSettings, StoreKind};
use bitswap_service::error::CliError;
use bitswap_service::home::{Home, Lock, Occupied, TokenKind};
use bitswap_service::keep::Keeper;
use bitswap_service::node::{KnownPeers, Node, NodeConfig};
use bitswap_service::process::trim;
use bitswap_service::providing::{New, ProgressFile, ProvideConfig, Providing, Scope, Sweep};
use bitswap_store::{BlockStore, MemoryStore, RedbStore, SegmentStore, StoreError};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use self::announced::Announced;

/// A running daemon.
pub(crate) struct Daemon {
    node: Arc<Node>,
    store: Arc<dyn BlockStore>,
    known_peers: KnownPeers,
    api: JoinHandle<io::Result<()>>,
    socket: String,
    url: Option<String>,
    /// Dropped to end the API.
    stop: watch::Sender<()>,
    /// What it does of its own accord, until it is dropped.
    tasks: JoinSet<()>,
    /// Released last.
    lock: Lock,
}

impl Daemon {
    /// Answers that are being given may still end.
    const LAST_ANSWERS: Duration = Duration::from_secs(1);
    /// Connections are closed in less, whatever peers do.
    const LAST_WORDS: Duration = Duration::from_secs(1);
    /// What is accepted at most is on a slow disk in this time.
    const LAST_WRITES: Duration = Duration::from_millis(2_500);

    /// Takes a directory for a daemon. Before anything else: a port that is taken by the daemon of
    /// this very directory is not what its user needs to hear of.
    ///
    /// # Errors
    /// Another process holds the directory.
    pub(crate) fn lock(home: &Home) -> Result<Lock, CliError> {
        home.lock().map_err(|occupied| match occupied {
            Occupied::By(holder) => CliError::runs_already(home.folder(), holder.as_ref()),
            Occupied::Refused(why) => why,
        })
    }

    /// Starts a daemon in this directory: `node`, with the directory's identity and store. It
    /// listens, and verbs reach it, when this returns.
    ///
    /// # Errors
    /// The store or the identity cannot be used, or it cannot listen. Nothing runs.
    pub(crate) async fn start(
        (home, mut lock): (&Home, Lock),
        config: &Config,
        mut node: NodeConfig,
        port: Option<ApiPort>,
    ) -> Result<Self, CliError> {
        let keeper = Keeper::of(home, open(home, config).await?);
        let scope = Scope::of(config.providing.what);
        let scope = scope.filter(|_| config.protocol.serve && node.dht.is_some());
        let (store, new) = match scope {
            Some(scope) => {
                let (store, new) = New::of(scope, &keeper);
                (store, Some((scope, new)))
            }
            None => (keeper.store(), None),
        };
        node.identity = home.identity()?;
        let tokens = port.as_ref().map(|_| tokens(home)).transpose()?;
        node.store = store;
        let on_disk = config.store.kind == StoreKind::Disk;
        node.store_limit = config.store.max_size.map(|size| size.0);
        node.store_folder = on_disk.then(|| home.folder().join(&config.store.path));
        let node = Arc::new(Box::pin(Node::start(node)).await?);
        // With its metrics.
        let store = node.store();
        let mut tasks = JoinSet::new();
        tasks.spawn(trim::watch());
        let known_peers = KnownPeers::of(config, home.folder());
        tasks.spawn(known_peers.clone().keep(Arc::downgrade(&node)));
        if let Some((scope, new)) = new {
            let sweep = Sweep::new(scope, Arc::clone(&store), Arc::clone(&keeper));
            let config = provide_config(home, config);
            tasks.spawn(Providing::new(sweep, new, node.announcer(), config).run());
        }
        keeper.count(node.gc_counts().clone());
        if let Some(limit) = config.store.limit() {
            tasks.spawn(limit.watch(Arc::clone(&keeper)));
        }
        let announced = Announced::new(Arc::clone(&store), node.bitswap().clone());
        let socket = Socket::open(home.folder())?;
        let path = socket.path().to_owned();
        let (stop, stopped) = watch::channel(());
        let url = port.as_ref().map(ApiPort::url);
        let served = Served::new(&node, Arc::new(announced), keeper, url.clone());
        let port = port.zip(tokens);
        let api = tokio::spawn(serve(served, socket, port, stopped));
        lock.say(Some(path.clone())).map_err(|why| CliError::cannot_use(home.folder(), &why))?;
        let socket = path.display().to_string();
        Ok(Self { node, store, known_peers, api, socket, url, stop, tasks, lock })
    }

    /// Its node.
    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// The path of the socket where verbs reach it.
    pub(crate) fn socket(&self) -> &str {
        &self.socket
    }

    /// Where its API answers over TCP, if it does.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Ends it, in less than five seconds: what was accepted is durable, the socket is gone, and
    /// the directory is free.
    ///
    /// # Errors
    /// The store could not keep all that it accepted.
    pub(crate) async fn end(self) -> Result<(), CliError> {
        let Self { node, store, known_peers, mut api, stop, tasks, lock, .. } = self;
        drop(stop);
        drop(tasks);
        let noted = timeout(Self::LAST_WORDS, known_peers.note(&node));
        let ended = tokio::join!(timeout(Self::LAST_ANSWERS, &mut api), noted);
        if ended.0.is_err() {
            api.abort();
        }
        // Somebody whose answer is still being made may hold it; then it ends with the process.
        if let Some(node) = Arc::into_inner(node)
            && timeout(Self::LAST_WORDS, node.stop()).await.is_err()
        {
            tracing::warn!("connections were not closed in time");
        }
        let synced = timeout(Self::LAST_WRITES, store.sync()).await;
        drop(lock);
        match synced {
            Ok(synced) => synced.map_err(|why| CliError::store(&why)),
            Err(_) => Err(errors::not_synced()),
        }
    }
}

/// Answers on the socket, and over TCP if that is wanted, until `stop` is dropped.
async fn serve(
    served: Served,
    socket: Socket,
    port: Option<(ApiPort, Tokens)>,
    stop: watch::Receiver<()>,
) -> io::Result<()> {
    let over_tcp = async {
        match port {
            Some((port, tokens)) => served.clone().serve_tcp(port, tokens, stop.clone()).await,
            None => Ok(()),
        }
    };
    tokio::try_join!(served.clone().serve(socket, stop.clone()), over_tcp).map(drop)
}

/// Those of the directory.
fn tokens(home: &Home) -> Result<Tokens, CliError> {
    Ok(Tokens { read: home.token(TokenKind::Read)?, full: home.token(TokenKind::Full)? })
}

/// The store of a directory, or in memory or a bucket if the configuration says so.
///
/// # Errors
/// It cannot be opened; no block is lost by that.
pub(crate) async fn open(home: &Home, config: &Config) -> Result<Arc<dyn BlockStore>, CliError> {
    match config.store.kind {
        StoreKind::Memory => return Ok(Arc::new(MemoryStore::new())),
        StoreKind::S3 => return bucket::open(config).await,
        StoreKind::Disk => {}
    }
    let blocks = home.folder().join(&config.store.path);
    let opening = tokio::task::spawn_blocking(move || on_disk(&blocks));
    let store = opening.await.map_err(|why| CliError::internal(&why))?;
    store.map_err(|why| CliError::store(&why))
}

fn provide_config(home: &Home, config: &Config) -> ProvideConfig {
    let ProvideSettings { interval, per_second, .. } = config.providing;
    ProvideConfig { interval, per_second, file: ProgressFile::of(home) }
}

/// What an earlier version kept in redb stays there until somebody converts it. A directory with
/// blocks of both kinds, from a conversion that did not end or an earlier version on a newer
/// directory, is refused: whichever were opened would miss some.
fn on_disk(folder: &Path) -> Result<Arc<dyn BlockStore>, StoreError> {
    if !RedbStore::is_in(folder) {
        return Ok(Arc::new(SegmentStore::open(folder)?));
    }
    if SegmentStore::is_in(folder) {
        return Err(StoreError::Mixed { place: folder.display().to_string().into() });
    }
    Ok(Arc::new(RedbStore::open(folder)?))
}
