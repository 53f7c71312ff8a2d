//! The relay's part of a peer's record.

use std::collections::BTreeSet;

use super::rate_limits::RateLimits;
use crate::ids::CidKey;

/// What is relayed for one connected peer, and what it is asked for requesters.
#[derive(Debug, Default)]
pub(crate) struct PeerRelay {
    /// Relayed wants of this peer.
    pub(crate) wants: BTreeSet<CidKey>,
    /// Rate limits, from its first relayed want on.
    pub(crate) rate_limits: Option<RateLimits>,
    /// Relayed wants that this peer is asked for.
    pub(crate) asked: BTreeSet<CidKey>,
    /// Bytes held for this peer in the ephemeral store.
    pub(crate) ephemeral_bytes: u64,
}
