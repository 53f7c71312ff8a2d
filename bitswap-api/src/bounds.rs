//! Where paths begin, what bodies are called, and what one request may have at most.

/// Where all paths begin.
pub(crate) const ROOT: &str = "/api/v1";

/// The most CIDs in one request.
pub(crate) const MOST_CIDS: usize = 4_096;

/// The most bytes in one request that is JSON: [`MOST_CIDS`] of the usual length.
pub(crate) const MOST_JSON: usize = 1 << 20;

/// The most rows on one page.
pub(crate) const MOST_ROWS: usize = 1_000;

/// The most block bytes in one request that brings blocks, but for one block more.
pub(crate) const MOST_BLOCK_BYTES: usize = 8 << 20;

/// What a stream of blocks is called.
pub(crate) const CAR_TYPE: &str = "application/vnd.ipld.car";
