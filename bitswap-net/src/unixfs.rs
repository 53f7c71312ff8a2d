//! A session as a source of blocks for the trees of `bitswap-unixfs`.

use bitswap_unixfs::{Source, WantError, Wanted};
use cid::Cid;
use futures::StreamExt as _;

use crate::{GetError, Session};

impl Source for Session {
    fn want(&self, cids: Vec<Cid>, block_bytes: Option<u32>) -> Wanted {
        let blocks = self.get_many_of(cids, block_bytes);
        blocks.map(|(cid, block)| (cid, block.map_err(WantError::from))).boxed()
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
