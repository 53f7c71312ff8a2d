//! Why: the story of a want or a peer, its state, and what happens next.

use bitswap_core::{CidDetail, PeerDetail};
use cid::Cid;
use libp2p::PeerId;

use super::Bitswap;
use crate::error::Closed;
use crate::trace::Story;

/// All that is known of a CID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CidExplanation {
    /// Its state, and what happens next.
    pub detail: CidDetail,
    /// What happened so far; `None` = this node neither wanted nor forwarded it lately, or so many
    /// wants were open that its story was not kept.
    pub story: Option<Story>,
}

/// All that is known of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerExplanation {
    /// Its state, and what happens next.
    pub detail: PeerDetail,
    /// What happened so far; `None` = it was not connected lately, or so many others were that its
    /// story was not kept.
    pub story: Option<Story>,
}

impl Bitswap {
    /// What happened to a want, why, and what happens next.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn explain_cid(&self, cid: Cid) -> Result<CidExplanation, Closed> {
        self.look_at_all(move |engine, trace, now| {
            let detail = engine.explain_cid(now, &cid);
            CidExplanation { story: trace.of_want(detail.key), detail }
        })
        .await
    }

    /// What happened with a peer, why, and what happens next.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn explain_peer(&self, peer: PeerId) -> Result<PeerExplanation, Closed> {
        self.look_at_all(move |engine, trace, now| {
            let detail = engine.explain_peer(now, &peer);
            PeerExplanation { story: trace.of_peer(detail.key), detail }
        })
        .await
    }
}
