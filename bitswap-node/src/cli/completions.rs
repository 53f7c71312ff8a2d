//! `bitswap completions`: what a shell needs to complete this program's words.

use bitswap_service::error::{CliError, Exit};
use clap::Command;
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};

use super::output;

/// Says to this program that a shell asks what may come next, and which shell.
const ASKS: &str = "BITSWAP_COMPLETE";

/// Prints a script that makes a shell complete verbs, options, and the names of strategies,
/// settings and connected peers, which it asks this program for.
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

/// If a shell asks about `program`, answers it and ends.
pub(super) fn answer_shell(program: fn() -> Command) {
    CompleteEnv::with_factory(program).var(ASKS).bin("bitswap").complete();
}

impl Args {
    pub(super) fn run(&self) -> Result<Exit, CliError> {
        let mut script = Vec::new();
        let (shell, shells) = (self.shell.to_string(), Shells::builtins());
        let shell = shells.completer(&shell).ok_or_else(|| CliError::internal(&shell))?;
        let written = shell.write_registration(ASKS, "bitswap", "bitswap", "bitswap", &mut script);
        written.map_err(|why| CliError::internal(&why))?;
        output::content(&script)?;
        Ok(Exit::Ok)
    }
}
