//! `bitswap stat`: how the daemon is doing.

use super::output::Output;
use super::pages;
use super::table::table;
use super::units::{age, size};
use crate::access::NodeSelector;
use crate::api::{Counts, Stat};
use crate::error::CliError;
use crate::exit::Exit;

/// Shows what the running daemon counted since its start, and how much there is now.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap stat
  bitswap stat --json | jq .received.bytes")]
pub(super) struct Args {}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        let stat = selector.daemon().await?.stat().await?;
        output.result(&pages::object(&stat), &text(&stat));
        Ok(Exit::Ok)
    }
}

fn text(stat: &Stat) -> String {
    let counted = |counts: Counts| format!("{} blocks, {}", counts.blocks, size(counts.bytes));
    let rows = [
        ("up", age(stat.uptime_seconds)),
        ("peers", stat.peers.to_string()),
        ("received", counted(stat.received)),
        ("duplicate", counted(stat.duplicate)),
        ("unasked", counted(stat.unasked)),
        ("sent", counted(stat.sent)),
        ("queued", counted(stat.queued)),
        ("sessions", stat.sessions.to_string()),
        ("wants", format!("{}, {} of them searched for", stat.wants, stat.searches)),
        ("peers' wants", stat.requests.to_string()),
        ("messages", format!("{} in, {} out", stat.messages_in, stat.messages_out)),
        ("message faults", stat.message_faults.to_string()),
    ];
    let rows: Vec<_> = rows.map(|(name, value)| format!("  {name:<14}  {value}")).into();
    let strategy_use = stat.strategies.iter();
    let strategy_use = strategy_use.map(|strategy_use| {
        [
            strategy_use.role.clone(),
            strategy_use.strategy.clone(),
            strategy_use.decisions.to_string(),
        ]
    });
    format!(
        "{}\n\n{}",
        rows.join("\n"),
        table(["role", "strategy", "decisions"], strategy_use.collect())
    )
}
