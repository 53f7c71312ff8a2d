//! `bitswap strategy test`: a script's own tests, and what it decides.

use std::path::PathBuf;

use bitswap_core::Chance;
use bitswap_service::error::{CliError, Exit};
use bitswap_service::scripts::ScriptFile;
use bitswap_strategies::cases;
use bitswap_strategies::script::{Failure, Script};
use serde_json::{Value, json};
use toml::Table;

use crate::cli::output::{self, Output};

/// Runs the functions of a script that are called test_…, and shows what it decides when it is
/// shown a few plain views.
///
/// Peers in those views are called 1, 2, … and wants 1001, 1002, …; it is 60 s after the start.
/// Ends with 0 if all tests pass, else with 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  bitswap strategy test examples/scripts/fastest_first.rhai")]
pub(super) struct Args {
    /// The script
    file: PathBuf,

    /// Which role it is for [default: the one whose functions it has]
    #[arg(long)]
    role: Option<String>,
}

/// A test that was run; `Ok` holds its operations.
type Tested = (String, Result<u64, Failure>);

/// What the script was shown, by function, and what it decided.
struct Decided {
    function: &'static str,
    shown: &'static str,
    lines: Vec<String>,
}

impl Args {
    pub(super) fn run(self, output: Output) -> Result<Exit, CliError> {
        let file = ScriptFile::read(&self.file)?;
        let script = file.load(file.role(self.role.as_deref())?, &Table::new())?;
        let names = script.tests().into_iter();
        let tested: Vec<Tested> = names
            .map(|name| {
                let outcome = script.run_test(&name);
                (name, outcome)
            })
            .collect();
        let decided = decided(&script);
        let broken =
            |failure: &Failure| CliError::script_test_failed(&file.path, &file.text, failure);
        let failed: Vec<_> =
            tested.iter().filter_map(|(_, outcome)| outcome.as_ref().err()).map(broken).collect();
        for why in &failed {
            output::complaint(why);
        }
        let result = json!({
            "v": 1, "file": file.path, "role": script.role().name(), "ok": failed.is_empty(),
            "tests": tested.iter().map(|test| test_json(test, broken)).collect::<Vec<_>>(),
            "decisions": decided.iter().map(decided_json).collect::<Vec<_>>(),
        });
        output.result(&result, &text(&script, &tested, &decided));
        Ok(if failed.is_empty() { Exit::Ok } else { Exit::Failed })
    }
}

fn decided(script: &Script) -> Vec<Decided> {
    let decide = |case: cases::Case| {
        let (mut strategy, stats) = script.strategy();
        let mut dice = Chance::named(1, "test");
        case.prepare(&mut strategy, &mut dice);
        let prepared = stats.counts().calls;
        let answer = case.ask(&mut strategy, cases::now(), &mut dice)?;
        let lines = match stats.first_failure() {
            Some(failure) => vec![format!("fails: {failure}")],
            None if stats.counts().calls == prepared => return None,
            None => answer.lines(),
        };
        Some(Decided { function: case.function, shown: case.about, lines })
    };
    cases::of_role(script.role()).into_iter().filter_map(decide).collect()
}

/// How many lines are shown of one answer.
const LINES: usize = 4;

fn text(script: &Script, tested: &[Tested], decided: &[Decided]) -> String {
    let passed = tested.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    let mut lines = vec![match tested.len() {
        0 => "no tests of its own: write  fn test_…(ctx) { … }".to_owned(),
        all => format!("{passed} of {all} tests passed"),
    }];
    for (name, outcome) in tested {
        lines.push(match outcome {
            Ok(operations) => format!("  ✓ {name}  ({operations} operations)"),
            Err(failure) => format!("  ✗ {name}  {failure}"),
        });
    }
    lines.push(format!("\ndecisions of {}={}", script.role(), script.name()));
    for Decided { function, shown, lines: said } in decided {
        lines.push(format!("  {function}: {shown}"));
        lines.extend(said.iter().take(LINES).map(|line| format!("    {line}")));
        if said.len() > LINES {
            lines.push(format!("    and {} more", said.len() - LINES));
        }
    }
    lines.join("\n")
}

fn test_json((name, outcome): &Tested, told: impl Fn(&Failure) -> CliError) -> Value {
    let error = outcome.as_ref().err().map(|failure| output::error_object(&told(failure)));
    let operations = outcome.as_ref().ok();
    json!({ "name": name, "ok": outcome.is_ok(), "operations": operations, "error": error })
}

fn decided_json(decided: &Decided) -> Value {
    json!({ "function": decided.function, "shown": decided.shown, "decisions": decided.lines })
}
