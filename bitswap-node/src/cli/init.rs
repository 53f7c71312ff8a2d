//! `bitswap init`: a directory, an identity and a file to edit, before anything needs them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bitswap_service::config::{Profile, template};
use bitswap_service::error::{CliError, Exit};
use serde_json::json;
use tempfile::NamedTempFile;

use super::output::Output;
use super::serve::quoted;
use crate::access::NodeSelector;
use crate::cli::errors;

/// Makes the node's directory, its identity, and a bitswap.toml in which everything is explained.
///
/// Nothing needs it: whatever is missing is made on first use.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap init
  bitswap init --profile server --data /var/lib/bitswap")]
pub(super) struct Args {
    #[arg(long, value_name = "NAME", default_value = "desktop", help = profiles())]
    profile: String,

    /// Write the file anew; the identity and the blocks stay
    #[arg(long)]
    force: bool,
}

impl Args {
    pub(super) fn run(&self, selector: &NodeSelector, output: Output) -> Result<Exit, CliError> {
        let profile = self.profile()?;
        let home = selector.home()?;
        let file = selector.sources()?.file_to_write();
        if file.exists() && !self.force {
            return Err(errors::exists(&file));
        }
        let peer_id = home.identity()?.public().to_peer_id().to_string();
        write(&file, &template(profile))?;
        let (shown, folder) = (file.display().to_string(), home.folder().display().to_string());
        let next = next(selector);
        let text = format!(
            "config     {shown}\ndirectory  {folder}\npeer id    {peer_id}\n\
             next       {next}"
        );
        let result = json!({
            "v": 1, "config": shown, "data_dir": folder, "peer_id": peer_id, "next": next,
        });
        output.result(&result, &text);
        Ok(Exit::Ok)
    }

    fn profile(&self) -> Result<Profile, CliError> {
        let found = Profile::ALL.iter().find(|profile| profile.name() == self.profile);
        let names = || Profile::ALL.iter().map(|known| known.name()).collect::<Vec<_>>().join(", ");
        found.copied().ok_or_else(|| errors::unknown_word("profile", &self.profile, &names()))
    }
}

fn profiles() -> String {
    let names = Profile::ALL.iter().map(|profile| profile.name()).collect::<Vec<_>>();
    format!("What the node is for: {}", names.join(", "))
}

/// The command that starts what was made: it names what this one had to name.
fn next(selector: &NodeSelector) -> String {
    let mut command = "bitswap daemon".to_owned();
    for (option, variable, said) in [
        ("--data", "BITSWAP_DIR", &selector.data),
        ("--config", "BITSWAP_CONFIG", &selector.config),
    ] {
        let is_in_environment =
            |said: &&PathBuf| std::env::var_os(variable).is_some_and(|it| it == said.as_os_str());
        if let Some(said) = said.as_ref().filter(|said| !is_in_environment(said)) {
            command.extend([" ", option, " ", &quoted(&said.to_string_lossy())]);
        }
    }
    command
}

/// Whole, or not at all.
fn write(file: &Path, text: &str) -> Result<(), CliError> {
    let refused = |why: std::io::Error| CliError::cannot_use(file, &why);
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder).map_err(refused)?;
    let mut unfinished = NamedTempFile::new_in(folder).map_err(refused)?;
    unfinished.write_all(text.as_bytes()).map_err(refused)?;
    unfinished.persist(file).map_err(|why| refused(why.error))?;
    Ok(())
}
