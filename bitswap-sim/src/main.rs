//! `bitswap-sim`: the laboratory's program.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the program has a clock and threads; the library has neither"
)]

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Engines make and drop many small messages.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
