//! What `get`, `cat` and `ls` have in common: a path in a tree, from the store as far as it is
//! there, and from the network if it is not.

use std::sync::Arc;

use bitswap_net::{Endpoint, Failure, SessionOptions};
use bitswap_service::error::CliError;
use bitswap_store::BlockStore;
use bitswap_unixfs::{BlockReader, DagError, FetchPlan, WantError, resolve};
use cid::Cid;
use libp2p::Multiaddr;

use super::output::Output;
use super::parse;
use super::progress::Progress;
use super::routing::RouterArgs;
use super::target::Target;
use crate::access::{Access, NodeSelector, StrategyArgs};
use crate::cli::errors;
use crate::stop::Stop;

/// What a path may be.
pub(super) const PATH_HELP: &str = "bafy…, Qm…/path, /ipfs/bafy…, ipfs://… or a gateway's URL";

/// The path to read, and how to fetch it.
#[derive(Debug, clap::Args)]
pub(super) struct ReadArgs {
    #[arg(value_name = "PATH", help = PATH_HELP)]
    path: String,

    #[command(flatten)]
    fetch: FetchArgs,
}

/// The peers and strategies to fetch with.
#[derive(Debug, clap::Args)]
pub(super) struct FetchArgs {
    /// Address of a peer to fetch from, or /p2p/ and its name; repeatable
    #[arg(long, value_name = "MULTIADDR")]
    peer: Vec<String>,

    #[command(flatten)]
    routers: RouterArgs,

    #[command(flatten)]
    strategies: StrategyArgs,

    /// How many hops other peers may relay our requests (0 to 4)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(..=4))]
    ttl: Option<u8>,

    /// Give up when nothing comes for this long
    #[arg(long, value_name = "TIME", default_value = "60s")]
    timeout: String,

    /// Wait for peers that come later, even when nobody is left to ask
    #[arg(long, hide_short_help = true)]
    wait: bool,
}

/// A command that reads, with its node open.
pub(super) struct ReadCommand {
    pub(super) target: Target,
    pub(super) progress: Progress,
    access: Access,
    peers: Vec<Multiaddr>,
    options: SessionOptions,
    offline: bool,
    /// Whether what comes outlives this process.
    keeps: bool,
}

/// The parsed arguments of a command that reads. Nothing was opened yet.
pub(super) struct ReadRequest {
    pub(super) target: Target,
    peers: Vec<Multiaddr>,
    routers: Vec<Endpoint>,
    strategies: StrategyArgs,
    options: SessionOptions,
}

impl ReadArgs {
    pub(super) fn parse(&self) -> Result<ReadRequest, CliError> {
        self.fetch.parse(Target::parse(&self.path)?)
    }
}

impl FetchArgs {
    /// Arguments of a command that reads `target` first.
    pub(super) fn parse(&self, target: Target) -> Result<ReadRequest, CliError> {
        Ok(ReadRequest {
            target,
            peers: self.peer.iter().map(|text| parse::address(text)).collect::<Result<_, _>>()?,
            routers: self.routers.parse()?,
            strategies: self.strategies.clone(),
            options: SessionOptions {
                ttl: self.ttl,
                ends_early: FetchPlan::SESSION.ends_early && !self.wait,
                timeout: Some(parse::duration(&self.timeout)?),
            },
        })
    }
}

impl ReadRequest {
    pub(super) async fn open(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<ReadCommand, CliError> {
        let mut access = Access::open(selector, &self.strategies, &self.routers).await?;
        access.hold().await?;
        Ok(ReadCommand {
            target: self.target,
            progress: Progress::new(output),
            access,
            peers: self.peers,
            options: self.options,
            offline: selector.offline,
            keeps: !selector.standalone,
        })
    }
}

impl ReadCommand {
    /// The node's store; what it lacks is missing until [`or_attach`](Self::or_attach).
    pub(super) fn reader(&self) -> BlockReader {
        BlockReader::new(self.store())
    }

    /// The node.
    pub(super) const fn access(&self) -> &Access {
        &self.access
    }

    /// The node's store.
    pub(super) fn store(&self) -> Arc<dyn BlockStore> {
        self.access.store()
    }

    /// What the path leads to.
    pub(super) async fn resolve(&mut self, reader: &mut BlockReader) -> Result<Cid, CliError> {
        let Target { root, path } = self.target.clone();
        loop {
            match resolve(reader, root, &path).await {
                Ok(cid) => return Ok(cid),
                Err(why) => self.or_attach(reader, why).await?,
            }
        }
    }

    /// If something could not be done because a block is not in the store, puts the network behind
    /// it: then it can be tried again. The network is left alone until then.
    ///
    /// # Errors
    /// It was something else, or the network is not to be used, or nobody can be reached.
    pub(super) async fn or_attach(
        &mut self,
        reader: &mut BlockReader,
        why: DagError,
    ) -> Result<(), CliError> {
        let DagError::Missing { cid } = why else { return Err(self.explained(why).await) };
        if self.offline || reader.is_attached() {
            return Err(CliError::not_here(&cid));
        }
        if self.peers.is_empty() && !self.access.knows_peers() {
            return Err(errors::nobody_to_ask(&cid));
        }
        if !self.peers.is_empty() {
            self.progress.announce(&match self.peers.len() {
                1 => "connecting to 1 peer".to_owned(),
                many => format!("connecting to {many} peers"),
            });
            let failures = Box::pin(self.access.connect(self.peers.clone())).await?;
            if failures.len() == self.peers.len() {
                return Err(CliError::nobody_reached(&failures));
            }
            for failure in failures {
                self.progress.say(&format!("cannot reach {}: {}", failure.address, failure.why));
            }
        }
        self.progress.announce(&format!("fetching {}", self.target));
        reader.attach(Box::pin(self.access.source(self.options, &self.peers)).await?);
        Ok(())
    }

    /// An error, and if a block did not come, why by what the node knows of it.
    async fn explained(&self, error: DagError) -> CliError {
        let missing = error.not_come();
        let is_nobody_left = matches!(&error, DagError::Want(why)
            if matches!(**why, WantError::Failed { why: Failure::NobodyLeft(_), .. }));
        let told = CliError::from(error);
        if is_nobody_left {
            let parts: Vec<_> =
                [told.why.clone()].into_iter().chain(self.access.router_errors()).collect();
            return told.because(parts.join("; "));
        }
        let why = match missing {
            Some(cid) => self.access.why_not_here(&cid).await,
            None => None,
        };
        why.map_or_else(|| told.clone(), |why| told.clone().because(why))
    }

    /// Leaves the node, whatever became of the work; what was fetched is kept. If the store cannot
    /// keep it, that is told, and the work is done all the same.
    ///
    /// # Errors
    /// The work's own, with how to go on if it was interrupted.
    pub(super) async fn close<T>(
        mut self,
        work: Result<T, CliError>,
        stop: &mut Stop,
    ) -> Result<T, CliError> {
        self.progress.end();
        let closed = stop.unless(self.access.close()).await;
        match (work, closed) {
            (Ok(done), Ok(())) => Ok(done),
            (Ok(_), Err(why)) if why.code == "interrupted" => Err(why),
            // What was read is right and complete, wherever it went.
            (Ok(done), Err(why)) => {
                let text = format!("not all that came is kept in the store: {}", why.why);
                self.progress.say(&text);
                Ok(done)
            }
            (Err(why), _) if why.code == "interrupted" => {
                Err(errors::fetch_interrupted(why, self.keeps))
            }
            (Err(why), _) => Err(why),
        }
    }
}
