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
mod api;
mod cli;
mod config;
mod daemon;
mod demo;
mod error;
mod exit;
mod filter;
mod home;
mod http;
mod keep;
mod metrics;
mod node;
mod process;
mod providing;
mod routing;
mod scripts;
mod stop;
mod supervisor;
mod table;
mod units;

use std::process::ExitCode;

use bitswap_strategies::catalog::{self, Entry};

use crate::cli::output::Output;
use crate::error::CliError;

/// The program: parses the command line, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    cli::main().into()
}

/// The program with more strategies than those of the catalog.
pub fn main_with(strategies: impl IntoIterator<Item = Entry>) -> ExitCode {
    match catalog::extend(strategies) {
        Ok(()) => main(),
        Err(why) => Output::new(false, false).error(&CliError::bad_extension(&why)).into(),
    }
}
