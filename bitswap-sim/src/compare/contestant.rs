//! Who is compared: strategies for one or more roles, with their parameters, from one line of text.

use bitswap_strategies::catalog::{self, CatalogError, StrategyChoice};
use toml::{Table, Value};

/// A choice of strategies, and what it is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    /// The text that it was read from, without `peer_selector=`.
    pub name: String,
    /// Its strategies. It was made once, so it can be made again.
    pub choice: StrategyChoice,
}

/// Why a text names no contestant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContestantError {
    /// The strategies cannot be made.
    #[error("{given}: {why}")]
    Catalog {
        /// The text.
        given: String,
        /// What is wrong.
        why: Box<CatalogError>,
    },
    /// The text, or the file that it names, has another form.
    #[error("`{given}` {why}")]
    Form {
        /// The text.
        given: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Contestant {
    /// Reads `default`, or one or more of these, with commas between them: `role=name`,
    /// `role=name{parameter = value, …}`, `role=file.rhai` (a script, which may be told parameters
    /// in the same way), or `file.toml` (tables `[strategy.<role>]` as in `bitswap.toml`). `read`
    /// gives the text of a file.
    ///
    /// ```
    /// use bitswap_sim::compare::Contestant;
    ///
    /// let text = "peer_selector=probabilistic{forgets = false}, ledger_policy=open";
    /// let boxo = Contestant::parse(text, |_| unreachable!("it names no file")).unwrap();
    /// assert_eq!(boxo.name, "probabilistic{forgets = false}, ledger_policy=open");
    /// ```
    ///
    /// # Errors
    /// A [`ContestantError`], also for a script that does not compile or a parameter out of range.
    pub fn parse(
        text: &str,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, ContestantError> {
        let form = |why: String| ContestantError::Form { given: text.to_owned(), why };
        let wrong = |why| ContestantError::Catalog { given: text.to_owned(), why: Box::new(why) };
        let mut choice = StrategyChoice::default();
        let mut names = Vec::new();
        for part in parts(text).into_iter().filter(|part| *part != "default") {
            names.push(part.strip_prefix("peer_selector=").unwrap_or(part));
            if is_file(part, "toml") {
                let text = read(part).map_err(form)?;
                choice = of_table(choice, &text).map_err(form)?;
                continue;
            }
            let (name, params) = split_params(part).map_err(form)?;
            let (role, name) =
                name.split_once('=').ok_or_else(|| form("is not of the form role=name".into()))?;
            let role = catalog::role(role.trim()).map_err(|why| wrong(why.into()))?;
            let name = name.trim();
            choice = if is_file(name, "rhai") {
                let script = read(name).map_err(form)?;
                choice.with_script_told(role, name, &script, params)
            } else {
                choice.with(role, name, params)
            };
        }
        choice.build().map_err(wrong)?;
        let name = if names.is_empty() { "default".to_owned() } else { names.join(", ") };
        Ok(Self { name, choice })
    }
}

/// What commas outside of braces and brackets separate.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let is_border = |c: char| {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    };
    text.split(is_border).map(str::trim).collect()
}

fn is_file(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end == extension)
}

/// A name, and the inline table behind it.
fn split_params(part: &str) -> Result<(&str, Table), String> {
    let Some((name, params)) = part.split_once('{') else {
        return Ok((part, Table::new()));
    };
    let params = format!("params = {{{params}").parse::<Table>().map_err(|why| why.to_string())?;
    match params.into_iter().next() {
        Some((_, Value::Table(params))) => Ok((name, params)),
        _ => Err("has no table of parameters behind its name".to_owned()),
    }
}

/// The choice with what the tables `[strategy.<role>]` of a file say.
fn of_table(mut choice: StrategyChoice, text: &str) -> Result<StrategyChoice, String> {
    let file: Table = text.parse().map_err(|why: toml::de::Error| why.to_string())?;
    let roles = file.get("strategy").and_then(Value::as_table);
    let roles = roles.ok_or_else(|| "has no table [strategy.<role>]".to_owned())?;
    for (role, table) in roles {
        let role = catalog::role(role).map_err(|why| why.to_string())?;
        let name = table.get("use").and_then(Value::as_str);
        let name = name.ok_or_else(|| format!("says no `use = \"name\"` in [strategy.{role}]"))?;
        let params = table.get(name).and_then(Value::as_table).cloned().unwrap_or_default();
        choice = choice.with(role, name, params);
    }
    Ok(choice)
}
