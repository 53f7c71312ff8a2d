//! `bitswap peers`: who is connected.

use bitswap_api::PeerRow;
use bitswap_service::error::{CliError, Exit};
use bitswap_service::units::size;

use super::output::Output;
use super::pages;
use crate::access::NodeSelector;
use crate::table::table;

/// Shows the peers of the running daemon, and what is between us and each of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap peers
  bitswap peers --json | jq .agent")]
pub(super) struct Args {}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        let client = selector.daemon().await?;
        let peers = pages::all(async |page| client.peers(&page).await).await?;
        if peers.is_empty() {
            output.list(&[], "no peer is connected");
            return Ok(Exit::Ok);
        }
        let head =
            ["peer", "agent", "protocol", "path", "rtt", "sent", "received", "queued", "wants"];
        let text = table(head, peers.iter().map(row).collect());
        output.list(&pages::lines(&peers), &text);
        Ok(Exit::Ok)
    }
}

fn row(peer: &PeerRow) -> [String; 9] {
    let unknown = || "-".to_owned();
    [
        peer.peer_id.clone(),
        peer.agent.clone().unwrap_or_else(unknown),
        peer.protocol.clone().unwrap_or_else(unknown),
        if peer.relayed { "relay" } else { "direct" }.to_owned(),
        peer.round_trip_seconds.map_or_else(unknown, |time| format!("{:.1} ms", time * 1_000.0)),
        size(peer.sent_bytes),
        size(peer.received_bytes),
        size(peer.queued_bytes),
        peer.wants.to_string(),
    ]
}
