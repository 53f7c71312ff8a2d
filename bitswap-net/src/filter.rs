//! What an embedder may deny: blocks, by their CIDs, and peers. Decides nothing itself.

use std::fmt;
use std::sync::Arc;

use bitswap_core::Denial;
use cid::Cid;
use libp2p::PeerId;

/// Rules of a node about blocks and peers.
///
/// A block that is denied is neither fetched for callers, whose calls fail with
/// [`Failure::Denied`](crate::Failure::Denied), nor given to peers, who hear DONT_HAVE, nor
/// relayed. A peer that is denied is neither dialled nor let in: connections with it are refused
/// for all protocols of the swarm.
///
/// The driver asks before each read of the store, with which every want begins, so an answer has
/// to come within microseconds and must not wait for anything. Answers may change:
/// [`Bitswap::filter_changed`](crate::Bitswap::filter_changed) then ends what is denied now.
pub trait Filter: Send + Sync {
    /// The rule that denies the block of this CID; `None` = it is allowed.
    fn denies_block(&self, cid: &Cid) -> Option<Denial>;

    /// The rule that denies this peer; `None` = it is allowed.
    fn denies_peer(&self, peer: &PeerId) -> Option<Denial> {
        let _ = peer;
        None
    }

    /// Whether nothing is denied at present, so that nobody needs to ask.
    fn denies_nothing(&self) -> bool {
        false
    }
}

/// The filter of a node, if it has one; clones share it.
#[derive(Clone, Default)]
pub(crate) struct NodeFilter(pub(crate) Option<Arc<dyn Filter>>);

impl NodeFilter {
    pub(crate) fn denies_block(&self, cid: &Cid) -> Option<Denial> {
        self.0.as_ref()?.denies_block(cid)
    }

    pub(crate) fn denies_peer(&self, peer: &PeerId) -> Option<Denial> {
        self.0.as_ref()?.denies_peer(peer)
    }

    /// Whether nothing is denied, whatever is asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|filter| filter.denies_nothing())
    }
}

impl fmt::Debug for NodeFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NodeFilter").field(&self.0.is_some()).finish()
    }
}
