//! Worlds of real engines, from two nodes to fifty.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that panics has failed")]

mod calibration;
mod campaign;
mod cast;
mod clocks;
mod compare;
mod content;
mod hostile;
mod invariants;
mod liars;
mod lines;
mod program;
mod ramp;
mod random;
mod recorded;
mod relay;
mod resets;
mod routing;
mod same_seed;
mod scenarios;
mod scripts;
mod storms;
mod strategies;
mod swarms;
mod timetables;
mod timing;
mod trials;
mod upload;
mod wrappers;
