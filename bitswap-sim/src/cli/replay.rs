//! `replay`: one run again, told as it goes.

use std::process::ExitCode;

use bitswap_sim::campaign::{Plan, Pool, watch};
use clap::Args;

/// Runs the plan of a seed, or a plan that was told by a campaign.
#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// The plan of this seed.
    #[arg(long, required_unless_present = "plan")]
    seed: Option<u64>,
    /// This plan.
    #[arg(long)]
    plan: Option<Plan>,
    /// Shows the plan, and all that nodes are told and do.
    #[arg(long)]
    verbose: bool,
}

impl Replay {
    pub(crate) fn run(self) -> ExitCode {
        let plan = self.plan.unwrap_or_else(|| Plan::of(self.seed.unwrap_or_default()));
        if self.verbose {
            println!("{plan:#?}\n{plan}");
        }
        let outcome = watch(&plan, &mut Pool::default(), self.verbose, |world| {
            world.diary().iter().for_each(|line| println!("{line}"));
        });
        println!(
            "{} events, {} faults, {} nodes; trace {}\n{}",
            outcome.events, outcome.faults, outcome.nodes, outcome.trace, outcome.census
        );
        match outcome.failure {
            None => ExitCode::SUCCESS,
            Some(failure) => {
                eprintln!("{failure}");
                ExitCode::FAILURE
            }
        }
    }
}
