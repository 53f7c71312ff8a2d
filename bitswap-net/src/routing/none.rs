//! No router at all.

use async_trait::async_trait;
use cid::Cid;

use super::{ContentRouter, Found};

/// Finds nobody: blocks come from connected peers only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoRouter;

#[async_trait]
impl ContentRouter for NoRouter {
    async fn find(&self, _cid: &Cid, _found: Found) {}

    fn finds_nobody(&self) -> bool {
        true
    }
}
