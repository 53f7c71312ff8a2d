//! A session as a source of blocks for the trees of `bitswap-unixfs`.

use std::time::Duration;

use bitswap_unixfs::{Source, WantError, Wanted};
use cid::Cid;
use futures::future::{BoxFuture, ready};
use futures::{FutureExt as _, StreamExt as _};

use crate::{GetError, Session};

impl Source for Session {
    fn want(&self, cids: Vec<Cid>, block_bytes: Option<u32>) -> Wanted {
        let blocks = self.get_many_of(cids, block_bytes);
        blocks.map(|(cid, block)| (cid, block.map_err(WantError::from))).boxed()
    }

    fn silent_for(&self) -> BoxFuture<'static, Option<Duration>> {
        let session = self.clone();
        async move { Self::silent_for(&session).await }.boxed()
    }

    fn give_up(&self) -> BoxFuture<'static, ()> {
        Self::give_up(self);
        ready(()).boxed()
    }
}

impl From<GetError> for WantError {
    fn from(error: GetError) -> Self {
        match error {
            GetError::Closed => Self::Lost { why: error.to_string() },
            GetError::Failed { cid, why } => Self::Failed { cid, why },
        }
    }
}
