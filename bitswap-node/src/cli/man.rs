//! `bitswap man`: the manual, made from the same words as the help.

use std::path::PathBuf;

use bitswap_service::error::{CliError, Exit};
use clap::Command;
use clap_mangen::Man;
use serde_json::json;

use super::output::{self, Output};

/// Prints the program's manual page, or writes one for each verb into a directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap man | man -l -
  bitswap man ~/.local/share/man/man1")]
pub(super) struct Args {
    /// A directory that exists
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(&self, program: Command, output: Output) -> Result<Exit, CliError> {
        let Some(directory) = &self.directory else {
            let mut page = Vec::new();
            let rendered = Man::new(manual(program)).render(&mut page);
            rendered.map_err(|why| CliError::internal(&why))?;
            output::content(&page)?;
            return Ok(Exit::Ok);
        };
        clap_mangen::generate_to(manual(program), directory)
            .map_err(|why| CliError::file(directory, &why))?;
        let place = directory.display().to_string();
        let text = format!("wrote the manual to {place}");
        output.essential(&json!({ "v": 1, "path": place }), &text, &place);
        Ok(Exit::Ok)
    }
}

/// The command line as the manual has it: options that the short help leaves out have their text.
pub(super) fn manual(command: Command) -> Command {
    command.mut_args(|option| option.hide_short_help(false)).mut_subcommands(manual)
}
