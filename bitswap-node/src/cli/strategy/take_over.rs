//! `bitswap strategy use`: one role of the running daemon gets another strategy.

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::role;
use serde_json::json;
use toml::Table;

use crate::access::NodeSelector;
use crate::api::{StrategyUsed, UseStrategy};
use crate::cli::output::Output;
use crate::config::{parameter, set};
use crate::error::CliError;

/// Lets a strategy take over its role in the running daemon, for running fetches too.
///
/// The other roles keep their strategies and what these know. It lasts until the daemon ends, or
/// reads its settings again at SIGHUP; with --persist it is written to bitswap.toml, once the
/// daemon has accepted it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap strategy use registry forgetful
  bitswap strategy use peer_selector random --persist
  bitswap strategy use registry ttl-relay --param degree=4 --param remember=5m")]
pub(super) struct Args {
    /// The role; see  bitswap strategy list
    role: String,

    /// A name from  bitswap strategy list, or that of a script in the node's directory
    name: String,

    /// What it is told; can be given more than once
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,

    /// Write it to bitswap.toml, too; comments stay
    #[arg(long)]
    persist: bool,
}

impl Args {
    pub(super) async fn run(self, selector: &NodeSelector, output: Output) -> Result<(), CliError> {
        let role = role(&self.role).map_err(|why| CliError::unknown_role(&why))?;
        let mut params = Table::new();
        for (name, text) in self.params()? {
            params.insert(name.to_owned(), parameter(role, &self.name, name, text)?);
        }
        let chosen = UseStrategy { name: self.name.clone(), params };
        let used = selector.daemon().await?.use_strategy(role, &chosen).await?;
        let file = if self.persist { Some(self.write(selector, role, output)?) } else { None };
        let StrategyUsed { before, now, generation, .. } = &used;
        let kept = file.as_ref().map(|file| format!("; written to {file}")).unwrap_or_default();
        let text = format!("{role}: {before} → {now}, generation {generation}{kept}");
        let result = json!({
            "v": 1, "role": role.name(), "before": before, "now": now, "generation": generation,
            "file": file,
        });
        output.result(&result, &text);
        Ok(())
    }

    /// The parameters that were said: names and values.
    fn params(&self) -> Result<Vec<(&str, &str)>, CliError> {
        let parts = self.param.iter().map(|text| {
            let parts = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
            parts.ok_or_else(|| CliError::param_shape(text))
        });
        parts.collect()
    }

    /// Writes the choice to the file; returns its name.
    fn write(
        &self,
        selector: &NodeSelector,
        role: Role,
        output: Output,
    ) -> Result<String, CliError> {
        let sources = selector.sources()?;
        for (name, text) in self.params()? {
            set(&sources, &format!("strategy.{role}.{}.{name}", self.name), text)?;
        }
        let edited = set(&sources, &format!("strategy.{role}.use"), &self.name)?;
        if let Some(stronger) = &edited.overruled_by {
            output.progress(&format!("{stronger} overrides the file when the daemon restarts"));
        }
        Ok(edited.file.display().to_string())
    }
}
