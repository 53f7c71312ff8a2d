//! `bitswap metrics`: the page of which `docs/metrics.md` is a copy.

use serde_json::json;

use super::output::Output;
use crate::exit::Exit;
use crate::metrics::page;

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
