//! `--strategy` and `--script`: the strategies of each role, for every verb that runs a node.

use std::path::Path;

use bitswap_service::error::CliError;
use bitswap_service::scripts;
use bitswap_strategies::catalog::{self, CatalogError, StrategyChoice, role};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use toml::Table;

use super::errors;

/// The strategies that were chosen; other roles keep theirs.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct StrategyArgs {
    /// Strategy to use for a role, as ROLE=NAME; repeatable
    #[arg(long, value_name = "ROLE=NAME", add = choices())]
    strategy: Vec<String>,

    /// Script to use for a role, as ROLE=FILE; repeatable
    #[arg(long, value_name = "ROLE=FILE")]
    script: Vec<String>,
}

impl StrategyArgs {
    /// Whether anything was said.
    pub(crate) const fn say_something(&self) -> bool {
        !self.strategy.is_empty() || !self.script.is_empty()
    }

    /// The defaults, with what was said instead.
    ///
    /// # Errors
    /// What was said names nothing that can be used.
    pub(crate) fn choose(&self) -> Result<StrategyChoice, CliError> {
        self.choose_over(StrategyChoice::default())
    }

    /// `choice`, with what was said instead. A script has the last word.
    ///
    /// # Errors
    /// As [`choose`](Self::choose).
    pub(crate) fn choose_over(&self, choice: StrategyChoice) -> Result<StrategyChoice, CliError> {
        let choice = self.strategy.iter().try_fold(choice, |choice, text| choice.with_text(text));
        let choice = choice.map_err(|why| not_chosen(&why))?;
        self.script.iter().try_fold(choice, |choice, text| with_script(choice, text))
    }
}

fn with_script(choice: StrategyChoice, text: &str) -> Result<StrategyChoice, CliError> {
    let (role_name, file) = text.split_once('=').ok_or_else(|| errors::script_shape(text))?;
    let role = role(role_name.trim()).map_err(|why| CliError::unknown_role(&why))?;
    scripts::choose(choice, role, Path::new(file.trim()), &Table::new())
}

fn not_chosen(why: &CatalogError) -> CliError {
    if let CatalogError::UnknownRole(why) = why {
        CliError::unknown_role(why)
    } else if let CatalogError::UnknownStrategy(why) = why {
        CliError::unknown_strategy(why)
    } else {
        CliError::bad_strategy(why)
    }
}

/// What a shell offers: the strategies of all roles, as ROLE=NAME.
fn choices() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let word = |entry: &catalog::Entry| format!("{}={}", entry.role.name(), entry.name);
        let told = |it| CompletionCandidate::new(word(it)).help(Some(it.summary.into()));
        catalog::all().iter().map(told).collect()
    })
}
