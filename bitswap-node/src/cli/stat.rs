//! `bitswap stat`: how the daemon is doing.

use bitswap_api::{
    Counts, MeanForm, Memory, RouterForm, Stat, StrategyPart, StrategyUse, wants_in_words,
};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::plural;
use bitswap_service::units::{age, size};

use super::output::Output;
use super::pages;
use crate::access::NodeSelector;
use crate::table::{printable, table};

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
    let counted =
        |Counts { blocks, bytes }| format!("{}, {}", plural::counted(blocks, "block"), size(bytes));
    let rows = [
        ("up", age(stat.uptime_seconds)),
        ("peers", stat.peers.to_string()),
        ("received", counted(stat.received)),
        ("duplicate", counted(stat.duplicate)),
        ("unasked", counted(stat.unasked)),
        ("sent", counted(stat.sent)),
        ("queued", counted(stat.queued)),
        ("sessions", stat.sessions.to_string()),
        ("wants", wants_in_words(stat)),
        ("peers' wants", stat.requests.to_string()),
        ("messages", format!("{} in, {} out", stat.messages_in, stat.messages_out)),
        ("message faults", stat.message_faults.to_string()),
        ("bootstrap", format!("{} of {} reached", stat.bootstrap_reached, stat.bootstrap_peers)),
        ("generation", format!("{} of the strategies", stat.generation)),
    ];
    let rows: Vec<_> = rows.map(|(name, value)| format!("  {name:<14}  {value}")).into();
    let strategies = stat.strategies.iter().map(|one| {
        let since = if one.in_use { one.generation.to_string() } else { "replaced".to_owned() };
        [one.role.clone(), one.strategy.clone(), since, one.decisions.to_string()]
    });
    let parts: Vec<_> =
        stat.strategies.iter().filter(|one| !one.parts.is_empty()).map(parts).collect();
    let head = ["role", "strategy", "since generation", "decisions"];
    let strategies = table(head, strategies.collect());
    let memory = memory(&stat.memory);
    let head = ["router", "look-ups", "found first", "failed", "last error"];
    let routers = table(head, stat.routers.iter().map(router).collect());
    let rows = rows.join("\n");
    format!("{rows}\n\n{memory}\n\n{routers}\n\n{strategies}{}", parts.concat())
}

/// What became of look-ups.
fn router(it: &RouterForm) -> [String; 5] {
    let counts = [it.lookups, it.providers, it.failures + it.timeouts];
    let [lookups, found, failed] = counts.map(|count| count.to_string());
    let error = it.last_error.as_deref().map(printable).unwrap_or_default();
    [it.router.clone(), lookups, found, failed, error]
}

/// Who holds memory, and what bounds it.
fn memory(memory: &Memory) -> String {
    let owners = [
        ("store: index, blocks in memory", memory.store_bytes, "60 B a block; 64 MiB"),
        ("blocks being sent", memory.sending_bytes, "limits.in_flight"),
        ("blocks held for relaying", memory.relayed_bytes, "relay.ephemeral_bytes"),
        ("blocks that nobody took yet", memory.untaken_bytes, "64 MiB a fetch"),
        ("messages of which a part has come", memory.unfinished_bytes, "256 MiB"),
    ];
    let known: u64 = owners.iter().map(|(_, bytes, _)| bytes).sum();
    let mut rows: Vec<_> = owners
        .map(|(owner, bytes, bound)| [owner.to_owned(), size(bytes), bound.to_owned()])
        .into();
    if let Some((resident, peak)) = memory.resident_bytes.zip(memory.peak_bytes) {
        let rest = size(resident.saturating_sub(known));
        let rest_bound = "limits.wants, limits.windows".to_owned();
        rows.push(["program, peers, their wants, windows".to_owned(), rest, rest_bound]);
        let peak = format!("peak {}", size(peak));
        rows.push(["all of the process".to_owned(), size(resident), peak]);
    }
    table(["memory", "bytes", "at most"], rows)
}

/// What a strategy tells of those in it.
fn parts(strategy: &StrategyUse) -> String {
    let parts: Vec<_> = strategy.parts.iter().map(part).collect();
    format!("\n\n  {}={}\n{}", strategy.role, strategy.strategy, parts.join("\n"))
}

fn part(part: &StrategyPart) -> String {
    let mut lines = vec![format!("    {}  {}", part.part, part.strategy)];
    let counts: Vec<_> =
        part.counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    if !counts.is_empty() {
        lines.push(format!("      {}", counts.join(", ")));
    }
    lines.extend(part.means.iter().map(|(name, form)| format!("      {}", mean(name, form))));
    lines.extend(part.examples.iter().map(|example| format!("      {example}")));
    lines.join("\n")
}

fn mean(name: &str, form: &MeanForm) -> String {
    let Some(value) = form.mean else { return format!("{name}: no samples") };
    let width = form.half_width.map(|width| format!(" ± {width:.0}")).unwrap_or_default();
    let differs = match form.differs_from_a {
        Some(true) => ": differs from a",
        Some(false) => ": may be the same as a",
        None => "",
    };
    format!("{name}: {value:.0}{width} ({} samples){differs}", form.samples)
}
