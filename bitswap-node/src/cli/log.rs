//! Lines of the log, on stderr: which are written, and how they look.

use std::env;
use std::io::{self, IsTerminal as _};

use bitswap_service::config::{LogFormat, LogSettings};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use super::output;

/// The crates of libp2p and below it, by what their targets begin with. They have a line for each
/// connection that fails and each record that is not kept: strangers could fill a disk.
const NETWORK: [&str; 8] =
    ["hickory", "igd", "libp2p", "multistream_select", "netlink", "quinn", "rustls", "yamux"];

/// Writes lines from now on. Verbs have none unless something is wrong; a daemon says what its
/// configuration tells it to.
pub(super) fn start(verbose: u8, told: Option<&LogSettings>) {
    let level = match verbose {
        0 => "error",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = match told {
        Some(told) if verbose == 0 => parse(&directives(&told.filter.0)),
        Some(_) => None,
        None => env::var("BITSWAP_LOG").ok().and_then(|filter| parse(&filter)),
    };
    let filter = filter.or_else(|| parse(&directives(level))).unwrap_or_default();
    let lines = fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
    let is_json = told.is_some_and(|told| told.format == LogFormat::Json);
    let lines = if is_json { lines.json().boxed() } else { lines.boxed() };
    registry().with(lines.with_filter(filter)).init();
    if is_json {
        output::log_json();
    }
}

fn parse(filter: &str) -> Option<Targets> {
    filter.parse().ok()
}

/// The filter, with the network's own lines only from `debug` on, or where it names them itself.
fn directives(filter: &str) -> String {
    let is_detailed = |one: &str| ["debug", "trace"].contains(&one.trim().to_lowercase().as_str());
    if filter.split(',').any(is_detailed) {
        return filter.to_owned();
    }
    let quiet = NETWORK.map(|target| format!("{target}=error"));
    format!("{},{filter}", quiet.join(","))
}

#[cfg(test)]
mod tests;
