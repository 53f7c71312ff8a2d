//! The demonstration: a real file or directory crosses between real nodes of this process.

mod report;
mod text;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bitswap_net::SessionOptions;
use bitswap_service::error::{CliError, Exit};
use bitswap_service::http::Port;
use bitswap_service::node::{Node, NodeConfig};
use bitswap_store::{BlockStore, MemoryStore};
use bitswap_strategies::catalog::StrategyChoice;
use bitswap_unixfs::{
    BlockReader, Comparison, Fetch, ImportSettings, Imported, Walk, compare, import,
};

pub(crate) use report::{Crossing, Report};

/// What is to be shown.
pub(crate) struct Demo {
    /// The file or directory that crosses.
    pub(crate) path: PathBuf,
    /// How many nodes serve it.
    pub(crate) servers: usize,
    /// The strategies of all nodes.
    pub(crate) strategies: StrategyChoice,
    /// Where the fetching node serves its metrics; 0 = any port that is free.
    pub(crate) metrics_port: u16,
    /// How long nothing may come.
    pub(crate) timeout: Duration,
}

/// The nodes of a demonstration, still running.
pub(crate) struct Cast {
    fetcher: Node,
    servers: Vec<Node>,
}

impl Demo {
    /// Runs it to the end; the nodes stay up until they are stopped or dropped.
    ///
    /// # Errors
    /// Something could not be read, started, fetched or is not identical.
    pub(crate) async fn run(self, say: impl Fn(&str)) -> Result<(Report, Cast), CliError> {
        // Taken first: a clash should not cost anybody the import of a large file.
        let port = Port::take(self.metrics_port).await?;
        let store: Arc<dyn BlockStore> = Arc::new(MemoryStore::new());
        say(&format!("importing {}", self.path.display()));
        let imported =
            import(Some(store.as_ref()), &self.path, &ImportSettings::whole(), &|_| {}).await?;
        let cast = self.cast(&store, port).await?;

        say(&format!("fetching {}", imported.root));
        let started = Instant::now();
        let mut reader = BlockReader::new(cast.fetcher.store());
        let timeout = Some(self.timeout);
        let options = SessionOptions { timeout, ..SessionOptions::default() };
        reader.attach(Box::new(cast.fetcher.bitswap().session_with(options)));
        let fetched = Fetch::new(imported.root, &|_| {}).run(&reader).await?;
        let seconds = started.elapsed().as_secs_f64();
        drop(reader);

        say("comparing");
        self.check(&imported, &cast).await?;
        let crossing = Crossing { source: self.path, imported, fetched, seconds };
        let report = Report::of(crossing, &cast).await?;
        Ok((report, cast))
    }

    async fn cast(&self, store: &Arc<dyn BlockStore>, port: Port) -> Result<Cast, CliError> {
        let config = || NodeConfig::choosing(&self.strategies);
        let mut servers = Vec::new();
        for _ in 0..self.servers {
            let server = NodeConfig {
                store: Arc::clone(store),
                listen: NodeConfig::loopback(),
                port: Some(Port::take(0).await?),
                ..config()?
            };
            servers.push(Node::start(server).await?);
        }
        let fetcher = NodeConfig { listen: NodeConfig::loopback(), port: Some(port), ..config()? };
        let fetcher = Node::start(fetcher).await?;
        let peers = servers.iter().filter_map(|server| server.addresses().into_iter().next());
        let failures = fetcher.connect(peers.collect()).await;
        if failures.is_empty() {
            Ok(Cast { fetcher, servers })
        } else {
            Err(CliError::nobody_reached(&failures))
        }
    }

    async fn check(&self, imported: &Imported, cast: &Cast) -> Result<(), CliError> {
        let mut walk = Walk::new(BlockReader::new(cast.fetcher.store()), imported.root);
        match compare(&mut walk, &self.path).await? {
            Comparison::Identical => Ok(()),
            Comparison::Differs { path, how } => Err(differs(&path, how)),
        }
    }
}

impl Cast {
    /// Closes all connections and ends all nodes.
    pub(crate) async fn stop(self) {
        self.fetcher.stop().await;
        for server in self.servers {
            server.stop().await;
        }
    }

    /// All nodes with the names that the report calls them.
    fn named(&self) -> impl Iterator<Item = (String, &Node)> {
        let servers = self.servers.iter().enumerate();
        let servers = servers.map(|(place, server)| (format!("server-{}", place + 1), server));
        std::iter::once(("fetcher".to_owned(), &self.fetcher)).chain(servers)
    }
}

pub(crate) fn differs(path: &Path, how: &str) -> CliError {
    let name = if path.as_os_str().is_empty() { Path::new("it") } else { path };
    let what = "the copy is not identical to the source".to_owned();
    CliError::new("not-identical", Exit::BadData, what)
        .because(format!("{} {how}", name.display()))
        .remedy("try again if the source changed meanwhile; else this is a bug: please report it")
}
