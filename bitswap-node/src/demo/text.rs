//! A report as people read it.

use std::iter;

use bitswap_service::plural::counted;
use bitswap_service::units::{rate, size};

use super::report::{Decider, Host, Ledger, Report, Scripted};
use crate::table::table;

/// All of it.
pub(super) fn of(report: &Report) -> String {
    let ledgers = report.ledgers.iter().map(ledger).collect();
    let decisions = report.strategies.iter().map(decisions).collect();
    let mut lines = summary(report);
    lines.extend([
        String::new(),
        "ledgers: what each node says of the other".to_owned(),
        table(["node", "of", "sent", "received", "duplicate"], ledgers),
        String::new(),
        "decisions: how often each strategy was asked, and what it decided".to_owned(),
        table(["node", "role", "strategy", "asked", "decided, by reason"], decisions),
        String::new(),
    ]);
    if !report.scripts.is_empty() {
        let rows = report.scripts.iter().map(script).collect();
        lines.extend([
            "scripts: what each was asked, and how often the native strategy had to answer"
                .to_owned(),
            table(["node", "script", "calls", "operations each", "failed", "native", ""], rows),
            String::new(),
        ]);
    }
    lines
        .extend(["metrics: an address for each node, up as long as the node (--serve)".to_owned()]);
    let url = |host: &Host| host.metrics_url.clone().unwrap_or_else(|| "none".to_owned());
    lines.extend(hosts(report).map(|host| named(host, &url(host))));
    lines.join("\n")
}

/// How others can fetch it.
pub(super) fn invitation(report: &Report) -> String {
    let mut lines =
        vec!["serving until Ctrl-C".to_owned(), format!("  {:<10}{}", "root", report.root)];
    for host in hosts(report) {
        lines.extend(host.addresses.iter().map(|address| named(host, address)));
    }
    if let Some(address) = report.servers.iter().flat_map(|server| &server.host.addresses).next() {
        lines.push(format!("  bitswap get {} --peer {address} -o copy", report.root));
    }
    lines.join("\n")
}

fn summary(report: &Report) -> Vec<String> {
    let Report { source, kind, bytes, blocks, seconds, .. } = report;
    let files = if *kind == "file" {
        String::new()
    } else {
        format!(", {}", counted(report.files, "file"))
    };
    let mut lines = vec![
        format!("source      {} ({kind}, {}{files})", source.display(), size(*bytes)),
        format!("root        {}", report.root),
        format!(
            "fetched     {} from {} in {seconds:.3} s, {}",
            counted(*blocks, "block"),
            delivered(report),
            rate(*bytes, *seconds),
        ),
        "identical   yes, byte for byte".to_owned(),
        format!(
            "duplicates  {}, {}: {:.1} % of the useful bytes",
            counted(report.duplicate_blocks, "block"),
            size(report.duplicate_bytes),
            100.0 * report.duplicate_ratio,
        ),
    ];
    if deliverers(report) < report.servers.len() {
        let why = "who answers first is asked for all of so few; send more to see it spread";
        lines.insert(3, format!("            {why}"));
    }
    lines
}

/// The servers that sent what was needed.
fn deliverers(report: &Report) -> usize {
    report.servers.iter().filter(|server| server.blocks > 0).count()
}

fn delivered(report: &Report) -> String {
    let (some, all) = (deliverers(report), report.servers.len());
    let all = counted(all as u64, "server");
    if some < report.servers.len() { format!("{some} of {all}") } else { all }
}

fn ledger(ledger: &Ledger) -> [String; 5] {
    let passed = |blocks: u64, bytes: u64| match blocks {
        0 => "nothing".to_owned(),
        _ => format!("{}, {}", counted(blocks, "block"), size(bytes)),
    };
    [
        ledger.node.clone(),
        ledger.of.clone(),
        passed(ledger.blocks_sent_to, ledger.sent_to),
        passed(ledger.blocks_received_from, ledger.received_from),
        size(ledger.duplicate_received_from),
    ]
}

fn decisions(decider: &Decider) -> [String; 5] {
    let asked = match decider.asked {
        0 => "not asked (0)".to_owned(),
        asked => asked.to_string(),
    };
    let mut reasons: Vec<_> = decider.decisions.iter().collect();
    reasons.sort_by(|left, right| right.1.cmp(left.1));
    let reasons: Vec<_> =
        reasons.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    [
        decider.node.clone(),
        decider.role.to_owned(),
        decider.strategy.clone(),
        asked,
        reasons.join(", "),
    ]
}

fn script(scripted: &Scripted) -> [String; 7] {
    let Scripted { node, counted } = scripted;
    let each = counted.operations.checked_div(counted.calls).unwrap_or(0);
    let failed = counted.failures.values().sum::<u64>();
    let fault = match (&counted.first_failure, counted.breaker_open) {
        (None, _) => String::new(),
        (Some(first), false) => first.clone(),
        (Some(first), true) => format!("not asked any more; {first}"),
    };
    [
        node.clone(),
        counted.script.clone(),
        counted.calls.to_string(),
        format!("{each}, at most {}", counted.most_operations),
        failed.to_string(),
        counted.fallbacks.to_string(),
        fault,
    ]
}

/// The fetcher, then the servers.
fn hosts(report: &Report) -> impl Iterator<Item = &Host> {
    iter::once(&report.fetcher).chain(report.servers.iter().map(|server| &server.host))
}

fn named(host: &Host, what: &str) -> String {
    format!("  {:<10}{what}", host.node)
}
