//! The access of commands to a node: a daemon's, or one in this process. A command cannot tell
//! which.

pub(crate) mod errors;
mod in_process;
mod strategy_args;

use std::path::PathBuf;
use std::sync::Arc;

use bitswap_api::{Client, GcReport, RemoteLease, gc_report};
use bitswap_host::DialFailure;
use bitswap_net::{Endpoint, SessionOptions};
use bitswap_service::config::{Config, DhtMode, Sources};
use bitswap_service::error::CliError;
use bitswap_service::home::{Home, Occupied};
use bitswap_service::keep::{Pin, PinKind};
use bitswap_service::routing;
use bitswap_store::{BlockStore, Sweep};
use bitswap_unixfs::Source;
use cid::Cid;
use libp2p::Multiaddr;

pub(crate) use self::strategy_args::StrategyArgs;

use self::in_process::InProcess;

/// The options that select the node of a command.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct NodeSelector {
    /// The node's directory [default: the platform's place]
    #[arg(long, global = true, hide_short_help = true, env = "BITSWAP_DIR", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// The file that tells the node what to do [default: bitswap.toml in the usual places]
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "BITSWAP_CONFIG",
        value_name = "FILE"
    )]
    pub(crate) config: Option<PathBuf>,

    /// Only what is in the store; the network is left alone
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) offline: bool,

    /// A node of its own for this command, in memory, even if a daemon runs
    #[arg(long, global = true, hide_short_help = true, conflicts_with = "offline")]
    pub(crate) standalone: bool,
}

impl NodeSelector {
    /// The directory of the node.
    ///
    /// # Errors
    /// No directory was said, and the system names none.
    pub(crate) fn home(&self) -> Result<Home, CliError> {
        Home::at(self.data.as_deref())
    }

    /// The sources of the node's configuration.
    ///
    /// # Errors
    /// As [`home`](Self::home).
    pub(crate) fn sources(&self) -> Result<Sources, CliError> {
        Ok(Sources::of_process(self.home()?.folder(), self.config.clone()))
    }

    /// The daemon in the directory; `None` if none answers, or a node in memory is meant.
    ///
    /// # Errors
    /// No directory was said, and the system names none.
    pub(crate) async fn running(&self) -> Result<Option<Client>, CliError> {
        if self.standalone {
            return Ok(None);
        }
        let socket = self.home()?.holder().and_then(|holder| holder.api);
        Ok(match socket {
            Some(socket) => Client::reach(&socket).await,
            None => None,
        })
    }

    /// The daemon in the directory, for verbs that only it can answer.
    ///
    /// # Errors
    /// None answers.
    pub(crate) async fn daemon(&self) -> Result<Client, CliError> {
        if self.standalone {
            return Err(errors::no_daemon("--standalone was given"));
        }
        let why = format!("nobody answers for {}", self.home()?.folder().display());
        self.running().await?.ok_or_else(|| errors::no_daemon(&why))
    }
}

/// A node, as a verb sees it.
pub(crate) struct Access {
    node: Reached,
    offline: bool,
    lease: Option<RemoteLease>,
}

enum Reached {
    Daemon(Client),
    InProcess(Box<InProcess>),
}

impl Access {
    /// The daemon that holds the directory, or else a node of this process's own on the
    /// directory's store, which holds it until [`close`](Self::close) and does as the configuration
    /// says. `strategies`, and `routers` in place of those of the configuration, are for a node of
    /// its own.
    ///
    /// # Errors
    /// Another process holds the directory and answers no verbs; the store cannot be opened; the
    /// configuration is wrong; something was chosen and a daemon decides. Nothing was changed.
    pub(crate) async fn open(
        selector: &NodeSelector,
        strategies: &StrategyArgs,
        routers: &[Endpoint],
    ) -> Result<Self, CliError> {
        let offline = selector.offline;
        let load = || {
            let mut config = Config::load(&selector.sources()?)?;
            if !routers.is_empty() {
                // A machine without HTTPS is told so here, and not only in the log.
                drop(routing::chosen(routers, config.routing.private_addresses)?);
                config.routing.delegated = routers.to_vec();
                config.routing.dht = DhtMode::Off;
                config.routing.static_peers.clear();
            }
            let choice = strategies.choose_over(config.strategy.clone())?;
            Ok::<_, CliError>((config, choice))
        };
        if selector.standalone {
            let (config, choice) = load()?;
            let node = InProcess::in_memory(&config, selector.home()?.folder(), &choice)?;
            return Ok(Self { node: Reached::InProcess(Box::new(node)), offline, lease: None });
        }
        if let Some(client) = selector.running().await? {
            if strategies.say_something() {
                return Err(errors::daemon_decides());
            }
            if !routers.is_empty() {
                return Err(errors::daemon_routes());
            }
            return Ok(Self { node: Reached::Daemon(client), offline, lease: None });
        }
        let (config, choice) = load()?;
        let home = selector.home()?;
        match home.lock() {
            Ok(lock) => {
                let node = InProcess::at(&home, lock, &config, &choice).await?;
                Ok(Self { node: Reached::InProcess(Box::new(node)), offline, lease: None })
            }
            Err(Occupied::By(holder)) => {
                Err(CliError::occupied(home.folder(), holder.map(|holder| holder.pid)))
            }
            Err(Occupied::Refused(why)) => Err(why),
        }
    }

    /// The node's blocks. What is put here is served to peers that wait for it; it is durable when
    /// the store was synced, as [`close`](Self::close) does.
    pub(crate) fn store(&self) -> Arc<dyn BlockStore> {
        match &self.node {
            Reached::Daemon(client) => Arc::new(client.clone()),
            Reached::InProcess(node) => node.store(),
        }
    }

