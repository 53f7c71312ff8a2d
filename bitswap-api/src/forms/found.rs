//! What content routers and the DHTs find, and peers that are not reached.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How providers are to be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindProviders {
    /// How many are enough, at most 1,000.
    pub most: u32,
    /// How long each router may take, in seconds; an hour at most.
    pub timeout: u32,
}

/// What a router says: of a provider, or how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RouterSaid {
    pub router: String,
    /// `None` = it has ended.
    pub peer_id: Option<String>,
    pub addresses: Vec<String>,
    /// `answered`, `failed` or `timed out`.
    pub ended: Option<String>,
    /// Why it failed.
    pub why: Option<String>,
}

/// Where a peer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundPeer {
    pub peer_id: String,
    pub addresses: Vec<String>,
    /// Whether the node is connected to it.
    pub connected: bool,
}

/// A peer that could not be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Refused {
    pub address: String,
    pub why: String,
    /// Whether a rule of the daemon denies the peer.
    #[serde(default)]
    pub denied: bool,
}
