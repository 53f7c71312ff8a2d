//! Bitswap over libp2p: a [`Behaviour`] for a swarm of your own, and the [`Bitswap`] handle
//! through which everything is asked.
//!
//! ```
//! use std::sync::Arc;
//!
//! use bitswap_net::{Builder, bitswap_core::strategy::plain, bitswap_store::MemoryStore};
//! ```

mod behaviour;
mod builder;
mod driver;
mod error;
mod export;
mod handle;
pub mod handler;
mod hashes;
mod routing;
mod timer;

pub use behaviour::{Behaviour, Event};
pub use bitswap_core::{Block, CallOptions, ConfigError, EngineConfig, Failure, Stats};
pub use bitswap_store::BlockStore;
pub use builder::Builder;
pub use error::{Closed, GetError, PutError};
pub use export::BUCKETS;
pub use handle::{Bitswap, Blocks, Session};
pub use routing::{ContentRouter, FixedRouter, Found, NoRouter, Provider};
