//! The program, run as people run it.

mod bad_input;
mod demo;
mod get;
mod serving;
mod strategies;
mod support;
