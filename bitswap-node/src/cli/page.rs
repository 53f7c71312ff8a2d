//! `bitswap page`: the link to the daemon's web page.

use bitswap_service::error::{CliError, Exit};
use bitswap_service::home::TokenKind;
use serde_json::json;

use super::output::Output;
use crate::access::NodeSelector;
use crate::cli::errors;

/// Prints a link that opens the running daemon's web page in a browser of this machine. The link
/// has the token for looking in it: whoever has it can look, too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap page
  xdg-open \"$(bitswap page)\"")]
pub(super) struct Args {}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        let version = selector.daemon().await?.version().await?;
        let url = version.url.ok_or_else(errors::no_page)?;
        let token = selector.home()?.token(TokenKind::Read)?;
        // What is behind `#` stays in the browser.
        let link = format!("{url}/#token={}", token.reveal());
        output.result(&json!({ "v": 1, "url": link }), &link);
        Ok(Exit::Ok)
    }
}
