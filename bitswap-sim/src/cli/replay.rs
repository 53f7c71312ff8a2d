//! `replay`: one run again, told as it goes.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use bitswap_sim::campaign::{Healing, Outcome, Plan, Pool, watch};

/// Runs the recording of a node, the plan of a seed, or a plan that was told by a campaign.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What `bitswap daemon --record` wrote: the same must come of each input.
    #[arg(required_unless_present_any = ["plan", "seed"], conflicts_with_all = ["plan", "seed"])]
    file: Option<PathBuf>,
    /// What this strategy would have decided, such as `peer_selector=expected-finish`, in the form
    /// of `compare`; can be given once for each role.
    #[arg(long, requires = "file")]
    strategy: Vec<String>,
    /// The plan of this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// This plan.
    #[arg(long)]
    plan: Option<Plan>,
    /// Shows the plan, and all that nodes are told and do.
    #[arg(long)]
    verbose: bool,
}

impl Args {
    pub(super) fn run(self, out: &mut impl Write) -> io::Result<ExitCode> {
        if let Some(file) = &self.file {
            return super::recording::run(file, &self.strategy, self.verbose, out);
        }
        let plan = self.plan.unwrap_or_else(|| Plan::of(self.seed.unwrap_or_default()));
        if self.verbose {
            writeln!(out, "{}\n{plan}", listed(&plan))?;
        }
        let mut diary = Vec::new();
        let outcome = watch(&plan, &mut Pool::default(), self.verbose, |world| {
            diary.extend_from_slice(world.diary());
        });
        for line in diary {
            writeln!(out, "{line}")?;
        }
        let Outcome { events, faults, nodes, trace, check_counts, most_wants, healing, failure } =
            outcome;
        writeln!(
            out,
            "{events} events, {faults} faults, {nodes} nodes; trace {trace}\n{check_counts}"
        )?;
        let Healing { was_hurried: _, judged, exempt, due, took } = healing;
        let exempt: u64 = exempt.values().sum();
        let longest = took.into_iter().max().unwrap_or_default();
        writeln!(out, "at most {most_wants} wants open at once")?;
        writeln!(out, "{judged} calls judged, {exempt} exempt, the last ended after {longest:?}")?;
        writeln!(out, "{due} calls were due before healing")?;
        match failure {
            None => Ok(ExitCode::SUCCESS),
            Some(failure) => {
                writeln!(out, "{failure}")?;
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

/// One line for each part.
fn listed(plan: &Plan) -> String {
    let players = plan.players.iter().map(|item| format!("{item:?}"));
    let links = plan.links.iter().map(|item| format!("{item:?}"));
    let contents = plan.contents.iter().map(|item| format!("{item:?}"));
    let calls = plan.calls.iter().map(|item| format!("{item:?}"));
    let faults = plan.faults.iter().map(|item| format!("{item:?}"));
    let bulks = plan.bulks.iter().map(|item| format!("{item:?}"));
    let routes = plan.routes.iter().map(|item| format!("{item:?}"));
    let parts =
        players.chain(links).chain(contents).chain(calls).chain(bulks).chain(routes).chain(faults);
    parts.collect::<Vec<_>>().join("\n")
}
