//! The laboratory as a program: campaigns, their replays, and what else is measured in it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]
#![expect(clippy::disallowed_macros, reason = "the rule is for the library")]
#![expect(clippy::disallowed_types, reason = "real time is told to people, and decides no run")]
#![expect(clippy::disallowed_methods, reason = "threads share out runs, and none sees another")]

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    cli::Cli::parse().run()
}
