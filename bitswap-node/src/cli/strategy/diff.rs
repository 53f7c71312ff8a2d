//! `bitswap strategy diff`: how often two strategies decide differently, and where.

#[cfg(feature = "scripts")]
use std::path::Path;

use bitswap_core::strategy::Role;
use bitswap_service::error::CliError;
#[cfg(feature = "scripts")]
use bitswap_service::scripts::{self, ScriptFile};
use bitswap_strategies::catalog::{Entry, Strategy, all, did_you_mean, find, role};
use bitswap_strategies::diff::{Diff, Example, diff};
#[cfg(feature = "scripts")]
use bitswap_strategies::script::Script;
use serde_json::json;
use toml::Table;

use crate::cli::errors;
use crate::cli::output::Output;

/// Puts the same questions to two strategies, and shows where they decide differently.
///
/// The questions are those made by hand for  bitswap strategy test, and 2,000 drawn ones; both hear
/// the same events and draw the same random numbers. Strategies that exist in several roles are
/// compared in each.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap strategy diff probabilistic expected-finish
  bitswap strategy diff registry=forgetful ttl-relay --json
  bitswap strategy diff debt-ratio examples/scripts/give_and_take.rhai")]
pub(super) struct Args {
    /// The one: a name from  bitswap strategy list, role=name, or the file of a script
    one: String,

    /// The other
    other: String,

    /// How many questions to show
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    examples: usize,
}

/// Questions that are drawn, besides those made by hand.
const DRAWN: u32 = 2_000;

impl Args {
    pub(super) fn run(&self, output: Output) -> Result<(), CliError> {
        let (ones, others) = (named(&self.one)?, named(&self.other)?);
        let pairs = ones.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
        let pairs: Vec<_> = pairs.filter(|(one, other)| one.role() == other.role()).collect();
        let (mut lines, mut texts) = (Vec::new(), Vec::new());
        for (one, other) in pairs {
            let found = diff(&|| one.make(), &|| other.make(), DRAWN, self.examples);
            let Some(found) = found else { continue };
            texts.push(text((one, other), &found));
            let example = |example: &Example| {
                let Example { question, one, other } = example;
                json!({ "question": question, "one": one, "other": other })
            };
            lines.push(json!({
                "v": 1, "role": one.role().name(), "one": one.name(), "other": other.name(),
                "questions": found.questions, "different": found.different,
                "examples": found.examples.iter().map(example).collect::<Vec<_>>(),
            }));
        }
        if lines.is_empty() {
            let roles = [&ones, &others].map(|all| all.iter().map(Side::role).collect());
            return Err(errors::different_roles([&self.one, &self.other], roles));
        }
        output.list(&lines, &texts.join("\n\n"));
        Ok(())
    }
}

/// One of the two.
enum Side {
    Native(&'static Entry),
    #[cfg(feature = "scripts")]
    Script(String, Box<Script>),
}

impl Side {
    fn role(&self) -> Role {
        match self {
            Self::Native(entry) => entry.role,
            #[cfg(feature = "scripts")]
            Self::Script(_, script) => script.role(),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Native(entry) => entry.name,
            #[cfg(feature = "scripts")]
            Self::Script(name, _) => name,
        }
    }

    fn make(&self) -> Option<Strategy> {
        match self {
            Self::Native(entry) => entry.make(&Table::new()).ok(),
            #[cfg(feature = "scripts")]
            Self::Script(_, script) => Some(script.strategy().0),
        }
    }
}

/// All strategies of this name, or the script of this file.
fn named(text: &str) -> Result<Vec<Side>, CliError> {
    #[cfg(feature = "scripts")]
    if scripts::is_script(Path::new(text)) {
        let file = ScriptFile::read(Path::new(text))?;
        let script = file.load(file.role(None)?, &Table::new())?;
        return Ok(vec![Side::Script(file.name, Box::new(script))]);
    }
    if let Some((role_name, name)) = text.split_once('=') {
        let role = role(role_name).map_err(|why| CliError::unknown_role(&why))?;
        let entry = find(role, name).map_err(|why| CliError::unknown_strategy(&why))?;
        return Ok(vec![Side::Native(entry)]);
    }
    let entries: Vec<_> = all().iter().filter(|entry| entry.name == text).collect();
    if entries.is_empty() {
        let names: Vec<_> = all().iter().map(|entry| entry.name).collect();
        return Err(errors::no_such_strategy(text, did_you_mean(text, &names)));
    }
    Ok(entries.into_iter().map(Side::Native).collect())
}

fn text((one, other): (&Side, &Side), found: &Diff) -> String {
    let Diff { questions, different, examples } = found;
    let (role, one, other) = (one.role(), one.name(), other.name());
    let width = one.chars().count().max(other.chars().count());
    let mut lines =
        vec![format!("{role}: {one} and {other} differ in {different} of {questions} questions")];
    for example in examples {
        lines.push(format!("\n  {}", example.question));
        lines.extend(answer(one, width, &example.one));
        lines.extend(answer(other, width, &example.other));
    }
    lines.join("\n")
}

/// Lines of one answer that are shown.
const LINES: usize = 6;

fn answer(name: &str, width: usize, lines: &[String]) -> Vec<String> {
    let more = lines.len().checked_sub(LINES).filter(|more| *more > 0);
    let more = more.map(|more| format!("and {more} more"));
    let shown = lines.iter().take(LINES).chain(&more).enumerate();
    let shown = shown.map(|(place, line)| {
        let name = if place == 0 { name } else { "" };
        format!("    {name:<width$}  {line}")
    });
    shown.collect()
}
