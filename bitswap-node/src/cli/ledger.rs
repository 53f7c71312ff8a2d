//! `bitswap ledger`: what passed between us and peers.

use bitswap_api::LedgerRow;
use bitswap_service::error::{CliError, Exit};
use bitswap_service::units::size;

use super::live_values;
use super::output::Output;
use super::pages;
use crate::access::NodeSelector;
use crate::table::table;

/// Shows what passed between the running daemon and its peers, or one that was here before.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap ledger
  bitswap ledger 12D3Koo…")]
pub(super) struct Args {
    /// Only this peer; it need not be connected
    #[arg(value_name = "PEER_ID", add = live_values::peers())]
    peer: Option<String>,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        let client = selector.daemon().await?;
        let rows = match self.peer {
            Some(peer) => vec![client.account(&peer).await?],
            None => pages::all(async |page| client.ledger(&page).await).await?,
        };
        if rows.is_empty() {
            output.list(&[], "no peer is connected");
            return Ok(Exit::Ok);
        }
        let policy = client.stat().await?.strategies.into_iter().rev();
        let policy =
            policy.filter(|strategy_use| strategy_use.role == "ledger_policy").map(|p| p.strategy);
        let head = ["peer", "sent", "received", "debt to us", "duplicate", "unasked", "refused"];
        let mut text = table(head, rows.iter().map(row).collect());
        for policy in policy.take(1) {
            text = format!("{text}\n\n  what a debt is worth is decided by {policy}");
        }
        output.list(&pages::lines(&rows), &text);
        Ok(Exit::Ok)
    }
}

fn row(row: &LedgerRow) -> [String; 7] {
    let debt = match row.debt_we_owe_bytes {
        0 => size(row.debt_owed_to_us_bytes),
        owed => format!("-{}", size(owed)),
    };
    [
        row.peer_id.clone(),
        size(row.sent_bytes),
        size(row.received_bytes),
        debt,
        size(row.duplicate_bytes),
        size(row.unasked_bytes),
        row.refusals.to_string(),
    ]
}
