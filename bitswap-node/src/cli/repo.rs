//! `bitswap repo`: what Kubo has below that name, for hands that know it.

use bitswap_service::error::{CliError, Exit};
use clap::Subcommand;

use super::gc;
use super::output::Output;
use crate::access::NodeSelector;
use crate::stop::Stop;

/// What Kubo has below `ipfs repo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Free the blocks that no pin keeps, as `bitswap gc` does
    Gc(gc::Args),
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        stop: Stop,
    ) -> Result<Exit, CliError> {
        let Verb::Gc(args) = self.verb;
        args.run(selector, output, stop).await
    }
}
