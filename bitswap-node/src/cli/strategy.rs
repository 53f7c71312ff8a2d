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

#[cfg(feature = "scripts")]
use std::path::PathBuf;

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
    /// All of them, the one in charge by default marked
    List {
        /// Only those for this role
        #[arg(long, add = live_values::roles())]
        role: Option<String>,

        /// Also the scripts of this directory
        #[cfg(feature = "scripts")]
        #[arg(long, value_name = "DIR")]
        scripts: Option<PathBuf>,
    },
    /// What one does, where it comes from, and what it can be told
    Show {
        /// Its name, or role=name
        #[arg(add = live_values::strategies())]
        name: String,

        /// Look among the scripts of this directory, too
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
                list::list(output, role.as_deref(), &installed::rows(scripts.as_deref())?)?;
            }
            #[cfg(feature = "scripts")]
            Verb::Show { name, scripts } => match installed::named(scripts.as_deref(), &name)? {
                Some(script) => output.list(&[script.json()], &script.text()),
                None => list::show(output, &name)?,
            },
            #[cfg(feature = "scripts")]
            Verb::New(args) => args.run(output)?,
            #[cfg(feature = "scripts")]
            Verb::Check(args) => return Ok(args.run(output)),
            #[cfg(feature = "scripts")]
            Verb::Test(args) => return args.run(output),
            #[cfg(not(feature = "scripts"))]
            Verb::List { role } => list::list(output, role.as_deref(), &[])?,
            #[cfg(not(feature = "scripts"))]
            Verb::Show { name } => list::show(output, &name)?,
        }
        Ok(Exit::Ok)
    }
}
