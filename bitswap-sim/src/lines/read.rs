//! What a file of worlds says: what all its runs have in common, and `[[runs]]`, each with what it
//! has besides. Lists in `each` make a run of all combinations.

#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use serde::Deserialize as _;
use toml::{Table, Value};

use super::{Expect, Lines};

/// What is wrong with a file of worlds, and in which run, from 1; 0 is what all have in common.
#[derive(Debug, thiserror::Error)]
#[error("{file}, run {run}: {why}")]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// The run.
    pub run: usize,
    /// What is wrong.
    #[source]
    pub why: Wrong,
}

/// What can be wrong with a run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Wrong {
    /// It is not TOML, has an unknown field or lacks one, or a field is of another type.
    #[error("{}", .0.to_string().trim_end())]
    Toml(#[from] toml::de::Error),
    /// `runs` is no list of tables.
    #[error("`runs` is no list of tables")]
    Runs,
    /// `each` has no lists.
    #[error("`each` is no table of lists, as `{0}` says")]
    Each(String),
    /// A number cannot be.
    #[error("`{field}` is {value}, not from {} to {}", allowed.start(), allowed.end())]
    Range {
        /// The field.
        field: &'static str,
        /// What it says.
        value: u64,
        /// What it could say.
        allowed: RangeInclusive<u64>,
    },
    /// A bound is below 0, or no number.
    #[error("`{0}` is no bound")]
    Bound(&'static str),
    /// It does not succeed, and nothing says why.
    #[error("`expect` is not \"succeeds\", and there is no `because`")]
    NoReason,
    /// A line of a crowd has no rate.
    #[error("all lines of a crowd have rates")]
    CrowdRates,
}

/// All runs of a file, whose name without its extension is `name`.
///
/// # Errors
/// The first [`Mistake`] in it.
pub fn read(name: &str, text: &str) -> Result<Vec<Lines>, Mistake> {
    let mistake = |run, why| Mistake { file: name.to_owned(), run, why };
    let mut common: Table = text.parse().map_err(|why: toml::de::Error| mistake(0, why.into()))?;
    let runs = match common.remove("runs") {
        None => vec![Value::Table(Table::new())],
        Some(Value::Array(runs)) => runs,
        Some(_) => return Err(mistake(0, Wrong::Runs)),
    };
    let mut lines = Vec::new();
    for (place, run) in runs.into_iter().enumerate() {
        let Value::Table(run) = run else { return Err(mistake(place + 1, Wrong::Runs)) };
        for row in rows(run).map_err(|why| mistake(place + 1, why))? {
            let mut whole = common.clone();
            whole.extend(row);
            lines.push(made(name, whole).map_err(|why| mistake(place + 1, why))?);
        }
    }
    Ok(lines)
}

/// A run with each of the values that `each` has for it.
fn rows(mut run: Table) -> Result<Vec<Table>, Wrong> {
    let each = match run.remove("each") {
        None => Table::new(),
        Some(Value::Table(each)) => each,
        Some(other) => return Err(Wrong::Each(other.to_string())),
    };
    let mut rows = vec![run];
    for (field, values) in each {
        let Value::Array(values) = values else { return Err(Wrong::Each(field)) };
        let with = |(row, value): (&Table, &Value)| {
            let mut row = row.clone();
            row.insert(field.clone(), value.clone());
            row
        };
        rows =
            rows.iter().flat_map(|row| values.iter().map(move |it| (row, it))).map(with).collect();
    }
    Ok(rows)
}

fn made(name: &str, table: Table) -> Result<Lines, Wrong> {
    let lines = Lines { name: name.to_owned(), ..Lines::deserialize(table)? };
    if let Some((field, value, allowed)) = lines.out_of_range() {
        return Err(Wrong::Range { field, value, allowed });
    }
    let bounds = [
        ("at_most", lines.at_most),
        ("received_at_most", lines.received_at_most),
        ("cancelled_at_most", lines.cancelled_at_most),
    ];
    if let Some((field, _)) = bounds.iter().find(|(_, bound)| !bound.is_finite() || *bound < 0.0) {
        return Err(Wrong::Bound(field));
    }
    if lines.expect != Expect::Succeeds && lines.because.is_empty() {
        return Err(Wrong::NoReason);
    }
    if lines.crowd && (lines.ups().contains(&0) || lines.client_up() == 0) {
        return Err(Wrong::CrowdRates);
    }
    Ok(lines)
}
