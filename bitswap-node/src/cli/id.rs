//! `bitswap id`: who a node is.

use std::fs;
use std::path::PathBuf;

use bitswap_core::wire::Dialect;
use libp2p::identity::Keypair;
use serde_json::json;

use super::output::Output;
use crate::error::CliError;
use crate::exit::Exit;

/// Shows a peer id, the program's version and the protocols it speaks.
///
/// Nodes of this program make themselves a new identity each time. With --key, the identity of a
/// private key in libp2p's protobuf form is shown, as `ipfs key export` writes it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Whose peer id to show [default: a new one, never used again]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(&self, output: Output) -> Result<Exit, CliError> {
        let peer_id = self.keys()?.public().to_peer_id().to_string();
        let version = env!("CARGO_PKG_VERSION");
        let protocols = Dialect::NEWEST_FIRST.map(Dialect::protocol_id);
        let text = format!(
            "peer id    {peer_id}\nversion    bitswap/{version}\nprotocols  {}",
            protocols.join("\n           ")
        );
        let result = json!({
            "v": 1, "peer_id": peer_id, "fresh": self.key.is_none(),
            "version": version, "protocols": protocols,
        });
        output.result(&result, &text);
        Ok(Exit::Ok)
    }

    fn keys(&self) -> Result<Keypair, CliError> {
        let Some(path) = &self.key else { return Ok(Keypair::generate_ed25519()) };
        let bytes = fs::read(path).map_err(|why| CliError::file(path, &why))?;
        Keypair::from_protobuf_encoding(&bytes).map_err(|why| CliError::bad_key(path, &why))
    }
}
