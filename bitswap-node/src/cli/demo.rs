//! `bitswap demo`: everything at once, on one machine.

use std::env;
use std::path::{Path, PathBuf};

use bitswap_service::error::{CliError, Exit};
use clap::value_parser;

use super::output::Output;
use super::parse;
use crate::access::StrategyArgs;
use crate::demo::Demo;
use crate::stop::Stop;

/// Sends a file or directory from one or more nodes to another, all in this process and each a real
/// libp2p host on 127.0.0.1, compares the copy byte for byte with the source, and shows who decided
/// what and why.
///
/// Each node has metrics of its own at an address of its own, as Prometheus expects: --metrics-port
/// is the fetching node's, the servers take free ports. All are printed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap demo
  bitswap demo photos --servers 3 --strategy peer_selector=random
  bitswap demo movie.mkv --serve --metrics-port 9100")]
pub(super) struct Args {
    /// The file or directory to send [default: this program]
    path: Option<PathBuf>,

    /// How many nodes serve it
    #[arg(long, value_name = "N", default_value = "1", value_parser = value_parser!(u8).range(1..))]
    servers: u8,

    /// Keep the nodes up until Ctrl-C, for others to fetch from
    #[arg(long)]
    serve: bool,

    #[command(flatten)]
    strategies: StrategyArgs,

    /// Port of the fetching node's metrics; 0 = any that is free
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    metrics_port: u16,

    /// Give up when nothing comes for this long
    #[arg(long, value_name = "TIME", default_value = "60s")]
    timeout: String,
}

impl Args {
    pub(super) async fn run(self, output: Output, mut stop: Stop) -> Result<Exit, CliError> {
        let serve = self.serve;
        let demo = self.understand()?;
        let (report, cast) = stop.unless(demo.run(|line| output.progress(line))).await?;
        let mut text = report.text();
        if serve {
            text = format!("{text}\n\n{}", report.invitation());
        }
        output.result(&report, &text);
        let exit = if serve { stop.requested().await } else { Exit::Ok };
        cast.stop().await;
        Ok(exit)
    }

    fn understand(self) -> Result<Demo, CliError> {
        Ok(Demo {
            path: self.path.map_or_else(this_program, Ok)?,
            servers: usize::from(self.servers),
            strategies: self.strategies.choose()?,
            metrics_port: self.metrics_port,
            timeout: parse::duration(&self.timeout)?,
        })
    }
}

/// Where this program is, as one would type it from here.
fn this_program() -> Result<PathBuf, CliError> {
    let full = env::current_exe().map_err(|why| CliError::internal(&why))?;
    let here = env::current_dir().unwrap_or_default();
    Ok(full.strip_prefix(here).map_or_else(|_| full.clone(), Path::to_owned))
}
