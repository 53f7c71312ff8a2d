//! What the program can be told, one file for each verb.

mod calibrate;
mod campaign;
mod compare;
mod recording;
mod replay;
mod scenario;
mod speed;
mod sums;
mod totals;
mod world;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

/// Many Bitswap engines on one clock and one seed.
#[derive(Debug, clap::Parser)]
#[command(name = "bitswap-sim", version)]
enum Verb {
    Calibrate(calibrate::Args),
    Campaign(campaign::Args),
    Compare(compare::Args),
    Replay(replay::Args),
    Scenario(scenario::Args),
    Speed(speed::Args),
    Sums(sums::Args),
    World(world::Args),
}

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let mut out = io::stdout().lock();
    let done = match Verb::parse() {
        Verb::Calibrate(args) => args.run(&mut out),
        Verb::Campaign(args) => args.run(&mut out),
        Verb::Compare(args) => args.run(&mut out),
        Verb::Replay(args) => args.run(&mut out),
        Verb::Scenario(args) => args.run(&mut out),
        Verb::Speed(args) => args.run(&mut out),
        Verb::Sums(args) => args.run(&mut out),
        Verb::World(args) => args.run(&mut out),
    };
    let done = done.and_then(|code| out.flush().map(|()| code));
    // Nobody reads any more: there is nobody to tell.
    done.unwrap_or(ExitCode::FAILURE)
}
