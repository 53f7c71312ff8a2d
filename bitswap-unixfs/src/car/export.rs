//! The blocks of a tree in the order in which `ipfs dag export` writes them.

use std::fmt;

use cid::Cid;
use tokio::io::AsyncWrite;

use super::IDENTITY;
use super::error::CarError;
use super::writer::CarWriter;
use crate::block_reader::BlockReader;
use crate::by_cid::Cids;
use crate::links::links;

/// A tree on its way into a CAR: each block once, a node before what it links to, in the order of
/// its links. It can be run again after a block was missing, and goes on where it was.
///
/// Nodes are those of dag-pb and dag-cbor. Memory grows with the number of blocks, by about
/// 100 bytes each.
pub struct Export {
    /// What is still to be read, the next last.
    ahead: Vec<Cid>,
    done: Cids,
    exported: Exported,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Different blocks.
    pub blocks: u64,
    /// Bytes of those blocks.
    pub bytes: u64,
}

impl Export {
    /// `root` and all that it links to.
    pub fn new(root: Cid) -> Self {
        Self { ahead: vec![root], done: Cids::default(), exported: Exported::default() }
    }

    /// Returns when all of it was written to `to`. `watch` hears of each block.
    ///
    /// # Errors
    /// [`DagError::Missing`](crate::DagError::Missing) if `reader` has no source and a block is
    /// not in its store: this can be called again. Else it cannot go on.
    pub async fn run(
        &mut self,
        reader: &mut BlockReader,
        to: &mut CarWriter<impl AsyncWrite + Unpin>,
        watch: &(dyn Fn(&Exported) + Sync),
    ) -> Result<Exported, CarError> {
        while let Some(cid) = self.ahead.last().copied() {
            if self.done.contains(&cid) {
                self.ahead.pop();
                continue;
            }
            let next = self.ahead.iter().rev().skip(1).filter(|cid| !self.done.contains(*cid));
            let bytes = reader.bytes(&cid, next.copied()).await?;
            self.ahead.pop();
            self.done.insert(cid);
            let below = links(&cid, &bytes).map_err(|why| CarError::of_links(cid, why))?;
            self.ahead.extend(below.into_iter().rev().filter(|cid| !self.done.contains(cid)));
            if cid.hash().code() != IDENTITY {
                to.write(&cid, &bytes).await?;
                self.exported.blocks += 1;
                self.exported.bytes += bytes.len() as u64;
                watch(&self.exported);
            }
        }
        Ok(self.exported)
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("ahead", &self.ahead.len())
            .field("exported", &self.exported)
            .finish_non_exhaustive()
    }
}
