//! `bitswap car`: trees as files of blocks, out of the store and into it.

mod export;
mod import;

use std::path::Path;

use bitswap_service::error::{CliError, Exit};
use clap::Subcommand;
use tokio::io::AsyncRead;

use super::output::Output;
use crate::access::NodeSelector;
use crate::stop::Stop;

/// Exports trees as CAR files, and imports and verifies such files.
///
/// A CAR holds all blocks of a tree, so it can be carried and kept as a file; Kubo's `ipfs dag
/// export` and `ipfs dag import` write and read the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap car export bafy… -o photos.car
  bitswap car import photos.car
  bitswap car verify photos.car          changes nothing, and needs no node")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write all blocks of a tree to a file, from peers if they are not in the store
    Export(export::Args),
    /// Take the blocks of files into the store, each checked
    Import(import::Args),
    /// Check every block of a file; nothing is stored
    Verify(import::VerifyArgs),
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        stop: Stop,
    ) -> Result<Exit, CliError> {
        match self.verb {
            Verb::Export(args) => args.run(selector, output, stop).await,
            Verb::Import(args) => args.run(selector, output, stop).await,
            Verb::Verify(args) => args.run(output, stop).await,
        }
    }
}

/// What is at `path`, or on stdin for `-`, and how many bytes it has, if that is known.
async fn open(path: &Path) -> Result<(Box<dyn AsyncRead + Send + Unpin>, Option<u64>), CliError> {
    if path == Path::new("-") {
        return Ok((Box::new(tokio::io::stdin()), None));
    }
    let file = tokio::fs::File::open(path).await.map_err(|why| CliError::file(path, &why))?;
    let found = file.metadata().await.map_err(|why| CliError::file(path, &why))?;
    Ok((Box::new(file), found.is_file().then_some(found.len())))
}
