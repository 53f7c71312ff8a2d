//! `bitswap strategy check`: whether scripts are fit to be in charge.

use std::path::{Path, PathBuf};

use bitswap_service::error::{CliError, Exit};
use bitswap_service::scripts::ScriptFile;
use bitswap_strategies::script::Script;
use serde_json::{Value, json};
use toml::Table;

use super::cost::{self, Cost};
use crate::cli::output::{self, Output};
use crate::table::table;

/// Compiles scripts, checks their functions, puts the conformance suite and the largest questions
/// to them, and shows what a call costs.
///
/// Operations are the same on every machine, and bounded for each call. Times are this machine's;
/// they decide nothing. Ends with 0 if all scripts are fit, else with 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap strategy check examples/scripts/*.rhai
  bitswap strategy check my_way.rhai --role peer_selector --json")]
pub(super) struct Args {
    /// The scripts
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Which role they are for [default: the one whose functions they have]
    #[arg(long)]
    role: Option<String>,
}

/// A script that is fit.
struct Fit {
    file: ScriptFile,
    script: Script,
    /// Calls of the conformance suite.
    calls: u64,
    costs: Vec<Cost>,
}

impl Args {
    pub(super) fn run(self, output: Output) -> Exit {
        let (mut exit, mut texts, mut items) = (Exit::Ok, Vec::new(), Vec::new());
        for path in &self.files {
            output.progress(&format!("checking {}", path.display()));
            match Fit::check(path, self.role.as_deref()) {
                Ok(fit) => {
                    texts.push(fit.text());
                    items.push(fit.json());
                }
                Err(why) => {
                    exit = Exit::Failed;
                    output::complaint(&why);
                    // The fault itself is told once, by the complaint.
                    texts.push(format!("{}  NOT FIT", path.display()));
                    items.push(unfit(path, &why));
                }
            }
        }
        output.list(&items, &texts.join("\n\n"));
        exit
    }
}

impl Fit {
    fn check(path: &Path, role: Option<&str>) -> Result<Self, CliError> {
        let file = ScriptFile::read(path)?;
        let script = file.load(file.role(role)?, &Table::new())?;
        let misfit = |why| CliError::script_misfit(path, &file.text, &why);
        let stats = script.conform().map_err(misfit)?;
        let costs = cost::all(&script).map_err(|why| misfit(why.into()))?;
        Ok(Self { calls: stats.counts().calls, costs, script, file })
    }

    fn text(&self) -> String {
        let Self { file, script, calls, costs } = self;
        let parameters = script.parameters().into_iter();
        let parameters: Vec<_> =
            parameters.map(|(name, value)| format!("{name} = {value}")).collect();
        let parameters =
            if parameters.is_empty() { "none".to_owned() } else { parameters.join(", ") };
        let row = |cost: &Cost| {
            [
                cost.function.to_owned(),
                cost.operations.to_string(),
                format!("{:.1} %", 100.0 * cost.of_budget),
                format!("{:.1} µs", cost.microseconds),
                cost.shown.to_owned(),
            ]
        };
        let head = ["function", "operations", "of budget", "here", "shown"];
        let costs = table(head, costs.iter().map(row).collect());
        format!(
            "{}  fit: {}={}\n  functions    {}\n  parameters   {parameters}\n  \
             fallback     {}\n  conformance  {calls} calls on drawn views, none failed\n\n{costs}",
            file.path.display(),
            script.role(),
            file.name,
            script.functions().join(", "),
            script.fallback().name,
        )
    }

    fn json(&self) -> Value {
        let Self { file, script, calls, costs } = self;
        let parameters: Table = script.parameters().into_iter().collect();
        json!({
            "v": 1, "file": file.path, "ok": true, "error": null, "name": file.name,
            "role": script.role().name(), "functions": script.functions(),
            "parameters": parameters, "fallback": script.fallback().name,
            "conformance_calls": calls, "costs": costs,
        })
    }
}

fn unfit(path: &Path, why: &CliError) -> Value {
    json!({ "v": 1, "file": path, "ok": false, "error": output::error_object(why) })
}
