//! `bitswap strategy use`: one role of the running daemon gets another strategy.

use std::path::Path;

use bitswap_api::{StrategyUsed, UseStrategy};
use bitswap_core::strategy::Role;
use bitswap_service::config::{parameter, set};
use bitswap_service::error::CliError;
use bitswap_service::node::Beside;
use bitswap_service::scripts::{self, Installed};
use bitswap_strategies::catalog::role;
use serde_json::json;
use toml::Table;

use super::script_dir;
use crate::access::NodeSelector;
use crate::cli::errors;
use crate::cli::live_values;
use crate::cli::output::Output;

/// Lets a strategy take over its role in the running daemon, for running fetches too.
///
/// A script is named by its file: it is copied into the node's directory, if it is not there, and
/// has the file's name from then on.
///
/// The other roles keep their strategies and what these know. With --split, the strategy in charge
/// keeps all but a share of the sessions, peers, CIDs or ten-second slots, and  bitswap stat  tells
/// what came of each; with --shadow, it decides all, and  bitswap stat  tells how often the other
/// would have decided otherwise. It lasts until the daemon ends, or
/// reads its settings again at SIGHUP; with --persist it is written to bitswap.toml, once the
/// daemon has accepted it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap strategy use registry forgetful
  bitswap strategy use peer_selector random --persist
  bitswap strategy use registry ttl-relay --param degree=4 --param remember=5m
  bitswap strategy use peer_selector mine.rhai --split 10%
  bitswap strategy use ledger_policy tit-for-tat --shadow")]
pub(super) struct Args {
    /// The role; see  bitswap strategy list
    #[arg(add = live_values::roles())]
    role: String,

    /// A name from  bitswap strategy list, or the file of a script, FILE.rhai
    #[arg(add = live_values::strategies())]
    name: String,

    /// What it is told; can be given more than once
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,

    /// Let it decide about a share only, such as 10%
    #[arg(long, value_name = "SHARE", conflicts_with = "shadow")]
    split: Option<String>,

    /// Only compare it with the one in charge, which decides
    #[arg(long)]
    shadow: bool,

    /// Write it to bitswap.toml, too; comments stay
    #[arg(long)]
    persist: bool,

    /// Replace another script of this name in the node's directory
    #[arg(long)]
    force: bool,
}

impl Args {
    pub(super) async fn run(self, selector: &NodeSelector, output: Output) -> Result<(), CliError> {
        let role = role(&self.role).map_err(|why| CliError::unknown_role(&why))?;
        let mut params = Table::new();
        for (name, text) in self.params()? {
            params.insert(name.to_owned(), parameter(role, self.name(), name, text)?);
        }
        let beside = self.beside()?;
        let daemon = selector.daemon().await?;
        let script = self.install(selector, role, &params, output)?;
        let chosen = UseStrategy { name: self.name().to_owned(), params, beside };
        let used = match daemon.use_strategy(role, &chosen).await {
            Ok(used) => used,
            Err(why) => {
                // As it was; if it cannot be removed, it is in nobody's way.
                if let Some(script) = script.filter(|script| script.is_new) {
                    drop(std::fs::remove_file(script.file));
                }
                return Err(why);
            }
        };
        let file =
            if self.persist { Some(self.write(selector, role, &used, output)?) } else { None };
        let StrategyUsed { before, now, generation, .. } = &used;
        let kept = file.as_ref().map(|file| format!("; written to {file}")).unwrap_or_default();
        let mut text = format!("{role}: {before} → {now}, generation {generation}{kept}");
        let undo = undo(role, beside, &used);
        if let Some(undo) = &undo {
            text.push_str("\n  to undo it:  ");
            text.push_str(undo);
        }
        let result = json!({
            "v": 1, "role": role.name(), "before": before, "now": now, "params": used.params,
            "generation": generation, "file": file, "undo": undo,
            "script": script.map(|script| script.file),
        });
        output.result(&result, &text);
        Ok(())
    }

    /// What the strategy is called: of a script's file, the name.
    fn name(&self) -> &str {
        let file = Path::new(&self.name);
        let stem = file.file_stem().and_then(|stem| stem.to_str());
        stem.filter(|_| scripts::is_script(file)).unwrap_or(&self.name)
    }

    /// Brings the script into the node's directory, if one was named by its file.
    fn install(
        &self,
        selector: &NodeSelector,
        role: Role,
        params: &Table,
        output: Output,
    ) -> Result<Option<Installed>, CliError> {
        let file = Path::new(&self.name);
        if !scripts::is_script(file) {
            return Ok(None);
        }
        let dir = script_dir(selector)?;
        let script = scripts::install(file, &dir, (role, params), self.force)?;
        if script.is_new || self.force {
            let there = script.file.display();
            output.progress(&format!("copied to {there}: what is saved there takes over"));
        }
        Ok(Some(script))
    }

    /// What becomes of the strategy in charge.
    fn beside(&self) -> Result<Beside, CliError> {
        if self.shadow {
            return Ok(Beside::Shadow);
        }
        let Some(text) = &self.split else { return Ok(Beside::Nothing) };
        let share = text.strip_suffix('%').unwrap_or(text).trim().parse();
        let share = share.ok().filter(|share| *share <= 100);
        share.map(Beside::Split).ok_or_else(|| errors::bad_share(text))
    }

    /// The parameters that were said: names and values.
    fn params(&self) -> Result<Vec<(&str, &str)>, CliError> {
        let parts = self.param.iter().map(|text| {
            let parts = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
            parts.ok_or_else(|| errors::param_shape(text))
        });
        parts.collect()
    }

    /// Writes the choice to the file; returns its name.
    fn write(
        &self,
        selector: &NodeSelector,
        role: Role,
        used: &StrategyUsed,
        output: Output,
    ) -> Result<String, CliError> {
        let sources = selector.sources()?;
        let name = &used.now;
        if name == self.name() {
            for (parameter, text) in self.params()? {
                set(&sources, &format!("strategy.{role}.{name}.{parameter}"), text)?;
            }
        } else {
            for (parameter, value) in &used.params {
                let text = value.to_string();
                set(&sources, &format!("strategy.{role}.{name}.{parameter}"), &text)?;
            }
        }
        let edited = set(&sources, &format!("strategy.{role}.use"), name)?;
        if let Some(stronger) = &edited.overruled_by {
            output.progress(&format!("{stronger} overrides the file when the daemon restarts"));
        }
        Ok(edited.file.display().to_string())
    }
}

/// The command that puts the strategy back that was in charge before another came beside it.
fn undo(role: Role, beside: Beside, used: &StrategyUsed) -> Option<String> {
    let part = match beside {
        Beside::Nothing => return None,
        Beside::Shadow => "base",
        Beside::Split(_) => "a",
    };
    let before = used.params.get(part)?.as_table()?;
    let mut command = format!("bitswap strategy use {role} {}", used.before);
    for (name, value) in before.iter().filter(|(name, _)| *name != "use") {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let quote = if value.contains([' ', '"', '{']) { "'" } else { "" };
        command.push_str(&[" --param ", quote, name, "=", &value, quote].concat());
    }
    Some(command)
}