    /// For verbs that put blocks: there they outlive this process.
    ///
    /// # Errors
    /// They do not.
    pub(crate) fn must_keep(&self) -> Result<(), CliError> {
        if self.store().capabilities().durable { Ok(()) } else { Err(errors::keeps_nothing()) }
    }

    /// Lets a daemon keep all that this process puts or finds, until it is closed: for verbs whose
    /// blocks are pinned or read only later. Nobody else frees blocks of a node of its own.
    ///
    /// # Errors
    /// The daemon does not.
    pub(crate) async fn hold(&mut self) -> Result<(), CliError> {
        if let Reached::Daemon(client) = &self.node {
            self.lease = match client.lease().await {
                // One of an earlier version frees nothing.
                Err(why) if why.code == "no-such-path" => None,
                lease => Some(lease?),
            };
        }
        Ok(())
    }

    /// Frees the blocks that nobody keeps.
    ///
    /// # Errors
    /// Nothing was freed, since it is not known what is kept, or the store failed.
    pub(crate) async fn collect(&self, dry_run: bool) -> Result<GcReport, CliError> {
        match &self.node {
            Reached::Daemon(client) => client.collect(dry_run).await,
            Reached::InProcess(node) => {
                let how = Sweep { dry_run, enough: None };
                Ok(gc_report(&node.keeper().collect(how).await?, dry_run))
            }
        }
    }

    /// All pins of the node.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) async fn pins(&self) -> Result<Vec<Pin>, CliError> {
        match &self.node {
            Reached::Daemon(client) => client.pins().await,
            Reached::InProcess(node) => node.keeper().pins().await,
        }
    }

    /// Pins all of these, or none. The pins and their blocks are durable when this returns.
    ///
    /// # Errors
    /// A block of theirs is not in the store, or the pins cannot be read or written.
    pub(crate) async fn pin(&self, cids: &[Cid], kind: PinKind) -> Result<Vec<Pin>, CliError> {
        match &self.node {
            Reached::Daemon(client) => client.pin(cids, kind).await,
            Reached::InProcess(node) => node.keeper().pin(cids, kind).await,
        }
    }

    /// Takes back the pins of all of these, or none. No block is removed by that.
    ///
    /// # Errors
    /// One is not pinned, or the pins cannot be read or written.
    pub(crate) async fn unpin(&self, cids: &[Cid]) -> Result<Vec<Pin>, CliError> {
        match &self.node {
            Reached::Daemon(client) => client.unpin(cids).await,
            Reached::InProcess(node) => node.keeper().unpin(cids).await,
        }
    }

    /// Whether the node may know peers that no verb names.
    pub(crate) fn knows_peers(&self) -> bool {
        match &self.node {
            Reached::Daemon(_) => true,
            Reached::InProcess(node) => node.may_meet_peers(),
        }
    }

    /// Connects to one of these peers, while the other dials go on, and returns those that could
    /// not be reached by then; all of them, if none was.
    ///
    /// # Errors
    /// There is no network, or the node cannot start.
    pub(crate) async fn connect(
        &self,
        peers: Vec<Multiaddr>,
    ) -> Result<Vec<DialFailure>, CliError> {
        match &self.node {
            _ if self.offline => Err(errors::offline()),
            Reached::Daemon(client) => client.connect(&peers, true).await,
            Reached::InProcess(node) => node.connect(peers).await,
        }
    }

    /// A session on the network, which ends with what is returned. `peers` are dialled again when
    /// they are lost, as long as it lives.
    ///
    /// # Errors
    /// There is no network, or the node cannot start.
    pub(crate) async fn source(
        &self,
        options: SessionOptions,
        peers: &[Multiaddr],
    ) -> Result<Box<dyn Source>, CliError> {
        match &self.node {
            _ if self.offline => Err(errors::offline()),
            Reached::Daemon(client) => client.source(options, peers).await,
            Reached::InProcess(node) => node.source(options, peers).await,
        }
    }

    /// Which routers did not answer, and why, as far as this process knows.
    pub(crate) fn router_errors(&self) -> Vec<String> {
        match &self.node {
            Reached::Daemon(_) => Vec::new(),
            Reached::InProcess(node) => node.router_errors(),
        }
    }

    /// Why a block that was wanted is not here, as far as the node knows.
    pub(crate) async fn why_not_here(&self, cid: &Cid) -> Option<String> {
        let told = match &self.node {
            Reached::Daemon(client) => client.explain(&cid.to_string()).await.ok(),
            Reached::InProcess(node) => node.explain(*cid).await,
        };
        let why = told.and_then(|told| told.why_not_here);
        let all: Vec<_> = why.into_iter().chain(self.router_errors()).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Leaves the node. What was put is durable; one of this process's own ends, and the directory
    /// is free.
    ///
    /// # Errors
    /// The store could not keep all that it accepted.
    pub(crate) async fn close(self) -> Result<(), CliError> {
        match self.node {
            Reached::Daemon(client) => {
                BlockStore::sync(&client).await.map_err(|why| CliError::store(&why))
            }
            Reached::InProcess(node) => node.close().await,
        }
    }

    /// As [`close`](Self::close) for a verb that put nothing: what a daemon could not keep of
    /// others is no matter.
    ///
    /// # Errors
    /// The store of this process's own node could not keep all that it accepted.
    pub(crate) async fn close_unchanged(self) -> Result<(), CliError> {
        match self.node {
            Reached::Daemon(_) => Ok(()),
            Reached::InProcess(node) => node.close().await,
        }
    }
}
