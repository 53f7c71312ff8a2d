//! The command line: what can be said, and which function does it.

mod add;
mod block;
mod car;
mod cat;
mod check;
mod completions;
mod config;
mod daemon;
mod demo;
pub(crate) mod errors;
mod explain;
mod gc;
mod get;
mod id;
mod init;
mod ledger;
mod live_values;
mod log;
mod ls;
mod man;
mod metrics;
mod openapi;
pub(crate) mod output;
mod page;
mod pages;
mod parse;
mod peers;
mod pin;
mod progress;
mod read_command;
mod record;
mod repo;
mod routing;
mod serve;
mod stat;
mod store;
pub(crate) mod strategy;
mod swarm;
mod target;
#[cfg(feature = "top")]
pub(crate) mod top;
mod wantlist;

#[cfg(test)]
mod tests;

use std::io;

use bitswap_service::config::{Config, Threads};
use bitswap_service::error::{CliError, Exit};
use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory as _, Parser, Subcommand};
use tokio::runtime::Runtime;

use self::output::Output;
use crate::access::NodeSelector;
use crate::stop::Stop;

/// Parses the command line, does what it says, and tells how it went.
pub(crate) fn main() -> Exit {
    completions::answer_shell(Cli::command);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refused) => return refuse(&refused),
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
    selector: NodeSelector,

    /// Print results as JSON, on one line
    #[arg(long, global = true)]
    json: bool,

    /// Do not show progress
    #[arg(long, short, global = true)]
    quiet: bool,

    #[arg(long, short, global = true, hide_short_help = true)]
    #[arg(action = ArgAction::Count, help = VERBOSE)]
    verbose: u8,
}

const VERBOSE: &str = "Log more; up to three times (BITSWAP_LOG fine-tunes)";

const EXAMPLES: &str = "\
Examples:
  bitswap add photos                take a directory into the store, and print its CID
  bitswap get bafy… --peer /ip4/…   fetch it from a peer that has it
  bitswap demo                      send this program to itself, and look at what decided

Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 no node, 5 bad data,
6 refused, 130 and 143 by signal";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Take files and directories into the store
    Add(add::Args),
    /// Fetch a file or directory onto disk
    Get(get::Args),
    /// Write a file to stdout
    Cat(cat::Args),
    /// List what is in a directory
    Ls(ls::Args),
    /// Run a node that stays
    Daemon(daemon::Args),
    /// Serve a file or directory until Ctrl-C, and print how to fetch it
    Serve(serve::Args),
    /// Get, put, list and remove single blocks
    Block(block::Args),
    /// Export, import and verify trees as CAR files
    Car(car::Args),
    /// Keep trees in the store whatever is freed, and show which
    Pin(pin::Args),
    /// Free the blocks that no pin keeps
    Gc(gc::Args),
    /// What Kubo has below `ipfs repo`
    #[command(hide = true)]
    Repo(repo::Args),
    /// Show who the node is, and where it can be reached
    Id(id::Args),
    /// Show who is connected to the daemon
    Peers(peers::Args),
    /// Connect the daemon to peers, or disconnect them
    Swarm(swarm::Args),
    /// Show what the daemon wants, or what a peer wants of it
    Wantlist(wantlist::Args),
    /// Show why a want is not here yet, or what is going on with a peer
    Explain(explain::Args),
    /// Check whether a block can be had, and if not, why
    Check(check::Args),
    /// Ask content routers who has a block, or tell them
    Routing(routing::Args),
    /// Show what passed between the daemon and its peers
    Ledger(ledger::Args),
    /// Show how the daemon is doing
    Stat(stat::Args),
    /// Watch what the daemon does, in a terminal
    #[cfg(feature = "top")]
    Top(top::Args),
    /// Print a link to the daemon's web page
    Page(page::Args),
    /// Look after the store while no daemon runs
    Store(store::Args),
    /// Make the node's directory, identity and bitswap.toml
    Init(init::Args),
    /// Show the strategies that can be chosen
    Strategy(strategy::Args),
    /// Show, check and change what the node is told
    Config(config::Args),
    /// Fetch a file or directory from nodes of this machine, and show who decided what
    Demo(demo::Args),
    /// Print a script that makes a shell complete words
    Completions(completions::Args),
    /// Print the manual
    Man(man::Args),
    /// Print the reference page of the metrics, in Markdown
    #[command(hide = true)]
    Metrics(metrics::Args),
    /// Print the description of the API, for programs
    #[command(hide = true)]
    Openapi(openapi::Args),
}

