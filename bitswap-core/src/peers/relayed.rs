//! What is relayed for one peer, and what it is asked on behalf of others.

use std::collections::BTreeSet;

use super::rate_limits::RateLimits;
use crate::ids::CidKey;

/// The relay's part of a connected peer.
#[derive(Debug, Default)]
pub(crate) struct PeerRelay {
    /// Wants of this peer that are passed on.
    pub(crate) wants: BTreeSet<CidKey>,
    /// From its first want on.
    pub(crate) rate_limits: Option<RateLimits>,
    /// Relayed wants that this peer was asked for.
    pub(crate) asked: BTreeSet<CidKey>,
    /// Bytes of blocks that are kept on account of this peer.
    pub(crate) ephemeral_bytes: u64,
}
