//! `bitswap metrics`: the page of which `docs/metrics.md` is a copy.

use bitswap_service::error::Exit;
use bitswap_service::metrics::page;
use serde_json::json;

use super::output::Output;

/// Prints the reference page of the metrics, in Markdown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap metrics > docs/metrics.md")]
pub(super) struct Args {}

pub(super) fn run(output: Output) -> Exit {
    let page = page();
    output.result(&json!({ "v": 1, "markdown": page }), &page);
    Exit::Ok
}