impl Cli {
    fn run(self, output: Output) -> Result<Exit, CliError> {
        // What a daemon is told counts before it runs, too.
        let loaded = if let Verb::Daemon(args) = &self.verb {
            let loaded = args.load_config(&self.selector).inspect_err(|_| {
                // What is wrong is told as lines of the log are to look, if that is known.
                let format = args.log_settings(&self.selector);
                log::start(self.verbose, format.as_ref());
            });
            Some(loaded?)
        } else {
            None
        };
        let config = loaded.as_ref().map(|loaded| &loaded.config);
        log::start(self.verbose, config.map(|config| &config.log));
        let runtime = runtime(config).map_err(|why| CliError::internal(&why))?;
        runtime.block_on(async {
            let stop = Stop::listen().map_err(|why| CliError::internal(&why))?;
            let selector = &self.selector;
            match self.verb {
                Verb::Add(args) => args.run(selector, output, stop).await,
                Verb::Get(args) => args.run(selector, output, stop).await,
                Verb::Cat(args) => args.run(selector, output, stop).await,
                Verb::Ls(args) => args.run(selector, output, stop).await,
                Verb::Daemon(args) => {
                    let loaded = loaded.map_or_else(|| args.load_config(selector), Ok)?;
                    Box::pin(args.run(loaded, selector, output, stop)).await
                }
                Verb::Serve(args) => Box::pin(args.run(selector, output, stop)).await,
                Verb::Block(args) => Box::pin(args.run(selector, output, stop)).await,
                Verb::Car(args) => Box::pin(args.run(selector, output, stop)).await,
                Verb::Pin(args) => Box::pin(args.run(selector, output, stop)).await,
                Verb::Gc(args) => Box::pin(args.run(selector, output, stop)).await,
                Verb::Repo(args) => Box::pin(args.run(selector, output, stop)).await,
                Verb::Id(args) => args.run(selector, output).await,
                Verb::Page(args) => args.run(selector, output).await,
                Verb::Peers(args) => args.run(selector, output).await,
                Verb::Swarm(args) => args.run(selector, output).await,
                Verb::Wantlist(args) => args.run(selector, output).await,
                Verb::Explain(args) => args.run(selector, output, stop).await,
                Verb::Check(args) => args.run(selector, output, stop).await,
                Verb::Routing(args) => args.run(selector, output, stop).await,
                Verb::Ledger(args) => args.run(selector, output).await,
                Verb::Stat(args) => args.run(selector, output).await,
                #[cfg(feature = "top")]
                Verb::Top(args) => Box::pin(args.run(selector, output, stop)).await,
                Verb::Store(args) => args.run(selector, output).await,
                Verb::Init(args) => args.run(selector, output),
                Verb::Strategy(args) => args.run(selector, output).await,
                Verb::Config(args) => args.run(selector, output),
                Verb::Demo(args) => args.run(output, stop).await,
                Verb::Completions(args) => args.run(),
                Verb::Man(args) => args.run(Self::command(), output),
                Verb::Metrics(metrics::Args {}) => Ok(metrics::run(output)),
                Verb::Openapi(openapi::Args {}) => Ok(openapi::run(output)),
            }
        })
    }
}

/// As many threads as a daemon's configuration says, or one for each processor.
fn runtime(config: Option<&Config>) -> io::Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(Threads::Count(count)) = config.map(|config| config.node.worker_threads) {
        builder.worker_threads(count as usize);
    }
    builder.enable_all().build()
}

/// Help and version go to stdout. What cannot be understood is told as every other error is.
fn refuse(refused: &clap::Error) -> Exit {
    let text = refused.render().to_string();
    if matches!(refused.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        Output::new(false, false).result(&(), &text);
        return Exit::Ok;
    }
    let json = std::env::args_os().any(|arg| arg == "--json");
    Output::new(json, false).misunderstood(&text)
}
