//! `bitswap-sim`: the laboratory's program.

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Engines make and drop many small messages.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
