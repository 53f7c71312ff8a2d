//! `bitswap strategy`: what can be chosen, and the choosing.

mod args;

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{Entry, Parameter, Status, all, find, of_role, role};
use clap::Subcommand;
use serde_json::{Value, json};

use super::output::Output;
use super::table::table;
use crate::error::CliError;
use crate::exit::Exit;

pub(crate) use self::args::StrategyArgs;

/// Shows the strategies that can be chosen: five roles, one strategy in each.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// All of them, the one in charge by default marked
    List {
        /// Only those for this role
        #[arg(long)]
        role: Option<String>,
    },
    /// What one does, where it comes from, and what it can be told
    Show {
        /// Its name, or role=name
        name: String,
    },
}

impl Args {
    pub(super) fn run(self, output: Output) -> Result<Exit, CliError> {
        match self.verb {
            Verb::List { role } => list(output, role.as_deref())?,
            Verb::Show { name } => show(output, &name)?,
        }
        Ok(Exit::Ok)
    }
}

fn list(output: Output, only: Option<&str>) -> Result<(), CliError> {
    let only = only.map(role).transpose().map_err(|why| CliError::unknown_role(&why))?;
    let chosen = || all().iter().filter(|entry| only.is_none_or(|role| entry.role == role));
    let rows = chosen().map(|entry| {
        let mark = if entry.status == Status::Default { "●" } else { "" };
        [entry.role.name(), mark, entry.name, entry.summary].map(str::to_owned)
    });
    let text = table(["role", "", "strategy", "what it does"], rows.collect());
    let lines: Vec<_> = chosen().map(entry_json).collect();
    output.list(&lines, &format!("{text}\n\n  ● in charge if nobody says otherwise"));
    Ok(())
}

fn show(output: Output, name: &str) -> Result<(), CliError> {
    let entries = named(name)?;
    let text: Vec<_> = entries.iter().map(|entry| entry_text(entry)).collect();
    let lines: Vec<_> = entries.iter().map(|entry| entry_json(entry)).collect();
    output.list(&lines, &text.join("\n\n"));
    Ok(())
}

/// All strategies of this name: roles may use the same one.
fn named(name: &str) -> Result<Vec<&'static Entry>, CliError> {
    if let Some((role_name, name)) = name.split_once('=') {
        let role = role(role_name).map_err(|why| CliError::unknown_role(&why))?;
        let entry = find(role, name).map_err(|why| CliError::unknown_strategy(&why))?;
        return Ok(vec![entry]);
    }
    let entries: Vec<_> = all().iter().filter(|entry| entry.name == name).collect();
    if entries.is_empty() {
        let nearest = Role::ALL.iter().find_map(|role| find(*role, name).err()?.did_you_mean);
        return Err(CliError::no_such_strategy(name, nearest));
    }
    Ok(entries)
}

fn entry_text(entry: &Entry) -> String {
    let Entry { role, name, summary, origin, status, .. } = entry;
    let others = of_role(*role).map(|other| other.name).filter(|other| other != name);
    let others: Vec<_> = others.collect();
    let mut text = format!(
        "{role}={name}\n  {summary}\n\n  status      {status}\n  origin      {origin}\n  \
         instead of  {}",
        others.join(", "),
    );
    let parameters = entry.parameters();
    if !parameters.is_empty() {
        let row = |parameter: Parameter| {
            let Parameter { name, default, least, most, meaning, .. } = parameter;
            [name.to_owned(), default.to_string(), format!("{least} to {most}"), meaning.to_owned()]
        };
        let rows = parameters.into_iter().map(row).collect();
        text.push_str("\n\n");
        text.push_str(&table(["parameter", "default", "range", "meaning"], rows));
    }
    text
}

fn entry_json(entry: &Entry) -> Value {
    let parameter = |parameter: Parameter| {
        json!({
            "name": parameter.name, "unit": parameter.unit, "meaning": parameter.meaning,
            "default": parameter.default, "least": parameter.least, "most": parameter.most,
        })
    };
    json!({
        "v": 1, "role": entry.role.name(), "name": entry.name, "kind": "native",
        "status": entry.status.name(), "default": entry.status == Status::Default,
        "summary": entry.summary, "origin": entry.origin,
        "parameters": entry.parameters().into_iter().map(parameter).collect::<Vec<_>>(),
    })
}
