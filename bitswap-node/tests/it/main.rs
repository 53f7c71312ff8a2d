//! The program, run as people run it.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod bad_input;
mod config;
mod demo;
mod get;
mod serving;
mod strategies;
mod support;
