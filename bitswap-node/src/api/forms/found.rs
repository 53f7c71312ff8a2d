//! What content routers and the DHTs find, and peers that are not reached.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How providers are to be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FindProviders {
    /// How many are enough, at most 1,000.
    pub(crate) most: u32,
    /// How long each router may take, in seconds; an hour at most.
    pub(crate) timeout: u32,
}

/// What a router says: of a provider, or how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RouterSaid {
    pub(crate) router: String,
    /// `None` = it has ended.
    pub(crate) peer_id: Option<String>,
    pub(crate) addresses: Vec<String>,
    /// `answered`, `failed` or `timed out`.
    pub(crate) ended: Option<String>,
    /// Why it failed.
    pub(crate) why: Option<String>,
}

/// Where a peer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FoundPeer {
    pub(crate) peer_id: String,
    pub(crate) addresses: Vec<String>,
    /// Whether the node is connected to it.
    pub(crate) connected: bool,
}

/// A peer that could not be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Refused {
    pub(crate) address: String,
    pub(crate) why: String,
    /// Whether a rule of the daemon denies the peer.
    #[serde(default)]
    pub(crate) denied: bool,
}
