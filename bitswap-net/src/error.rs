//! What embedders can be told; each variant says its effect on state.

use bitswap_core::Failure;
use bitswap_store::StoreError;
use cid::Cid;

/// A block was not got. Nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GetError {
    /// The behaviour was dropped, and the node with it.
    #[error("the node is gone")]
    Closed,
    /// The engine says that it will not come.
    #[error("{cid} did not come")]
    Failed {
        /// What was wanted.
        cid: Cid,
        /// Why it will not come.
        #[source]
        why: Failure,
    },
}

impl GetError {
    /// `None` = the node is gone.
    pub(crate) fn of(cid: Cid, why: Option<Failure>) -> Self {
        why.map_or(Self::Closed, |why| Self::Failed { cid, why })
    }

    /// Whether nobody who can be reached has the block.
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::Failed { why: Failure::NotFound, .. })
    }

    /// Whether the block did not come in time.
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Failed { why: Failure::TimedOut, .. })
    }
}

/// Blocks were not put.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PutError {
    /// The blocks are in the store, but nobody is told: the node is gone.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The store did not take them all; each is there whole or absent.
    #[error("the store did not take the blocks")]
    Store(#[from] StoreError),
}

/// The behaviour was dropped, and the node with it. Nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node is gone")]
pub struct Closed;
