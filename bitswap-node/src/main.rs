//! The program `bitswap`: parses, runs, exits.

mod access;
mod api;
mod cli;
mod config;
mod daemon;
mod dag;
mod demo;
mod error;
mod exit;
mod home;
mod http;
mod metrics;
mod node;
mod scripts;
mod stop;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main().into()
}
