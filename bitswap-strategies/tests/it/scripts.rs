//! Strategies written as scripts.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that panics has failed")]

mod examples;
mod faults;
mod hostile;
mod loading;
mod migration;
mod own_tests;
mod views;
