//! Where blocks come from that are not in the store.

use bitswap_core::{Block, Failure};
use cid::Cid;
use futures::StreamExt as _;
use futures::stream::BoxStream;

/// Finds blocks by their CIDs, for example a session on the network. What it finds is in the
/// node's store before it is given out. It says itself when it is waited for in vain.
pub trait Source: Send + Sync {
    /// These blocks in order of arrival, each CID once, with the error of those that do not come;
    /// `block_bytes` is about how long each is, if that is known. Dropping the stream takes back
    /// what is still wanted.
    fn want(&self, cids: Vec<Cid>, block_bytes: Option<u32>) -> Wanted;

    /// The same, but the blocks stay in the node's store, and only their lengths in bytes come.
    fn store(&self, cids: Vec<Cid>, block_bytes: Option<u32>) -> Stored {
        let length = |block: Block| block.len() as u64;
        self.want(cids, block_bytes).map(move |(cid, block)| (cid, block.map(length))).boxed()
    }

    /// Whether it looks in the store itself, so that nobody need look there before.
    fn looks_in_store(&self) -> bool {
        false
    }
}

/// What was wanted, as it comes.
pub type Wanted = BoxStream<'static, (Cid, Result<Block, WantError>)>;

/// The lengths of what was stored, as it comes.
pub type Stored = BoxStream<'static, (Cid, Result<u64, WantError>)>;

/// A block did not come. What came before is in the store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WantError {
    /// The engine says that it will not come.
    #[error("{cid} did not come")]
    Failed {
        /// What was wanted.
        cid: Cid,
        /// Why it will not come.
        #[source]
        why: Failure,
    },
    /// The way to where blocks come from is broken.
    #[error("the node does not answer any more: {why}")]
    Lost {
        /// What is known of it.
        why: String,
    },
}
