//! The three levels of checks: `cargo xtask quick`, `gate` and `full`.
//!
//! `quick` needs Rust and git alone, and takes minutes at most: format, clippy of what changed and
//! of what depends on it, the tests of what changed, and the tests of the tree. The other two are
//! `.ci/run`, which knows their stages. With `--base REV`, what changed is all since then; else it
//! is all that `main` does not have, and what is not committed.

#![expect(clippy::disallowed_macros, clippy::print_stdout, reason = "a program for people")]

mod changed;
mod members;

use std::collections::BTreeSet;
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::changed::Base;
use crate::members::Members;

const USAGE: &str = "usage: cargo xtask quick [--base REV] | gate | full";

/// Tests of the tree, which every change can break.
const TIDY: &str = "bitswap-tidy";

/// Whose tests show what a change of another crate broke: the engine's rules and its judgements.
const TESTED_WITH: &[(&str, &str)] = &[("bitswap-core", "bitswap-strategies")];

/// Their tests of the whole program run for minutes, and so are the gate's.
const LIBRARY_TESTS_ONLY: &[&str] = &["bitswap-node", "bitswap-net", "bitswap-sim"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["quick"] => quick(&Base::Main),
        ["quick", "--base", revision] => quick(&Base::Revision((*revision).to_owned())),
        ["gate"] => run("bash", &[".ci/run"]),
        ["full"] => run("bash", &[".ci/run", "full"]),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn quick(base: &Base) -> Result<(), String> {
    let begun = Instant::now();
    let members = Members::read()?;
    let touched = members.touched_by(&changed::files(base)?);
    println!("changed: {}", in_words(&touched));

    run("cargo", &["fmt", "--all", "--check"])?;
    let concerned = members.with_dependents(&touched);
    if !concerned.is_empty() {
        cargo("clippy", &concerned, &["--all-targets", "--", "-D", "warnings"])?;
    }
    let mut tested = touched;
    for (changed, other) in TESTED_WITH {
        if tested.contains(*changed) {
            tested.insert((*other).to_owned());
        }
    }
    tested.insert(TIDY.to_owned());
    let (short, whole): (BTreeSet<_>, BTreeSet<_>) =
        tested.into_iter().partition(|name| LIBRARY_TESTS_ONLY.contains(&name.as_str()));
    cargo("test", &whole, &["--quiet"])?;
    if !short.is_empty() {
        cargo("test", &short, &["--quiet", "--lib"])?;
    }
    println!("quick: {} s", begun.elapsed().as_secs());
    Ok(())
}

fn in_words(names: &BTreeSet<String>) -> String {
    let listed: Vec<&str> = names.iter().map(String::as_str).collect();
    if listed.is_empty() { "no crate".to_owned() } else { listed.join(" ") }
}

/// Runs `cargo VERB -p NAME… MORE…`.
fn cargo(verb: &str, names: &BTreeSet<String>, more: &[&str]) -> Result<(), String> {
    let packages = names.iter().flat_map(|name| ["-p", name]);
    let words: Vec<&str> = [verb].into_iter().chain(packages).chain(more.iter().copied()).collect();
    run("cargo", &words)
}

/// Runs a command, shows it, and says how long it took.
fn run(program: &str, words: &[&str]) -> Result<(), String> {
    let shown = format!("{program} {}", words.join(" "));
    println!("== {shown}");
    let begun = Instant::now();
    let ended = Command::new(program).args(words).current_dir(members::root()).status();
    let status = ended.map_err(|why| format!("{program} does not start: {why}"))?;
    println!("== {:.0} s", begun.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(format!("{shown} ended with {status}")) }
}
