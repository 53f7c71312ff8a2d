//! The program's verbs, one file each.

mod campaign;
mod replay;
mod toll;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Many real Bitswap engines in one process, on one clock and one seed.
#[derive(Debug, Parser)]
#[command(name = "bitswap-sim", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Runs small worlds that are drawn from seeds and broken on purpose.
    Campaign(campaign::Campaign),
    /// Runs one of them again.
    Replay(replay::Replay),
}

impl Cli {
    pub(crate) fn run(self) -> ExitCode {
        match self.verb {
            Verb::Campaign(campaign) => campaign.run(),
            Verb::Replay(replay) => replay.run(),
        }
    }
}
