//! The one way from a verb to a node: this process's own, or a daemon's. A verb cannot tell which.

mod own;

use std::path::PathBuf;
use std::sync::Arc;

use bitswap_core::strategy::StrategySet;
use bitswap_net::Session;
use bitswap_store::BlockStore;
use libp2p::Multiaddr;

use self::own::Own;
use crate::error::CliError;
use crate::home::{Home, Occupied};
use crate::node::Refusal;

/// Which node a command line means.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Reach {
    /// The node's directory [default: the platform's place]
    #[arg(long, global = true, hide_short_help = true, env = "BITSWAP_DIR", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Only what is in the store; the network is left alone
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) offline: bool,

    /// A node of its own for this command, in memory, even if a daemon runs
    #[arg(long, global = true, hide_short_help = true, conflicts_with = "offline")]
    pub(crate) standalone: bool,
}

impl Reach {
    /// Where the node lives.
    ///
    /// # Errors
    /// No directory was said, and the system names none.
    pub(crate) fn home(&self) -> Result<Home, CliError> {
        Home::at(self.data.as_deref())
    }
}

/// A node, as a verb sees it.
pub(crate) struct Access {
    own: Own,
}

impl Access {
    /// The daemon that holds the directory, or else a node of this process's own on the
    /// directory's store, which holds it until [`close`](Self::close). `strategies` are for a node
    /// of its own; `None` = the usual.
    ///
    /// # Errors
    /// Another process holds the directory and answers no verbs; the store cannot be opened;
    /// strategies were chosen and a daemon decides. Nothing was changed.
    pub(crate) async fn open(
        reach: &Reach,
        strategies: Option<StrategySet>,
    ) -> Result<Self, CliError> {
        if reach.standalone {
            return Ok(Self { own: Own::in_memory(strategies)? });
        }
        let home = reach.home()?;
        match home.lock() {
            Ok(lock) => Ok(Self { own: Own::at(home, lock, reach.offline, strategies).await? }),
            Err(Occupied::By(holder)) => {
                Err(CliError::occupied(home.folder(), holder.map(|holder| holder.pid)))
            }
            Err(Occupied::Refused(why)) => Err(why),
        }
    }

    /// The node's blocks. What is put here is served to peers that wait for it.
    pub(crate) fn store(&self) -> Arc<dyn BlockStore> {
        self.own.store()
    }

    /// Whether the node may know peers that no verb names.
    pub(crate) const fn knows_peers(&self) -> bool {
        false
    }

    /// Connects to these peers, and returns those that could not be reached.
    ///
    /// # Errors
    /// There is no network, or the node cannot start.
    pub(crate) async fn connect(&self, peers: Vec<Multiaddr>) -> Result<Vec<Refusal>, CliError> {
        self.own.connect(peers).await
    }

    /// A session on the network.
    ///
    /// # Errors
    /// There is no network, or the node cannot start.
    pub(crate) async fn session(&self) -> Result<Session, CliError> {
        self.own.session().await
    }

    /// Leaves the node. One of this process's own ends: what it accepted is durable, and the
    /// directory is free.
    ///
    /// # Errors
    /// The store could not keep all that it accepted.
    pub(crate) async fn close(self) -> Result<(), CliError> {
        self.own.close().await
    }
}
