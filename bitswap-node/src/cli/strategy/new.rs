//! `bitswap strategy new`: a first script, which works.

use std::fs;
use std::path::PathBuf;

use bitswap_service::error::CliError;
use bitswap_strategies::catalog::role;
use bitswap_strategies::script::template;
use serde_json::json;

use crate::cli::output::Output;

const ROLE: &str =
    "Its role: peer_selector, task_prioritizer, ledger_policy, provider_finder or registry";
const FILE: &str = "Where it is written [default: my_ROLE.rhai]";

/// Writes a script for a role that works, says what it can change, and has a test.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  bitswap strategy new peer_selector my_way.rhai")]
pub(super) struct Args {
    #[arg(help = ROLE)]
    role: String,

    #[arg(help = FILE)]
    file: Option<PathBuf>,

    /// Overwrite the file if there is one
    #[arg(long)]
    force: bool,
}

impl Args {
    pub(super) fn run(self, output: Output) -> Result<(), CliError> {
        let role = role(&self.role).map_err(|why| CliError::unknown_role(&why))?;
        let file = self.file.unwrap_or_else(|| format!("my_{role}.rhai").into());
        if file.exists() && !self.force {
            return Err(CliError::script_in_the_way(&file));
        }
        fs::write(&file, template(role)).map_err(|why| CliError::file(&file, &why))?;
        let shown = file.display();
        let text = format!(
            "{shown} is a {role}. Edit it, and then:\n  \
             bitswap strategy check {shown}\n  \
             bitswap strategy test {shown}\n  \
             bitswap demo --servers 3 --script {role}={shown}"
        );
        output.result(&json!({ "v": 1, "role": role.name(), "file": file }), &text);
        Ok(())
    }
}
