//! `bitswap id`: who the node is.

use std::fs;
use std::path::PathBuf;

use bitswap_api::{Identity, identity};
use bitswap_service::error::{CliError, Exit};
use libp2p::identity::Keypair;

use super::output::Output;
use super::pages;
use crate::access::NodeSelector;
use crate::cli::errors;

/// Shows the node's peer id, what it speaks, and where it can be reached if it runs.
///
/// The identity is the data directory's, and is made if there is none. With --key, it is that of a
/// private key in libp2p's protobuf form, as `ipfs key export` writes it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap id
  bitswap id --key identity.key")]
pub(super) struct Args {
    /// Whose peer id to show [default: the node's]
    #[arg(long, value_name = "FILE", conflicts_with = "standalone")]
    key: Option<PathBuf>,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        let shown = self.look(selector).await?;
        let column = |lines: &[String]| lines.join("\n           ");
        let mut text = format!(
            "peer id    {}\nversion    {}\nprotocols  {}",
            shown.peer_id,
            shown.agent,
            column(&shown.protocols),
        );
        if !shown.addresses.is_empty() {
            text = format!("{text}\nlistening  {}", column(&shown.addresses));
        }
        if let Some(reachability) = &shown.reachability {
            text = format!("{text}\nreached    {}", in_words(reachability));
        }
        output.essential(&pages::object(&shown), &text, &shown.peer_id);
        Ok(Exit::Ok)
    }

    async fn look(self, selector: &NodeSelector) -> Result<Identity, CliError> {
        if let Some(client) = selector.running().await?.filter(|_| self.key.is_none()) {
            return client.id().await;
        }
        let keys = match self.key {
            Some(path) => {
                let bytes = fs::read(&path).map_err(|why| CliError::file(&path, &why))?;
                Keypair::from_protobuf_encoding(&bytes)
                    .map_err(|why| errors::bad_key(&path, &why))?
            }
            None if selector.standalone => Keypair::generate_ed25519(),
            None => selector.home()?.identity()?,
        };
        Ok(identity(&keys.public().to_peer_id(), &[], None))
    }
}

/// Whether others can connect, for people.
fn in_words(reachability: &str) -> &str {
    match reachability {
        "public" => "directly, by everybody",
        "private" => "not directly: over relays, if addresses above have p2p-circuit in them",
        _ => "unknown: nobody tried yet",
    }
}
