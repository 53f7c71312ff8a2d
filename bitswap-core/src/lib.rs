//! Bitswap without its network, disk and clock: a deterministic engine, the strategies' traits,
//! and the wire codec.
//!
//! What this crate promises:
//!
//! - **Pure.** The same seed, strategies and inputs give the same actions, on every platform.
//! - **Total.** Inputs may come in any order; one that makes no sense is counted and otherwise
//!   ignored. Nothing panics, whatever peers send.
//! - **Settled.** When [`Engine::handle`] returns, everything that follows from the input without
//!   outside help is done. Draining the actions changes only their queue.
//! - **Bounded.** Memory is a function of [`Limits`], never of what peers send.
//! - **Answered.** Each call has each of its CIDs delivered or failed, exactly once.
//! - **Strategies decide.** A [`StrategySet`](strategy::StrategySet) decides which peers to ask and
//!   to serve, the weight of a debt, where to search and what to relay; every answer is checked.
//!
//! # The run loop
//!
//! The engine does nothing by itself. Its driver keeps three rules:
//!
//! 1. Every [`Engine::handle`] is followed by draining [`Engine::poll_action`] until it returns
//!    `None`, before the next `handle`.
//! 2. Every id in an action is closed by exactly one input with that id, sooner or later; a `Send`
//!    is also closed by the disconnection of its peer.
//! 3. `handle` is called at [`Engine::next_deadline`] at the latest, with
//!    [`Input::DeadlineReached`] if nothing else happened. Each input may change the deadline;
//!    [`Engine::next_deadline_reason`] says what it is for.
//!
//! | [`Action`] | the [`Input`] that closes it |
//! |---|---|
//! | `Connect` | `PeerConnected` or `DialFailed` |
//! | `Deliver`, `Fail` | none; `CallDemand` gives the call credit for more |
//! | `Finish`, `Disconnect`, `Report` | none |
//! | `Lookup` | `LookupEnded`, after any number of `ProvidersFound` |
//! | `Read` | `ReadDone`, with one answer for each item, in order |
//! | `Send` | `Sent` or `SendFailed`, and also `PeerDisconnected` |
//! | `SuspendSend` | none of its own; `SendWaits` once the blocks are needed again |
//! | `ResumeSend` | none of its own |
//! | `StopLookup` | none of its own; the look-up is still closed by `LookupEnded` |
//! | `Write` | `WriteDone` |
//!
//! Two engines without a network, the second of which has the block that the first one wants:
//!
//! ```
//! use std::collections::{BTreeMap, VecDeque};
//!
//! use bitswap_core::strategy::plain;
//! use bitswap_core::wire::{ProtocolVersion, Skipped};
//! use bitswap_core::{Action, Block, CallId, CallOptions, Engine, EngineConfig, Input, NewCall};
//! use bitswap_core::{Lanes, PeerCapabilities, ReadAnswer, SessionId, Timestamp};
//! use cid::Cid;
//! use libp2p_identity::PeerId;
//! use multihash::Multihash;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let block = Block::sha2_256("an apple".into())?;
//! let name = |block: &Block| Cid::new_v1(0x55, *block.multihash());
//! let cid = name(&block);
//! let mut stores = [BTreeMap::new(), BTreeMap::from([(cid, block.clone())])];
//! let engine = |seed| Engine::new(EngineConfig::seeded(seed), plain::strategies());
//! let mut engines = [engine(1)?, engine(2)?];
//! let hash = |n| Multihash::wrap(0x12, &[n; 32]);
//! let peer = |hash| PeerId::from_multihash(hash).map_err(|_| "no hash of a key");
//! let peers = [peer(hash(1)?)?, peer(hash(2)?)?];
//! let capabilities = PeerCapabilities { protocol: ProtocolVersion::V1_2, lanes: Lanes::Two };
//! let (session, call, options) = (SessionId(1), CallId(1), CallOptions::default());
//!
//! let mut delivered = None;
//! let mut now = Timestamp::ZERO;
//! // What has happened, and to which engine.
//! let mut inputs = VecDeque::from([
//!     (0, Input::PeerConnected { peer: peers[1], capabilities }),
//!     (1, Input::PeerConnected { peer: peers[0], capabilities }),
//!     (0, Input::from(NewCall { session, call, cids: vec![cid], options })),
//! ]);
//! loop {
//!     let due = (0..2).filter_map(|n| Some((engines[n].next_deadline()?, n))).min();
//!     let (n, input) = match (inputs.pop_front(), due) {
//!         (Some(next), _) => next,
//!         // A real driver sleeps until then.
//!         (None, Some((deadline, n))) => {
//!             now = deadline;
//!             (n, Input::DeadlineReached)
//!         }
//!         (None, None) => break,
//!     };
//!     engines[n].handle(now, input);
//!     while let Some(action) = engines[n].poll_action() {
//!         match action {
//!             Action::Send { peer, send, message, .. } => {
//!                 inputs.push_back((n, Input::Sent { peer, send }));
//!                 let (peer, skipped) = (peers[n], Skipped::default());
//!                 inputs.push_back((1 - n, Input::MessageReceived { peer, message, skipped }));
//!             }
//!             Action::Read { read, items } => {
//!                 let answers = items.iter().map(|item| match stores[n].get(&item.cid) {
//!                     None => ReadAnswer::Missing,
//!                     Some(block) if item.size_only => ReadAnswer::Size(block.len() as u32),
//!                     Some(block) => ReadAnswer::Block(block.clone()),
//!                 });
//!                 let answers = answers.collect();
//!                 inputs.push_back((n, Input::ReadDone { read, answers }));
//!             }
//!             Action::Write { write, blocks } => {
//!                 stores[n].extend(blocks.into_iter().map(|block| (name(&block), block)));
//!                 inputs.push_back((n, Input::WriteDone { write, outcome: Ok(()) }));
//!             }
//!             // Nobody else is found or can be dialled.
//!             Action::Lookup { lookup, .. } => {
//!                 inputs.push_back((n, Input::LookupEnded { lookup }));
//!             }
//!             Action::Connect { peer } => inputs.push_back((n, Input::DialFailed { peer })),
//!             Action::Deliver { block, .. } => delivered = Some(block),
//!             Action::Fail { why, .. } => return Err(why.into()),
//!             Action::Finish { .. }
//!             | Action::Disconnect { .. }
//!             | Action::Report(_)
//!             | Action::StopLookup { .. }
//!             | Action::SuspendSend { .. }
//!             | Action::ResumeSend { .. } => {}
//!         }
//!     }
//! }
//! assert_eq!(delivered, Some(block));
//! assert!(stores[0].contains_key(&cid));
//! assert!(now > Timestamp::ZERO);
//! # Ok(())
//! # }
//! ```
//!
//! Tests find this loop, and what peers and callers usually do, in the module `testing`, behind the
//! cargo feature of that name.

