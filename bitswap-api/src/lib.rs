//! `/api/v1`: how a command talks to a running daemon, and what both agree on.
//!
//! HTTP over a Unix socket that only its owner can open. Whatever is a list has pages, whatever is
//! large is a stream, and every error is a
//! [`Problem`](bitswap_service::http::Problem) in the words of the command line.

#![expect(missing_debug_implementations, reason = "behaviours, stores and strategies have none")]

mod api_error;
mod bounds;
mod cars;
pub mod errors;
pub mod explain;
mod forms;
mod kinds;
mod rows;

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod server;

#[cfg(test)]
mod tests;

#[cfg(unix)]
pub use client::{Client, RemoteLease};
pub use forms::{
    Asked, BlockForm, Counts, Explanation, FindProviders, FoundPeer, GcReport, Identity, KeptBy,
    LedgerRow, LimitsForm, LookPage, MeanForm, Memory, NextRow, Page, PeerRow, PeerWantRow, PinRow,
    RouterForm, RouterSaid, Stat, StoreForm, StoryRow, StrategyPart, StrategyUse, StrategyUsed,
    Unannounced, UseStrategy, Version, WantRow,
};
pub use kinds::{BlockKind, codec_name, hash_name, raw_cid};
pub use rows::{
    account as account_row, collected as gc_report, found_peer, identity, pin as pin_row,
    router_event, wants_in_words,
};
#[cfg(unix)]
pub use server::{ApiPort, Served, Socket, Tokens, document, document_text};
