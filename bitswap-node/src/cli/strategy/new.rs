//! `bitswap strategy new`: a first script, which works.

use std::fs;
use std::path::PathBuf;

use bitswap_service::error::CliError;
use bitswap_strategies::catalog::role;
use bitswap_strategies::script::template;
use serde_json::json;

use super::script_dir;
use crate::access::NodeSelector;
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
    pub(super) fn run(self, selector: &NodeSelector, output: Output) -> Result<(), CliError> {
        let role = role(&self.role).map_err(|why| CliError::unknown_role(&why))?;
        let file = self.file.unwrap_or_else(|| format!("my_{role}.rhai").into());
        if file.exists() && !self.force {
            return Err(CliError::script_in_the_way(&file));
        }
        fs::write(&file, template(role)).map_err(|why| CliError::file(&file, &why))?;
        let shown = file.display();
        let dir = script_dir(selector).ok();
        let place = dir.as_ref().map(|dir| {
            format!("\nThe last copies it to {}, where the daemon finds it by name.", dir.display())
        });
        let place = place.unwrap_or_default();
        let text = format!(
            "{shown} is a {role}. Edit it, and then:\n  \
             bitswap strategy check {shown}\n  \
             bitswap strategy test {shown}\n  \
             bitswap demo --servers 3 --script {role}={shown}\n  \
             bitswap strategy use {role} {shown}{place}"
        );
        let result = json!({ "v": 1, "role": role.name(), "file": file, "belongs_in": dir });
        output.result(&result, &text);
        Ok(())
    }
}
