//! Engines that tests drive: without a clock, a network or a disk.
//!
//! A [`Driver`] runs one engine and plays its world: a toy store, a wire that takes every message,
//! and a routing system in which nobody is found. What it is told to hold ([`Driver::hold`]) stays
//! open until the test closes it, or lets go of it. A [`Net`] runs several engines whose messages
//! arrive in the step in which they were sent. After every input both check the engine's invariants
//! ([`Engine::violation`](crate::Engine::violation)). Time is a number that the test sets.
//!
//! The module exists with the cargo feature `testing`, for dev-dependencies:
//!
//! ```toml
//! [dev-dependencies]
//! bitswap-core = { workspace = true, features = ["testing"] }
//! ```
//!
//! # Example
//!
//! Of two peers that are asked whether they have a block, the one that has it is asked for it:
//!
//! ```
//! use bitswap_core::testing::{Driver, block};
//! use bitswap_core::wire::{BlockPresence, WantKind};
//!
//! let (cid, content) = block(1, 9_000);
//! let mut alice = Driver::default().with_peers(2);
//! alice.want(1, &[cid]);
//! assert_eq!(alice.wanted_of(1, cid), Some(WantKind::Have));
//!
//! alice.receive_presence(1, cid, BlockPresence::Have);
//! assert_eq!(alice.wanted_of(1, cid), Some(WantKind::Block));
//! assert_eq!(alice.wanted_of(2, cid), Some(WantKind::Have));
//!
//! alice.receive_block(1, &(cid, content));
//! assert_eq!(alice.delivered(), 1);
//! ```
#![expect(clippy::expect_used, reason = "a test that panics has failed")]

mod actions;
mod driver;
mod fixtures;
mod net;
mod store;

pub use actions::{entries, lookups, messages, presences, reads, sends, wants};
pub use driver::{Driver, Held};
pub use fixtures::{
    SPEAKS, at, block, blocks, call, call_in, cids_of, connected, finder, peer, policy,
    prioritizer, received, registry, selector, want,
};
pub use net::Net;
pub use store::ToyStore;
