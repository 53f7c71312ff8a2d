//! The view of a full session in which a member gives its place to a peer that has what is wanted.

use std::cmp::Reverse;

use super::PeerView;
use crate::ids::{CidKey, PeerKey, SessionId};

/// A session that has as many members as it may have, none of which has a want; and a peer that
/// answered HAVE for the want, and joins when a member leaves.
#[derive(Clone, Debug)]
pub struct FullSessionView<'a> {
    /// Id of the session.
    pub session: SessionId,
    /// The want that no member has, as its keyed CID.
    pub want: CidKey,
    /// The peer that joins. What is of the session is 0.
    pub newcomer: &'a PeerView,
    /// The members, one of which leaves; at most 256.
    pub peers: &'a [PeerView],
}

impl FullSessionView<'_> {
    /// Why [`least_useful`](Self::least_useful) leaves.
    pub const LEAST_USEFUL: &'static str = "least useful";

    /// The member with the most DONT_HAVEs in a row; of several, the one with the fewest first
    /// deliveries, and then the one that is shown first. `None` only without members.
    pub fn least_useful(&self) -> Option<PeerKey> {
        let use_of = |row: &&PeerView| (Reverse(row.dont_haves_in_a_row), row.first_deliveries);
        self.peers.iter().min_by_key(use_of).map(|row| row.peer)
    }
}
