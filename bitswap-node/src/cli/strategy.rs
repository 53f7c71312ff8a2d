//! `bitswap strategy`: what can be chosen, and whether a script is fit to be.

#[cfg(feature = "scripts")]
mod check;
#[cfg(feature = "scripts")]
mod cost;
mod diff;
#[cfg(feature = "scripts")]
mod installed;
mod list;
#[cfg(feature = "scripts")]
mod new;
#[cfg(feature = "scripts")]
mod own_tests;
mod take_over;

use std::path::PathBuf;

use bitswap_api::StrategyUse;
use bitswap_service::config::LoadedConfig;
use bitswap_service::error::{CliError, Exit};
use clap::Subcommand;

use super::live_values;
use super::output::Output;
use crate::access::NodeSelector;

/// Shows the strategies that can be chosen: five roles, one strategy in each.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// All of them, those in charge of the running daemon marked
    List {
        /// Only those for this role
        #[arg(long, add = live_values::roles())]
        role: Option<String>,

        /// The scripts of this directory [default: those of the node's]
        #[cfg(feature = "scripts")]
        #[arg(long, value_name = "DIR")]
        scripts: Option<PathBuf>,
    },
    /// What one does, where it comes from, and what it can be told
    Show {
        /// Its name, or role=name
        #[arg(add = live_values::strategies())]
        name: String,

        /// Look among the scripts of this directory, too [default: the node's]
        #[cfg(feature = "scripts")]
        #[arg(long, value_name = "DIR")]
        scripts: Option<PathBuf>,
    },
    /// Whether scripts keep to the rules, and what a call costs
    #[cfg(feature = "scripts")]
    Check(check::Args),
    /// Write a script to begin with
    #[cfg(feature = "scripts")]
    New(new::Args),
    /// Run a script's own tests, and show what it decides
    #[cfg(feature = "scripts")]
    Test(own_tests::Args),
    /// How often two decide differently, and where
    Diff(diff::Args),
    /// Let one take over its role in the running daemon
    Use(take_over::Args),
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        match self.verb {
            Verb::Diff(args) => args.run(output)?,
            Verb::Use(args) => args.run(selector, output).await?,
            #[cfg(feature = "scripts")]
            Verb::List { role, scripts } => {
                let scripts = scripts.or_else(|| node_scripts(selector));
                let rows = installed::rows(scripts.as_deref())?;
                list::list(output, role.as_deref(), rows, in_use(selector).await.as_deref())?;
            }
            #[cfg(feature = "scripts")]
            Verb::Show { name, scripts } => {
                let scripts = scripts.or_else(|| script_dir(selector).ok());
                match installed::named(scripts.as_deref(), &name)? {
                    Some(script) => output.list(&[script.json()], &script.text()),
                    None => list::show(output, &name).map_err(|why| nor_in(scripts, &name, why))?,
                }
            }
            #[cfg(feature = "scripts")]
            Verb::New(args) => args.run(selector, output)?,
            #[cfg(feature = "scripts")]
            Verb::Check(args) => return Ok(args.run(output)),
            #[cfg(feature = "scripts")]
            Verb::Test(args) => return args.run(output),
            #[cfg(not(feature = "scripts"))]
            Verb::List { role } => {
                let used = in_use(selector).await;
                list::list(output, role.as_deref(), Vec::new(), used.as_deref())?;
            }
            #[cfg(not(feature = "scripts"))]
            Verb::Show { name } => list::show(output, &name)?,
        }
        Ok(Exit::Ok)
    }
}

/// Where the node's daemon finds scripts by name.
///
/// # Errors
/// No directory was said, and the system names none.
fn script_dir(selector: &NodeSelector) -> Result<PathBuf, CliError> {
    let sources = selector.sources()?;
    // Other settings may be wrong.
    let dir = LoadedConfig::of(&sources).config.scripts.dir;
    Ok(sources.data.join(dir))
}

/// An error about a name, with where a script of that name was looked for.
#[cfg(feature = "scripts")]
fn nor_in(scripts: Option<PathBuf>, name: &str, error: CliError) -> CliError {
    let Some(dir) = scripts.filter(|_| error.code == "unknown-strategy") else { return error };
    let bare = name.split_once('=').map_or(name, |(_, bare)| bare);
    let script = bitswap_service::scripts::script_path(&dir, bare);
    let why = format!("{}; and there is no {}", error.why, script.display());
    error.because(why)
}

/// The directory of the node's scripts, if there is one.
#[cfg(feature = "scripts")]
fn node_scripts(selector: &NodeSelector) -> Option<PathBuf> {
    script_dir(selector).ok().filter(|dir| dir.is_dir())
}

/// What the daemon uses, if one runs.
async fn in_use(selector: &NodeSelector) -> Option<Vec<StrategyUse>> {
    let daemon = selector.running().await.ok()??;
    Some(daemon.stat().await.ok()?.strategies)
}
