//! Whole swarms in one process, over libp2p's memory transport, under a clock that stands still
//! until nothing else is left to do.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]

mod backpressure;
mod cancel;
mod explain;
mod filter;
mod hostile;
mod lanes;
mod limits;
mod live;
mod metrics;
mod reconnect;
mod relay;
mod resets;
mod search;
mod support;
mod throttled;
mod two_nodes;
mod types;
mod unfinished;
mod versions;
