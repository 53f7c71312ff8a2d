//! Where blocks come from that are not in the store: a session on the network, of this process or
//! of another.

use bitswap_core::Block;
use bitswap_net::{GetError, Session};
use cid::Cid;
use futures::StreamExt as _;
use futures::stream::BoxStream;

/// Finds blocks by their CIDs. What it finds is in the node's store before it is given out.
pub(crate) trait Source: Send + Sync {
    /// These blocks in order of arrival, each CID once, with the error of those that do not come.
    /// Dropping the stream takes back what is still wanted.
    fn want(&self, cids: Vec<Cid>) -> Wanted;

    /// The same, but the blocks stay in the node's store, and only their lengths in bytes come.
    fn store(&self, cids: Vec<Cid>) -> Stored;
}

/// What was wanted, as it comes.
pub(crate) type Wanted = BoxStream<'static, (Cid, Result<Block, WantError>)>;

/// The lengths of what was stored, as it comes.
pub(crate) type Stored = BoxStream<'static, (Cid, Result<u64, WantError>)>;

/// A block did not come. What came before is in the store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WantError {
    /// The node says that it will not come.
    #[error(transparent)]
    Get(#[from] GetError),
    /// The way to the node is broken.
    #[error("the node does not answer any more: {why}")]
    Lost { why: String },
}

impl Source for Session {
    fn want(&self, cids: Vec<Cid>) -> Wanted {
        let blocks = self.get_many(cids);
        blocks.map(|(cid, block)| (cid, block.map_err(WantError::from))).boxed()
    }

    fn store(&self, cids: Vec<Cid>) -> Stored {
        let length = |block: Block| block.len() as u64;
        self.want(cids).map(move |(cid, block)| (cid, block.map(length))).boxed()
    }
}
