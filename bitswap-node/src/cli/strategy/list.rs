//! `bitswap strategy list` and `show`: what can be chosen.

use bitswap_core::strategy::Role;
use bitswap_service::error::CliError;
use bitswap_strategies::catalog::{Entry, Parameter, Status, all, find, of_role, role};
use serde_json::{Value, json};

use crate::cli::errors;
use crate::cli::output::Output;
use crate::table::table;

/// A line of the list, and what it is in JSON.
pub(super) struct Row {
    pub(super) role: Role,
    pub(super) cells: [String; 4],
    pub(super) json: Value,
}

/// All strategies of the catalog and `scripts`, by role.
///
/// # Errors
/// There is no role `only`.
pub(super) fn list(output: Output, only: Option<&str>, scripts: &[Row]) -> Result<(), CliError> {
    let only = only.map(role).transpose().map_err(|why| CliError::unknown_role(&why))?;
    let native: Vec<_> = all().iter().map(native).collect();
    let mut rows: Vec<_> = native.iter().chain(scripts).collect();
    rows.retain(|row| only.is_none_or(|role| row.role == role));
    rows.sort_by_key(|row| row.role);
    let cells = rows.iter().map(|row| row.cells.clone()).collect();
    let text = table(["role", "", "strategy", "what it does"], cells);
    let lines: Vec<_> = rows.iter().map(|row| row.json.clone()).collect();
    let scripts = if scripts.is_empty() { "" } else { "   ◇ a script" };
    output.list(&lines, &format!("{text}\n\n  ● in charge if nobody says otherwise{scripts}"));
    Ok(())
}

fn native(entry: &Entry) -> Row {
    let mark = if entry.status == Status::Default { "●" } else { "" };
    let cells = [entry.role.name(), mark, entry.name, entry.summary].map(str::to_owned);
    Row { role: entry.role, cells, json: entry_json(entry) }
}

/// What a strategy of the catalog does and can be told.
///
/// # Errors
/// There is none of this name.
pub(super) fn show(output: Output, name: &str) -> Result<(), CliError> {
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
        return Err(errors::no_such_strategy(name, nearest));
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
