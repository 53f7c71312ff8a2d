//! `replay FILE`: a node's recording again, and whether the same came of it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::process::ExitCode;

use bitswap_core::{Action, Timestamp};
use bitswap_sim::compare::Contestant;
use bitswap_sim::recorded::{Difference, Others, Outcome, Watch, replay};
use bitswap_strategies::catalog;

/// Replays the recording in a file, with these strategies beside the recorded ones.
pub(super) fn run(
    path: &Path,
    strategies: &[String],
    verbose: bool,
    out: &mut impl Write,
) -> io::Result<ExitCode> {
    let mut told = Ok(());
    let mut watch = |at: Timestamp, input: &str, actions: &[Action]| {
        if told.is_ok() {
            told = tell_step(out, at, input, actions);
        }
    };
    let outcome = of_file(path, strategies, verbose.then_some(&mut watch));
    told?;
    match outcome {
        Ok(outcome) => tell(&outcome, out),
        Err(why) => {
            writeln!(out, "{}: {why}", path.display())?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn of_file(
    path: &Path,
    strategies: &[String],
    watch: Option<&mut Watch<'_>>,
) -> Result<Outcome, Box<dyn Error>> {
    let others = strategies.iter().map(|text| {
        let read = |name: &str| fs::read_to_string(name).map_err(|why| why.to_string());
        let choice = Contestant::parse(text, read)?.choice;
        let role = text.split('=').next().unwrap_or_default();
        Ok((catalog::role(role.trim())?, choice))
    });
    let others = others.collect::<Result<Others, Box<dyn Error>>>()?;
    Ok(replay(BufReader::new(File::open(path)?), &others, watch)?)
}

fn tell_step(
    out: &mut impl Write,
    at: Timestamp,
    input: &str,
    actions: &[Action],
) -> io::Result<()> {
    writeln!(out, "{} {input}", seconds(at))?;
    actions.iter().try_for_each(|action| writeln!(out, "    {action:?}"))
}

fn tell(outcome: &Outcome, out: &mut impl Write) -> io::Result<ExitCode> {
    let header = &outcome.header;
    let names = if header.keeps_names() { "true names" } else { "pseudonyms" };
    writeln!(out, "recorded by bitswap {}, with {names}", header.program)?;
    if *header.program != *env!("CARGO_PKG_VERSION") {
        writeln!(out, "this is another version, which may decide otherwise")?;
    }
    for recipe in &header.strategies {
        let mut params = recipe.params.lines();
        let first = params.next().map(|line| format!("  {line}")).unwrap_or_default();
        let more = if params.next().is_some() { " …" } else { "" };
        writeln!(out, "  {}={}{first}{more}", recipe.role, recipe.name)?;
    }
    let inputs: u64 = outcome.inputs.values().sum();
    writeln!(
        out,
        "inputs {inputs}, in {:?}; peers {}, wants {}",
        outcome.span, outcome.peers, outcome.wants
    )?;
    writeln!(out, "inputs:  {}", listed(&outcome.inputs))?;
    writeln!(out, "actions: {}", listed(&outcome.actions))?;
    for (role, decisions) in &outcome.others {
        let (same, different) = (decisions.same, decisions.different);
        writeln!(out, "{role}: the other decides {same} times the same, {different} otherwise")?;
        for example in &decisions.examples {
            writeln!(out, "  {example}")?;
        }
    }
    if let Some(difference) = &outcome.difference {
        tell_difference(difference, out)?;
        return Ok(ExitCode::FAILURE);
    }
    if !outcome.is_whole {
        writeln!(out, "the recording was cut off here")?;
    }
    writeln!(out, "the same came of every input")?;
    Ok(ExitCode::SUCCESS)
}

fn tell_difference(difference: &Difference, out: &mut impl Write) -> io::Result<()> {
    let Difference { number, at, input, actions } = difference;
    writeln!(out, "DIFFERENT: something else came of input {number}, at {}", seconds(*at))?;
    writeln!(out, "  {input}\nnow this comes of it:")?;
    actions.iter().try_for_each(|action| writeln!(out, "  {action:?}"))
}

fn listed(counts: &BTreeMap<&str, u64>) -> String {
    let all = counts.iter().map(|(kind, count)| format!("{kind} {count}"));
    all.collect::<Vec<_>>().join(", ")
}

fn seconds(at: Timestamp) -> String {
    let micros = at.as_nanos() / 1_000;
    format!("{}.{:06} s", micros / 1_000_000, micros % 1_000_000)
}
