//! `/api/v1`: how a command talks to a running daemon, and what both agree on.
//!
//! HTTP over a Unix socket that only its owner can open. Whatever is a list has pages, whatever is
//! large is a stream, and every error is a [`problem`] in the words of the command line.

mod api_error;
mod cars;
mod errors;
pub(crate) mod explain;
mod forms;
mod kinds;
mod problem;
mod rows;

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod server;

#[cfg(test)]
mod tests;

#[cfg(unix)]
pub(crate) use client::{Client, RemoteLease};
pub(crate) use forms::{
    Beside, BlockForm, Counts, Explanation, FindProviders, GcReport, Identity, LedgerRow, LookPage,
    MeanForm, Memory, NextRow, Page, PeerRow, PeerWantRow, Stat, StoryRow, StrategyPart,
    StrategyUse, StrategyUsed, UseStrategy, WantRow,
};
pub(crate) use kinds::{BlockKind, codec_name, hash_name, raw_cid};
pub(crate) use rows::{
    account as account_row, collected as gc_report, found_peer, identity, pin as pin_row,
    router_event,
};
#[cfg(unix)]
pub(crate) use server::{ApiPort, Served, Socket, Tokens, document, document_text};

/// Where all paths begin.
const ROOT: &str = "/api/v1";

/// The most CIDs in one request.
const MOST_CIDS: usize = 4_096;

/// The most bytes in one request that is JSON: [`MOST_CIDS`] of the usual length.
const MOST_JSON: usize = 1 << 20;

/// The most rows on one page.
const MOST_ROWS: usize = 1_000;

/// The most block bytes in one request that brings blocks, but for one block more.
const MOST_BLOCK_BYTES: usize = 8 << 20;

/// What a stream of blocks is called.
const CAR_TYPE: &str = "application/vnd.ipld.car";
