//! `bitswap-sim`: the laboratory's program.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
