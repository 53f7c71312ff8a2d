//! A report as people read it.

use std::fmt::Write as _;

use super::report::{Decider, Ledger, Report};
use crate::cli::table::table;
use crate::cli::units::{rate, size};

/// All of it.
pub(super) fn of(report: &Report) -> String {
    let mut text = String::new();
    for line in summary(report) {
        line_to(&mut text, &line);
    }
    line_to(&mut text, "\nledgers: what each node says of the other");
    let rows = report.ledgers.iter().map(ledger).collect();
    line_to(&mut text, &table(["node", "of", "sent", "received", "duplicate"], rows));
    line_to(&mut text, "\ndecisions: how often each strategy was asked, and what it decided");
    let rows = report.strategies.iter().map(decider).collect();
    line_to(&mut text, &table(["node", "role", "strategy", "asked", "decided, by reason"], rows));
    line_to(&mut text, "\nmetrics: one address for each node, as Prometheus has it");
    for host in std::iter::once(&report.fetcher).chain(report.servers.iter().map(|s| &s.host)) {
        let url = host.metrics_url.as_deref().unwrap_or("none");
        line_to(&mut text, &format!("  {:<10}{url}", host.node));
    }
    text
}

/// How others can fetch it.
pub(super) fn invitation(report: &Report) -> String {
    let mut text = "\nserving until Ctrl-C".to_owned();
    let _ = write!(text, "\n  root      {}", report.root);
    for host in std::iter::once(&report.fetcher).chain(report.servers.iter().map(|s| &s.host)) {
        for address in &host.addresses {
            let _ = write!(text, "\n  {:<10}{address}", host.node);
        }
    }
    if let Some(address) = report.servers.first().and_then(|server| server.host.addresses.first()) {
        let _ = write!(text, "\n  bitswap get {} --peer {address} -o copy", report.root);
    }
    text
}

fn summary(report: &Report) -> [String; 5] {
    let servers = match report.servers.len() {
        1 => "1 server".to_owned(),
        many => format!("{many} servers"),
    };
    let files = if report.kind == "file" { String::new() } else { format!(" in {} files", report.files) };
    [
        format!("source      {} ({}, {}{files})", report.source.display(), report.kind, size(report.bytes)),
        format!("root        {}", report.root),
        format!(
            "fetched     {} blocks from {servers} in {:.3} s, {}",
            report.blocks, report.seconds, rate(report.bytes, report.seconds),
        ),
        format!("identical   yes, byte for byte"),
        format!(
            "duplicates  {} blocks, {}: {:.1} % of the useful bytes",
            report.duplicate_blocks, size(report.duplicate_bytes), 100.0 * report.duplicate_ratio,
        ),
    ]
}

fn ledger(ledger: &Ledger) -> [String; 5] {
    let blocks = |blocks: u64, bytes: u64| match blocks {
        0 => "nothing".to_owned(),
        1 => format!("1 block, {}", size(bytes)),
        _ => format!("{blocks} blocks, {}", size(bytes)),
    };
    [
        ledger.node.clone(),
        ledger.of.clone(),
        blocks(ledger.blocks_sent_to, ledger.sent_to),
        blocks(ledger.blocks_received_from, ledger.received_from),
        size(ledger.duplicate_received_from),
    ]
}

fn decider(decider: &Decider) -> [String; 5] {
    let asked = match decider.asked {
        0 => "not asked (0)".to_owned(),
        asked => asked.to_string(),
    };
    let decided = |(reason, count): (&&str, &u64)| format!("{count} {reason}");
    let mut decisions: Vec<_> = decider.decisions.iter().collect();
    decisions.sort_by(|left, right| right.1.cmp(left.1));
    let decisions: Vec<_> = decisions.into_iter().map(decided).collect();
    [
        decider.node.clone(),
        decider.role.to_owned(),
        decider.strategy.clone(),
        asked,
        decisions.join(", "),
    ]
}

fn line_to(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
