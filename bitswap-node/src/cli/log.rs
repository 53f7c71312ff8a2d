//! Lines of the log, on stderr: which are written, and how they look.

use std::io::{self, IsTerminal as _};

use bitswap_service::config::{LogFormat, LogSettings};
use tracing_subscriber::EnvFilter;

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
        Some(told) if verbose == 0 => EnvFilter::new(directives(&told.filter.0)),
        Some(_) => EnvFilter::new(directives(level)),
        None => EnvFilter::builder()
            .with_env_var("BITSWAP_LOG")
            .try_from_env()
            .unwrap_or_else(|_| EnvFilter::new(directives(level))),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match told.map(|told| told.format) {
        Some(LogFormat::Json) => {
            lines.json().init();
            output::log_json();
        }
        Some(LogFormat::Text) | None => lines.init(),
    }
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
