//! Tools for authors of strategies, in this crate or in another: integers only, bounded memory, the
//! same results on every platform.
//!
//! | what is needed | tool |
//! |---|---|
//! | a running mean | [`Ewma`] |
//! | bytes or counts of the last seconds | [`WindowSum`] |
//! | so much per second, with bursts | [`TokenBucket`] |
//! | a quantile of recent samples | [`Quantiles`] |
//! | a soft step, a logarithm | [`curves`] |
//! | facts by peer or CID, the least recently used forgotten | [`Recent`] |
//! | a draw by weight | [`Chance::weighted`](bitswap_core::Chance::weighted), [`ask_drawn`] |
//! | more holders after a broken HAVE | [`BrokenHaves`] |
//! | peers that the operator lists | [`PeerList`](crate::catalog::PeerList) |
//!
//! Times come from [`Ctx::now`](bitswap_core::strategy::Ctx::now), chance from
//! [`Ctx::chance`](bitswap_core::strategy::Ctx::chance): a strategy has no other.

pub mod curves;
mod ewma;
mod quantiles;
mod recent;
mod token_bucket;
mod window_sum;

pub use crate::broken_haves::BrokenHaves;
pub use crate::draw::{Class, Probes, ask as ask_drawn, best_class};
pub use ewma::Ewma;
pub use quantiles::Quantiles;
pub use recent::Recent;
pub use token_bucket::TokenBucket;
pub use window_sum::WindowSum;
