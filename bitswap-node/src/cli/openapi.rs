//! `bitswap openapi`: the document of which `docs/openapi.json` is a copy.

use bitswap_service::error::Exit;

use super::output::Output;

/// Prints the description of the API, for programs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap openapi > docs/openapi.json")]
pub(super) struct Args {}

pub(super) fn run(output: Output) -> Exit {
    output.result(&bitswap_api::document(), &bitswap_api::document_text());
    Exit::Ok
}