mod action;
mod answer_times;
mod block;
mod chance;
mod client;
mod config;
mod deadlines;
mod digest;
mod engine;
mod error;
mod event;
mod ids;
mod input;
mod keys;
mod ledger;
#[cfg(test)]
mod lent;
mod limits;
mod map;
mod out;
mod peers;
mod queues;
#[cfg(feature = "record")]
pub mod record;
mod relay;
mod server;
mod short_cid;
mod smoothed;
mod stats;
mod strategies;
pub mod strategy;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod tuning;
pub mod wire;

pub use action::{Action, Answers, Failure, ReadItem};
pub use answer_times::AnswerTimes;
pub use block::Block;
pub use chance::Chance;
pub use config::{EngineConfig, Names, RelayConfig, TimeoutConfig};
pub use deadlines::DeadlineReason;
pub use engine::{
    AskDetail, AskedPeer, BlockAsks, CidDetail, ConnectedPeer, Engine, OpenSession, OpenWant,
    PeerDetail, PeerUse, PeerWant, PeerWantState, QueuePosition, SearchDetail, SessionSizes,
    WantDetail, WantState, WantStep,
};
pub use error::{BlockError, ConfigError, WireError};
pub use event::{Event, OwnAsk, Reached, RelayOutcome, SearchStep, WantOutcome};
pub use ids::{CallId, CidKey, HashKey, LookupId, PeerKey, ReadId, SendId, SessionId, WriteId};
pub use input::{CallOptions, Denial, Input, NewCall, ReadAnswer, SessionOptions, StoreFault};
pub use keys::Keys;
pub use limits::{
    ByteRate, Limits, MAX_BLOCK_BYTES, MAX_CID_BYTES, MAX_FRAME_BYTES, MAX_NEW_BLOCK_BYTES,
    MIN_DIGEST_BYTES,
};
pub use map::Table;
pub use stats::{
    BlockCount, ClientStats, Gauges, RelayStats, ServerStats, Stats, StrategyStats, TransportStats,
    UploadStats, WireStats, rejection_causes,
};
pub use strategy::AskOutcome;
pub use time::Timestamp;
pub use tuning::Tuning;
pub use wire::{Lane, Lanes, PeerCapabilities};
