//! Calls that belong together.

use std::sync::Arc;

use bitswap_core::{Block, CallOptions, Input, SessionId, SessionOptions};
use cid::Cid;
use futures::StreamExt as _;

use super::credit::Credit;
use super::{Bitswap, Blocks};
use crate::error::GetError;

/// Wants that share what they learn of peers: usually those of one file.
///
/// It ends when it and all its streams are dropped.
#[derive(Clone, Debug)]
pub struct Session(Arc<Open>);

/// Tells the driver of its own end.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) bitswap: Bitswap,
    pub(super) id: SessionId,
    pub(super) options: SessionOptions,
}

impl Session {
    pub(super) fn new(bitswap: Bitswap, id: SessionId, options: SessionOptions) -> Self {
        Self(Arc::new(Open { bitswap, id, options }))
    }

    /// One block. Dropping the future cancels the want.
    ///
    /// # Errors
    /// A [`GetError`] says why it did not come; the want is over.
    pub async fn get(&self, cid: Cid) -> Result<Block, GetError> {
        let mut blocks = self.get_many_with([cid], CallOptions::default());
        let (_, block) = blocks.next().await.ok_or(GetError::Closed)?;
        block
    }

    /// Many blocks, in order of arrival, each CID once. Dropping the stream cancels what is
    /// still wanted. A reader that is slow has about 64 MiB of blocks waiting for it at most, by
    /// the mean size of those before, and never more than 8,192.
    pub fn get_many(&self, cids: impl IntoIterator<Item = Cid>) -> Blocks {
        self.get_many_of(cids, None)
    }

    /// Many blocks, as by [`get_many`](Self::get_many), of about `block_bytes` each if that is
    /// known: then peers are asked for as many at once as fit.
    pub fn get_many_of(
        &self,
        cids: impl IntoIterator<Item = Cid>,
        block_bytes: Option<u32>,
    ) -> Blocks {
        let options = CallOptions { block_bytes, ..CallOptions::default() };
        Blocks::new(Arc::clone(&self.0), cids.into_iter().collect(), options, Credit::by_size())
    }

    /// Many blocks, as by [`get_many`](Self::get_many), with a priority, a bound on the blocks that
    /// wait for the reader, or a timeout for those that are missing. A credit of 0 counts as 1.
    pub fn get_many_with(
        &self,
        cids: impl IntoIterator<Item = Cid>,
        options: CallOptions,
    ) -> Blocks {
        let credit = Credit::fixed(options.credit);
        Blocks::new(Arc::clone(&self.0), cids.into_iter().collect(), options, credit)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.bitswap.drop_mailbox().push(Input::SessionClosed { session: self.id });
    }
}
