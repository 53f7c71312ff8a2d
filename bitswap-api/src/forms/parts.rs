//! Parts of what `bitswap stat` shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The blocks that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreForm {
    /// `None` = the store would have to look through all of them.
    pub blocks: Option<u64>,
    /// What they take of its medium.
    pub bytes: Option<u64>,
    /// What is free on its disk, if it is on one.
    pub free_bytes: Option<u64>,
    /// Why what is accepted does not become durable; `None` = it does.
    pub failing: Option<String>,
}

/// The rates that are in force, in bytes in a second; `None` = no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LimitsForm {
    pub upload: Option<u64>,
    pub upload_per_peer: Option<u64>,
    pub download: Option<u64>,
    pub download_per_peer: Option<u64>,
}

/// What a router did since the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RouterForm {
    pub router: String,
    pub lookups: u64,
    /// Those that it found first.
    pub providers: u64,
    pub failures: u64,
    pub timeouts: u64,
    /// Why its last look-up failed; `None` = it did not.
    pub last_error: Option<String>,
}
