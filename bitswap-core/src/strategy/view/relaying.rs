//! Views for passing strangers' wants on.

use crate::ids::{CidKey, PeerKey};
use crate::time::Timestamp;

/// A stranger's want that came with a TTL and that we cannot serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayRequestView {
    /// What is wanted.
    pub want: CidKey,
    /// Who asked us.
    pub requester: PeerKey,
    /// How many times it may still be passed on; at least 1, at most one more
    /// than what may leave this node.
    pub ttl: u8,
    /// When it came.
    pub seen_at: Timestamp,
}

/// Whom it may be passed on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayView<'a> {
    /// Connected peers that can be asked: none of those who want it themselves, and nobody twice.
    /// One that does not speak the relay protocol gets an ordinary want, which goes no further.
    pub eligible: &'a [PeerKey],
    /// How many of them may still be asked for this CID.
    pub degree_left: u32,
    /// Strangers' wants held for this requester.
    pub held_for_requester: u32,
    /// The most that may be held for one requester.
    pub held_for_requester_max: u32,
}
