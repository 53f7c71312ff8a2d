//! The relay's part of a peer's record.

use std::collections::BTreeSet;

use super::rate_limits::RateLimits;
use crate::ids::CidKey;
use crate::time::Timestamp;

/// What is relayed for one connected peer, and what it is asked for requesters.
#[derive(Debug, Default)]
pub(crate) struct PeerRelay {
    /// Relayed wants of this peer.
    pub(crate) wants: BTreeSet<CidKey>,
    /// Rate limits, from its first relayed want on.
    pub(crate) rate_limits: Option<RateLimits>,
    /// Relayed wants that this peer is asked for.
    pub(crate) asked: BTreeSet<CidKey>,
    /// When it was last sent a block that it wanted us to relay.
    pub(crate) served_at: Option<Timestamp>,
    /// Bytes held for this peer in the ephemeral store, or to be held.
    pub(crate) ephemeral_bytes: u64,
}
