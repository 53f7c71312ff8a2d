//! Bitswap over libp2p: a [`Behaviour`] for a swarm of your own, and the [`Bitswap`] handle
//! through which everything is asked.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use bitswap_core::strategy::plain;
//! use bitswap_net::Builder;
//! use bitswap_store::MemoryStore;
//! use futures::StreamExt as _;
//! use libp2p::{SwarmBuilder, noise, tcp, yamux};
//!
//! # use std::error::Error;
//! # use cid::Cid;
//! # async fn example(cid: Cid, cids: Vec<Cid>) -> Result<(), Box<dyn Error>> {
//! let store = Arc::new(MemoryStore::new());
//! let (behaviour, bitswap) = Builder::new(store, plain::strategies()).build()?;
//! let mut swarm = SwarmBuilder::with_new_identity()
//!     .with_tokio()
//!     .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)?
//!     .with_behaviour(|_| behaviour)?
//!     .build();
//! swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
//! tokio::spawn(async move { while swarm.next().await.is_some() {} });
//!
//! let block = bitswap.get(cid).await?; // dropping the future cancels the want
//! let session = bitswap.session(); // what belongs together learns together
//! let mut blocks = session.get_many(cids); // in order of arrival
//! while let Some((cid, block)) = blocks.next().await {
//!     println!("{cid}: {} bytes", block?.len());
//! }
//! # drop(block);
//! # Ok(())
//! # }
//! ```
//!
//! How it works: the swarm runs the behaviour, the behaviour a driver, and the driver the engine
//! of `bitswap-core`, which decides everything. Each connection has a [`handler`] in a task of its
//! own, where what comes is decoded and hashed, so that one peer's large blocks hold up nobody
//! else. Queues are bounded: whoever is behind has others wait, and loses nothing.
//!
//! What is fetched is blocks. Files and directories made of them are those of `bitswap-unixfs`,
//! for which a [`Session`] is a source with feature `unixfs`.
//!
//! A swarm that negotiates streams lazily (`with_substream_upgrade_protocol_override`, with
//! `Version::V1Lazy`) saves a round trip whenever a stream is opened to a peer that is known to
//! speak our dialect.
//!
//! It needs tokio's timers, so the swarm has to be run by tokio. Nothing here is global: one
//! process may run many nodes.

mod behaviour;
mod builder;
pub mod cause;
mod download;
mod driver;
mod error;
mod export;
mod filter;
mod frame_budget;
mod handle;
pub mod handler;
mod hashes;
mod live;
mod record;
mod routing;
mod throttle;
mod timer;
mod tokio_clock;
mod trace;
#[cfg(feature = "unixfs")]
mod unixfs;

pub use behaviour::{Activity, Behaviour, Event, ExpectedPeers};
pub use bitswap_core::{
    Answers, AskDetail, AskOutcome, Block, ByteRate, CallOptions, CidDetail, ConfigError,
    ConnectedPeer, Denial, EngineConfig, Failure, OpenSession, OpenWant, PeerDetail, PeerUse,
    PeerWant, Reached, RelayOutcome, SearchDetail, SessionOptions, Stats, Timestamp, WantDetail,
    WantOutcome, WantStep,
};
pub use builder::{Builder, random_seed};
pub use error::{Closed, GetError, PutError};
pub use export::{
    FAST, LATENCY, LabelValues, MetricFamily, MetricKind, MetricLabel, SIZE, kubo_metric_families,
    metric_families,
};
pub use filter::Filter;
pub use handle::{Bitswap, Blocks, CidExplanation, PeerExplanation, RateLimits, Session};
pub use live::{LiveEvent, LiveEvents};
pub use record::RecordOptions;
pub use routing::{
    AddressReach, CombinedRouter, ContentRouter, FixedRouter, Found, NoRouter, Provider,
    QueryOutcome, RouterEvent, RouterEvents, RouterFinding, RouterStats,
};
#[cfg(feature = "delegated-routing")]
pub use routing::{
    DelegatedOptions, DelegatedRouter, DelegatedRouterError, Endpoint, EndpointError, TextError,
};
pub use trace::{Happening, Story, StoryLine};
