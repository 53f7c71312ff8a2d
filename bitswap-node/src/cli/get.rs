//! `bitswap get`: a tree from peers that are named, verified, onto disk whole or not at all.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;
use libp2p::Multiaddr;
use serde_json::json;

use super::output::{self, Output};
use super::units::{rate, size};
use super::{parse, strategy};
use crate::dag::{Fetched, Saved, Walk, check_target, copy, fetch, save};
use crate::error::CliError;
use crate::exit::Exit;
use crate::node::{Node, NodeConfig};
use crate::stop::Stop;

/// Fetches a file or directory into memory and writes it when all of it is there and verified.
///
/// What exists already is not overwritten, unless it is a file and --force is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap get bafy… --peer /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo… -o photos
  bitswap get bafy… --peer /ip4/127.0.0.1/tcp/4001 -o - | tar x")]
pub(super) struct Args {
    #[arg(help = "What to fetch: bafy…, Qm…, ipfs://bafy… or /ipfs/bafy…")]
    cid: String,

    /// Where it is; can be given more than once
    #[arg(long, value_name = "MULTIADDR", required = true)]
    peer: Vec<String>,

    /// Name of the file or directory to write; - is stdout [default: the CID]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Overwrite a file (a directory never)
    #[arg(long)]
    force: bool,

    /// Who decides, as role=name; can be given more than once
    #[arg(long, value_name = "ROLE=NAME")]
    strategy: Vec<String>,

    /// Give up when nothing comes for this long
    #[arg(long, value_name = "TIME", default_value = "60s")]
    timeout: String,
}

/// What was understood of the arguments.
struct Order {
    cid: Cid,
    peers: Vec<Multiaddr>,
    /// `None` = stdout.
    target: Option<PathBuf>,
    force: bool,
    strategies: StrategyChoice,
    patience: Duration,
}

impl Args {
    pub(super) async fn run(self, output: Output, mut stop: Stop) -> Result<Exit, CliError> {
        let order = self.understand()?;
        stop.unless(order.run(output)).await?;
        Ok(Exit::Ok)
    }

    fn understand(self) -> Result<Order, CliError> {
        let cid = parse::cid(&self.cid)?;
        let target = self.output.unwrap_or_else(|| PathBuf::from(cid.to_string()));
        Ok(Order {
            cid,
            peers: self.peer.iter().map(|text| parse::address(text)).collect::<Result<_, _>>()?,
            target: (target != Path::new("-")).then_some(target),
            force: self.force,
            strategies: strategy::choose(&self.strategy)?,
            patience: parse::duration(&self.timeout)?,
        })
    }
}

impl Order {
    async fn run(self, output: Output) -> Result<(), CliError> {
        if let Some(target) = &self.target {
            check_target(target, self.force).await?;
        }
        let node = self.connected(output).await?;
        output.progress(&format!("fetching {}", self.cid));
        let started = Instant::now();
        let session = node.bitswap().session();
        let fetched = fetch(&session, self.cid, self.patience).await?;
        let seconds = started.elapsed().as_secs_f64();
        let saved = self.write(&node).await?;
        node.stop().await;
        self.tell(output, fetched, saved, seconds);
        Ok(())
    }

    async fn connected(&self, output: Output) -> Result<Node, CliError> {
        let strategies = self.strategies.build().map_err(|why| CliError::bad_strategy(&why))?;
        let node = Node::start(NodeConfig::new(strategies)).await?;
        let refusals = node.connect(self.peers.clone()).await;
        if refusals.len() == self.peers.len() {
            return Err(CliError::nobody_reached(&refusals));
        }
        for refusal in refusals {
            output.progress(&format!("cannot reach {}: {}", refusal.address, refusal.why));
        }
        Ok(node)
    }

    async fn write(&self, node: &Node) -> Result<Saved, CliError> {
        let mut walk = Walk::new(node.store(), self.cid);
        Ok(match &self.target {
            Some(target) => save(&mut walk, target, self.force).await?,
            None => copy(&mut walk, &mut output::stdout_for_content(), "standard output").await?,
        })
    }

    fn tell(&self, output: Output, fetched: Fetched, saved: Saved, seconds: f64) {
        let name = self.target.as_ref().map(|target| target.display().to_string());
        let text = format!(
            "saved {}  {}  {}  {} blocks",
            name.as_deref().unwrap_or("to standard output"),
            size(saved.bytes),
            rate(saved.bytes, seconds),
            fetched.blocks,
        );
        if self.target.is_none() {
            // Stdout is the file's.
            return output.progress(&text);
        }
        let result = json!({
            "v": 1, "cid": self.cid.to_string(), "path": name, "bytes": saved.bytes,
            "files": saved.files, "blocks": fetched.blocks, "seconds": seconds,
        });
        output.result(&result, &text);
    }
}
