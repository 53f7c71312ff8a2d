//! The program, run as people run it.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod bad_input;
mod car;
mod check;
#[cfg(unix)]
mod coming_back;
#[cfg(unix)]
mod completing;
mod config;
#[cfg(unix)]
mod daemon;
mod demo;
#[cfg(unix)]
mod dht;
#[cfg(unix)]
mod explain;
mod files;
#[cfg(unix)]
mod filter;
mod gc;
mod get;
mod holding;
#[cfg(unix)]
mod log;
mod metrics;
mod newcomer;
mod pins;
#[cfg(unix)]
mod record;
mod resume;
#[cfg(unix)]
mod routing;
#[cfg(feature = "scripts")]
mod scripts;
mod serve;
mod serving;
#[cfg(unix)]
mod sharing;
mod store;
mod strategies;
#[cfg(target_os = "linux")]
mod supervised;
mod support;
mod swarm;
#[cfg(unix)]
mod tcp_api;
#[cfg(all(feature = "top", unix))]
mod top;
