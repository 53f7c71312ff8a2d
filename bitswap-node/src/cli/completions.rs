//! `bitswap completions`: what a shell needs to complete this program's words.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use super::Cli;
use super::output;
use crate::error::CliError;
use crate::exit::Exit;

/// Prints a script that makes a shell complete verbs and options.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap completions bash > ~/.local/share/bash-completion/completions/bitswap
  bitswap completions zsh > ~/.zfunc/_bitswap
  bitswap completions fish > ~/.config/fish/completions/bitswap.fish")]
pub(super) struct Args {
    /// For which shell
    shell: Shell,
}

impl Args {
    pub(super) fn run(&self) -> Result<Exit, CliError> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "bitswap", &mut script);
        output::content(&script)?;
        Ok(Exit::Ok)
    }
}
