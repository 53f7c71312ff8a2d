//! The strategies of a running node are replaced, one role at a time.

use std::path::Path;

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{StrategyChoice, find};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::Node;
use crate::error::CliError;
use crate::scripts::{self, Saves};

/// What becomes of the strategy that is in charge when another is to be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// It is replaced.
    #[default]
    Nothing,
    /// It stays in charge, and the other is its shadow.
    Shadow,
    /// It keeps all but so many of 100 subjects.
    Split(u32),
}

/// A strategy that took over.
#[derive(Clone, Debug, PartialEq)]
pub struct Swapped {
    /// Its role.
    pub role: Role,
    /// The name of the strategy before it.
    pub before: String,
    /// Its name; the same if only its parameters or its script changed.
    pub now: String,
    /// What it was told, without the texts of scripts.
    pub params: Table,
    /// How many times strategies of this node were replaced so far.
    pub generation: u64,
}

impl Node {
    /// Lets the strategies of `choice` take over the roles in which it differs from what is in
    /// charge, for running sessions too. A choice that could not be made is counted and given back.
    ///
    /// # Errors
    /// There is no choice, or it cannot be had, or the engine is gone; nothing was changed.
    pub async fn reload(
        &self,
        choice: Result<StrategyChoice, CliError>,
    ) -> Result<Vec<Swapped>, CliError> {
        let outcome = self.change(|_| choice).await;
        self.counts.reloads.count(outcome.is_ok());
        outcome
    }

    /// Lets the strategy, or else the script, of this name take over a role, alone or beside the
    /// one in charge.
    ///
    /// # Errors
    /// It cannot be had, or the engine is gone; nothing was changed.
    pub async fn use_strategy(
        &self,
        role: Role,
        name: &str,
        params: Table,
        beside: Beside,
    ) -> Result<Swapped, CliError> {
        let swapped = self.change(|running| {
            let chosen = self.chosen(running.clone(), role, name, params)?;
            Ok(wrapped(running, chosen, role, beside))
        });
        if let Some(swapped) = swapped.await?.pop() {
            return Ok(swapped);
        }
        let generation = self.bitswap.stats().await.map_err(|_| CliError::stopping())?;
        let generation = generation.strategy_generation;
        let running = self.running.lock().await;
        let (now, params) = told(&running, role);
        Ok(Swapped { role, before: now.clone(), now, params, generation })
    }

    /// `choice`, with this strategy or script for `role`.
    fn chosen(
        &self,
        choice: StrategyChoice,
        role: Role,
        name: &str,
        params: Table,
    ) -> Result<StrategyChoice, CliError> {
        if let Some(path) = scripts::find(&self.script_dir, name)
            && find(role, name).is_err()
        {
            return scripts::choose(choice, role, &path, &params);
        }
        find(role, name).map_err(|why| {
            let script = scripts::script_path(&self.script_dir, name);
            CliError::unknown_strategy_or_script(&why, &script)
        })?;
        let inside =
            scripts::choose_inside(choice.with(role, name, params), role, &self.script_dir);
        inside.map_err(|fault| fault.why)
    }

    /// Reads the scripts in charge again whose files were saved. Returns what
    /// came of those that changed.
    pub async fn reload_saved(&self, saves: &mut Saves) -> Vec<Result<Vec<Swapped>, CliError>> {
        let files = {
            let running = self.running.lock().await;
            Role::ALL.into_iter().flat_map(|role| scripts::files(&running, role)).collect()
        };
        let mut outcomes = Vec::new();
        for saved in saves.look(files) {
            let outcome = self.change(|running| reread(running, &saved)).await;
            // A file may be saved without a change.
            if outcome.as_ref().is_ok_and(Vec::is_empty) {
                continue;
            }
            self.counts.reloads.count(outcome.is_ok());
            outcomes.push(outcome);
        }
        outcomes
    }

    /// Makes the strategies in which the choice that `next` makes differs, and lets them take over.
    async fn change(
        &self,
        next: impl FnOnce(&StrategyChoice) -> Result<StrategyChoice, CliError>,
    ) -> Result<Vec<Swapped>, CliError> {
        let mut running = self.running.lock().await;
        let outcome = self.take_over(&running, next).await;
        match outcome {
            Ok((choice, swapped)) => {
                *running = choice;
                Ok(swapped)
            }
            Err(error) => {
                let (what, why) = (&error.what, error.why_with_place());
                tracing::warn!(what, why, "the strategies in charge stay");
                Err(error)
            }
        }
    }

    async fn take_over(
        &self,
        running: &StrategyChoice,
        next: impl FnOnce(&StrategyChoice) -> Result<StrategyChoice, CliError>,
    ) -> Result<(StrategyChoice, Vec<Swapped>), CliError> {
        let choice = next(running)?;
        let roles = choice.differs_from(running);
        if roles.is_empty() {
            return Ok((choice, Vec::new()));
        }
        let (strategies, watch) = scripts::build(&choice, &roles)?;
        let generation = self.bitswap.replace(strategies).await;
        let generation = generation.map_err(|why| CliError::internal(&why))?;
        scripts::follow(&self.scripts, &watch, &roles);
        let swapped = roles.into_iter().map(|role| {
            let (before, (now, params)) = (running.name(role).to_owned(), told(&choice, role));
            Swapped { role, before, now, params, generation }
        });
        let swapped = swapped.collect();
        Ok((choice, swapped))
    }
}

/// What is to be used for `role`: what was chosen, or that beside what is running.
fn wrapped(
    running: &StrategyChoice,
    chosen: StrategyChoice,
    role: Role,
    beside: Beside,
) -> StrategyChoice {
    let around = |name, [in_charge, other]: [&str; 2], params| {
        let parts = [(in_charge, running), (other, &chosen)];
        chosen.clone().with_around(role, name, parts, params)
    };
    match beside {
        Beside::Nothing => chosen,
        Beside::Shadow => around("shadow", ["base", "shadow"], Table::new()),
        Beside::Split(share) => {
            let params = Table::from_iter([("share".to_owned(), i64::from(share).into())]);
            around("split", ["a", "b"], params)
        }
    }
}

/// The name of what was chosen for `role`, and what it is told.
fn told(choice: &StrategyChoice, role: Role) -> (String, Table) {
    let Value::Table(mut params) = choice.as_parameter(role) else {
        return (choice.name(role).to_owned(), Table::new());
    };
    params.remove("use");
    without_texts(&mut params);
    (choice.name(role).to_owned(), params)
}

fn without_texts(params: &mut Table) {
    params.remove("script");
    for (_, inner) in params.iter_mut() {
        if let Value::Table(inner) = inner {
            without_texts(inner);
        }
    }
}

/// The choice with the scripts of this file read again.
fn reread(running: &StrategyChoice, saved: &Path) -> Result<StrategyChoice, CliError> {
    let read = |choice, role| scripts::reread(choice, role, saved);
    Role::ALL.into_iter().try_fold(running.clone(), read)
}
