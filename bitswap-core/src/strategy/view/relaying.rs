//! Views for relaying: wants of other peers, and the peers to forward them to.

use crate::ids::{CidKey, PeerKey};
use crate::time::Timestamp;

/// A relayed want: a want with a TTL that we cannot serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayRequestView {
    /// The want, as its keyed CID.
    pub want: CidKey,
    /// The peer that sent the want.
    pub requester: PeerKey,
    /// Hops that the want may still be forwarded; at least 1, at most one more than the TTL that
    /// this node may send.
    pub ttl: u8,
    /// When the want was received.
    pub seen_at: Timestamp,
}

/// The peers that a relayed want may be forwarded to, and what is left of its budgets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayView<'a> {
    /// Connected peers that can be asked: none that wants the block itself, and none that was asked
    /// already. A peer that does not speak the relay protocol gets an ordinary want, which goes no
    /// further.
    pub eligible: &'a [PeerKey],
    /// Number of eligible peers that may still be asked for this CID.
    pub degree_left: u32,
    /// Relayed wants held for this requester.
    pub held_for_requester: u32,
    /// Limit of the relayed wants held for one requester.
    pub held_for_requester_max: u32,
}
