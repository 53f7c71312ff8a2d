//! `bitswap strategy list` and `show`: what can be chosen.

use bitswap_api::StrategyUse;
use bitswap_core::strategy::Role;
use bitswap_service::error::CliError;
use bitswap_strategies::catalog::{Entry, Parameter, Status, all, find, of_role, role};
use serde_json::{Value, json};

use crate::cli::errors;
use crate::cli::output::Output;
use crate::table::table;

/// A strategy of the list, and what it is in JSON.
pub(super) struct Row {
    pub(super) role: Role,
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) kind: RowKind,
    pub(super) json: Value,
}

/// What a strategy of the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    Default,
    Native,
    #[cfg(feature = "scripts")]
    Script,
}

/// What a strategy has to say in the running daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Say {
    InCharge,
    /// In the wrapper that is in charge, such as an arm of a split.
    Part,
    None,
}

/// All strategies of the catalog and `scripts`, by role, and which of them the daemon uses, if one
/// runs.
///
/// # Errors
/// There is no role `only`.
pub(super) fn list(
    output: Output,
    only: Option<&str>,
    scripts: Vec<Row>,
    used: Option<&[StrategyUse]>,
) -> Result<(), CliError> {
    let only = only.map(role).transpose().map_err(|why| CliError::unknown_role(&why))?;
    let mut rows: Vec<_> = all().iter().map(native).chain(scripts).collect();
    let others = used.map(|used| from_elsewhere(&rows, used)).unwrap_or_default();
    rows.extend(others);
    rows.retain(|row| only.is_none_or(|role| row.role == role));
    rows.sort_by_key(|row| row.role);
    let cells = |row: &Row| {
        let mark = mark(row, used);
        [row.role.name().to_owned(), mark, row.name.clone(), row.summary.clone()]
    };
    let marked: Vec<_> = rows.iter().map(cells).collect();
    let legend = legend(&marked, used.is_some());
    let text = table(["role", "", "strategy", "what it does"], marked);
    let lines: Vec<_> = rows.iter().map(|row| line(row, used)).collect();
    output.list(&lines, &format!("{text}\n\n{legend}"));
    Ok(())
}

fn native(entry: &Entry) -> Row {
    let is_default = entry.status == Status::Default;
    Row {
        role: entry.role,
        name: entry.name.to_owned(),
        summary: entry.summary.to_owned(),
        kind: if is_default { RowKind::Default } else { RowKind::Native },
        json: entry_json(entry),
    }
}

/// What is in charge and not in the list: scripts that the daemon was given by their files.
#[cfg(feature = "scripts")]
fn from_elsewhere(rows: &[Row], used: &[StrategyUse]) -> Vec<Row> {
    let is_listed = |one: &StrategyUse| {
        rows.iter().any(|row| row.role.name() == one.role && row.name == one.strategy)
    };
    let row = |one: &StrategyUse| {
        let (role, name) = (Role::of_name(&one.role)?, one.strategy.clone());
        let summary = "a script that is not in the directory".to_owned();
        let json = json!({
            "v": 1, "role": one.role, "name": name, "kind": "script", "status": "script",
            "default": false, "summary": summary,
        });
        Some(Row { role, name, summary, kind: RowKind::Script, json })
    };
    used.iter().filter(|one| one.in_use && !is_listed(one)).filter_map(row).collect()
}

/// Without scripts, all are in the catalog.
#[cfg(not(feature = "scripts"))]
const fn from_elsewhere(_: &[Row], _: &[StrategyUse]) -> Vec<Row> {
    Vec::new()
}

fn say(row: &Row, used: &[StrategyUse]) -> Say {
    let of_role = |one: &&StrategyUse| one.in_use && one.role == row.role.name();
    match used.iter().find(of_role) {
        Some(one) if one.strategy == row.name => Say::InCharge,
        Some(one) if one.parts.iter().any(|part| part.strategy == row.name) => Say::Part,
        _ => Say::None,
    }
}

fn mark(row: &Row, used: Option<&[StrategyUse]>) -> String {
    let say = match (used.map(|used| say(row, used)), row.kind) {
        (Some(Say::InCharge), _) | (None, RowKind::Default) => "●",
        (Some(Say::Part), _) => "◐",
        (Some(Say::None), RowKind::Default) => "○",
        _ => "",
    };
    #[cfg(feature = "scripts")]
    if row.kind == RowKind::Script {
        return format!("{say}◇");
    }
    say.to_owned()
}

/// What the marks mean that are there.
fn legend(rows: &[[String; 4]], daemon_runs: bool) -> String {
    let in_charge =
        if daemon_runs { "in charge now" } else { "in charge if nobody says otherwise" };
    let meanings = [
        ('●', in_charge),
        ('◐', "a part of the one in charge"),
        ('○', "the default"),
        ('◇', "a script"),
    ];
    let is_there = |mark: &char| rows.iter().any(|[_, marks, ..]| marks.contains(*mark));
    let there = meanings.into_iter().filter(|(mark, _)| is_there(mark));
    there.map(|(mark, meaning)| format!("  {mark} {meaning}")).collect::<Vec<_>>().join(" ")
}

/// A row in JSON; whether it is in charge is not known where no daemon runs.
fn line(row: &Row, used: Option<&[StrategyUse]>) -> Value {
    let say = used.map(|used| say(row, used));
    let mut line = row.json.clone();
    line["in_charge"] = json!(say.map(|say| say == Say::InCharge));
    line["part_of_it"] = json!(say.map(|say| say == Say::Part));
    line
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
