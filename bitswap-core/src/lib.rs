//! Bitswap without its network, disk and clock: a deterministic engine, the strategies' traits,
//! and the wire codec.
//!
//! What this crate promises:
//!
//! - **Pure.** The same seed, strategies and inputs give the same actions, on every platform.
//! - **Total.** Any input is accepted in any order; what makes no sense is counted. Nothing
//!   panics, whatever peers send.
//! - **Settled.** When [`Engine::handle`] returns, all that follows without outside help has
//!   followed. Draining actions changes nothing but the queue.
//! - **Bounded.** Memory is a function of [`Limits`], never of what peers send.
//! - **Answered.** Each call gets each of its CIDs delivered or failed, exactly once.
//! - **Judged elsewhere.** Whom to ask, whom to serve, what a debt is worth, where to look and
//!   what to pass on is asked of a [`StrategySet`](strategy::StrategySet), and every answer is
//!   checked.
//!
//! The loop that runs an engine: hand it an [`Input`], drain its [`Action`]s, come back at
//! [`Engine::next_deadline`] at the latest.

mod action;
mod block;
mod chance;
mod client;
mod config;
mod deadlines;
mod engine;
mod error;
mod event;
mod ids;
mod input;
mod judges;
mod keys;
mod ledger;
#[cfg(test)]
mod lent;
mod limits;
mod map;
mod out;
mod peers;
mod queues;
mod relay;
mod server;
mod smoothed;
mod stats;
pub mod strategy;
mod time;
mod tuning;
pub mod wire;

pub use action::{Action, Failure, ReadItem};
pub use block::Block;
pub use chance::Chance;
pub use config::{EngineConfig, PatienceConfig, RelayConfig};
pub use engine::{
    AskedPeer, BlockAsks, ConnectedPeer, Engine, OpenWant, PeerUse, PeerWant, PeerWantState,
    SessionSizes, Standing, WantState,
};
pub use error::{BlockError, ConfigError, WireError};
pub use event::{AskOutcome, Event, OwnAsk, WantOutcome};
pub use ids::{CallId, CidKey, HashKey, LookupId, PeerKey, ReadId, SendId, SessionId, WriteId};
pub use input::{CallOptions, Input, ReadAnswer, StoreFault};
pub use keys::Keys;
pub use limits::{Limits, MAX_BLOCK_BYTES, MAX_CID_BYTES, MAX_FRAME_BYTES, MIN_DIGEST_BYTES};
pub use map::Table;
pub use stats::{
    BlockCount, ClientStats, Gauges, RelayStats, ServerStats, Stats, StrategyStats, TransportStats,
    WireStats,
};
pub use time::Timestamp;
pub use tuning::Tuning;
pub use wire::{Lane, Lanes, Speaks};
