//! A whole node as a library: its configuration, its directory, its store, its metrics, and the
//! host and engine that they are for. What answers people and programs stands on it: `/api/v1`
//! in bitswap-api, the command line in bitswap-node.

#![expect(missing_debug_implementations, reason = "behaviours, stores and strategies have none")]

pub mod config;
pub mod error;
pub mod filter;
pub mod home;
pub mod http;
pub mod keep;
pub mod metrics;
pub mod node;
pub mod plural;
pub mod process;
pub mod providing;
pub mod routing;
pub mod scripts;
pub mod units;
