//! `bitswap openapi`: the document of which `docs/openapi.json` is a copy.

use super::output::Output;
use crate::api;
use crate::exit::Exit;

/// Prints the description of the API, for programs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap openapi > docs/openapi.json")]
pub(super) struct Args {}

pub(super) fn run(output: Output) -> Exit {
    output.result(&api::document(), &api::document_text());
    Exit::Ok
}
