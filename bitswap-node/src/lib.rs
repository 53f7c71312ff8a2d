//! The program `bitswap` as a function, for crates that add strategies to it.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     bitswap_node::main_with([/* Entry::peer_selector::<MyWay>("my-way", …) */])
//! }
//! ```

mod access;
mod cli;
mod daemon;
mod demo;
mod stop;
mod supervisor;
mod table;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use bitswap_strategies::catalog::{self, Entry};

use crate::cli::output::Output;

/// The program: parses the command line, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    cli::main().into()
}

/// The program with more strategies than those of the catalog.
pub fn main_with(strategies: impl IntoIterator<Item = Entry>) -> ExitCode {
    match catalog::extend(strategies) {
        Ok(()) => main(),
        Err(why) => Output::new(false, false).error(&cli::errors::bad_extension(&why)).into(),
    }
}
