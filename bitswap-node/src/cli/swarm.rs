//! `bitswap swarm`: the daemon connects to peers, and lets them go.

use bitswap_service::error::{CliError, Exit};
use clap::Subcommand;
use libp2p::{Multiaddr, PeerId};
use serde_json::json;

use super::live_values;
use super::output::Output;
use super::parse;
use super::peers;
use crate::access::NodeSelector;
use crate::cli::errors;

/// Connects the running daemon to peers, or disconnects them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap swarm connect /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo…
  bitswap swarm disconnect 12D3Koo…")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Connect to peers; once, so they are not dialled again when they leave
    Connect {
        #[arg(help = "/ip4/…/tcp/…/p2p/12D3Koo…, or /p2p/12D3Koo…", value_name = "ADDRESS")]
        #[arg(required = true)]
        addresses: Vec<String>,
    },
    /// Close the connections to peers; those of the configuration come back
    Disconnect {
        #[arg(help = "Who: 12D3Koo…", value_name = "PEER_ID", required = true)]
        #[arg(add = live_values::peers())]
        peers: Vec<String>,
    },
    /// Show who is connected, as `bitswap peers` does
    Peers(peers::Args),
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        match self.verb {
            Verb::Connect { addresses } => connect(&addresses, selector, output).await,
            Verb::Disconnect { peers } => disconnect(&peers, selector, output).await,
            Verb::Peers(args) => args.run(selector, output).await,
        }
    }
}

async fn connect(
    texts: &[String],
    selector: &NodeSelector,
    output: Output,
) -> Result<Exit, CliError> {
    let addresses: Vec<Multiaddr> =
        texts.iter().map(|text| parse::address(text)).collect::<Result<_, _>>()?;
    let failures = selector.daemon().await?.connect(&addresses, false).await?;
    for address in &addresses {
        if failures.iter().all(|failure| failure.address != *address) {
            let told = json!({"v": 1, "connected": address.to_string()});
            output.result(&told, &format!("connected to {address}"));
        }
    }
    if failures.is_empty() { Ok(Exit::Ok) } else { Err(CliError::nobody_reached(&failures)) }
}

async fn disconnect(
    texts: &[String],
    selector: &NodeSelector,
    output: Output,
) -> Result<Exit, CliError> {
    let is_unread = |text: &&String| text.parse::<PeerId>().is_err();
    if let Some(bad) = texts.iter().find(is_unread) {
        return Err(errors::bad_peer_id(bad));
    }
    let strangers = selector.daemon().await?.disconnect(texts).await?;
    for peer in texts.iter().filter(|peer| !strangers.contains(peer)) {
        output.result(&json!({"v": 1, "disconnected": peer}), &format!("disconnected {peer}"));
    }
    match strangers.first() {
        None => Ok(Exit::Ok),
        Some(peer) => Err(errors::not_connected(peer)),
    }
}
