//! The command line: what can be said, and which function does it.

mod add;
mod demo;
mod get;
mod id;
mod output;
mod parse;
mod progress;
pub(crate) mod strategy;
pub(crate) mod table;
pub(crate) mod units;

#[cfg(test)]
mod tests;

use clap::error::ErrorKind;
use clap::{ArgAction, Parser, Subcommand};
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

use self::output::Output;
use crate::access::Reach;
use crate::error::CliError;
use crate::exit::Exit;
use crate::stop::Stop;

/// Parses the command line, does what it says, and tells how it went.
pub(crate) fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refused) => return explain(&refused),
    };
    let output = Output::new(cli.json, cli.quiet);
    cli.run(output).unwrap_or_else(|error| output.error(&error))
}

/// Blocks of IPFS data, fetched and served over Bitswap by strategies that can be replaced.
#[derive(Debug, Parser)]
#[command(name = "bitswap", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,

    #[command(flatten)]
    reach: Reach,

    /// Print results as JSON, on one line
    #[arg(long, global = true)]
    json: bool,

    /// Say nothing of what is going on
    #[arg(long, short, global = true)]
    quiet: bool,

    #[arg(long, short, global = true, action = ArgAction::Count, help = VERBOSE)]
    verbose: u8,
}

const VERBOSE: &str = "Log more; up to three times (BITSWAP_LOG fine-tunes)";

const EXAMPLES: &str = "\
Examples:
  bitswap demo                      send this program to itself, and look at what decided
  bitswap demo photos --servers 3   three nodes share the work
  bitswap strategy list             who could decide instead

Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 5 bad data, 6 refused, 130 and 143 by signal";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Take files and directories into the store
    Add(add::Args),
    /// Fetch a file or directory from nodes of this machine, and show who decided what
    Demo(demo::Args),
    /// Fetch a file or directory from peers that have it
    Get(get::Args),
    /// Show a peer id, and what this program speaks
    Id(id::Args),
    /// Show the strategies that can be chosen
    Strategy(strategy::Args),
}

impl Cli {
    fn run(self, output: Output) -> Result<Exit, CliError> {
        log(self.verbose);
        let runtime = Runtime::new().map_err(|why| CliError::internal(&why))?;
        runtime.block_on(async {
            let stop = Stop::listen().map_err(|why| CliError::internal(&why))?;
            match self.verb {
                Verb::Add(args) => args.run(&self.reach, output, stop).await,
                Verb::Demo(args) => args.run(output, stop).await,
                Verb::Get(args) => args.run(output, stop).await,
                Verb::Id(args) => args.run(output),
                Verb::Strategy(args) => args.run(output),
            }
        })
    }
}

/// Log lines go to stderr, and there are none unless something is wrong.
fn log(verbose: u8) {
    let level = match verbose {
        0 => "error",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::builder()
        .with_env_var("BITSWAP_LOG")
        .try_from_env()
        .unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Help and version go to stdout. What cannot be understood is told as every other error is.
fn explain(refused: &clap::Error) -> Exit {
    let text = refused.render().to_string();
    if matches!(refused.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        Output::new(false, false).result(&(), &text);
        return Exit::Ok;
    }
    let json = std::env::args_os().any(|arg| arg == "--json");
    Output::new(json, false).misunderstood(&text)
}
