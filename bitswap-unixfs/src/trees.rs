//! Which blocks belong to trees: what is there of each is told, and what is not is named. Nothing
//! is fetched and nothing is written.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};

use bitswap_core::Block;
use bitswap_store::{BlockStore, Multihash, StoreError};
use cid::Cid;

use crate::error::DagError;
use crate::links::{is_leaf, links};
use crate::unixfs::inlined;

/// Trees that were walked over, of dag-pb and dag-cbor, each block of all of them once.
///
/// Memory grows by about 40 bytes for each block that has links; leaves are not remembered.
#[derive(Default)]
pub struct Trees {
    /// Nodes that were read, by two keyed hashes of theirs: one alone could take a node for
    /// another, and what is below it would be left out.
    read: HashSet<[u64; 2]>,
    keys: [RandomState; 2],
}

/// What there is of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extent {
    /// Blocks that are in no tree that was walked over before, or that are leaves: of those, each
    /// link counts.
    pub blocks: u64,
    /// The first of those that are not there or cannot be read.
    pub absent: Option<Absent>,
    /// How many those are.
    pub absent_blocks: u64,
    /// The first of those that may link to others, so that it is not known what belongs to the
    /// tree.
    pub unknown: Option<Absent>,
}

/// A block of a tree that is not there, or is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// Which block.
    pub cid: Cid,
    /// Why it cannot be read; `None` = it is not in the store.
    pub why: Option<String>,
}

impl Extent {
    fn lacks(&mut self, cid: Cid, why: Option<String>) {
        let absent = Absent { cid, why };
        if !is_leaf(&cid) && self.unknown.is_none() {
            self.unknown = Some(absent.clone());
        }
        self.absent.get_or_insert(absent);
        self.absent_blocks += 1;
    }
}

impl Trees {
    /// Leaves looked for at once.
    const LEAVES: usize = 1_024;
    /// Nodes read at once: at most 64 MiB.
    const NODES: usize = 32;

    /// None was walked over yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes over the blocks of the tree below `root`, but for those below nodes that were read
    /// before. `seen` is told of each that is there, and of its length.
    ///
    /// # Errors
    /// The store cannot be read. A block that is not there, or is damaged, is no error: the extent
    /// says so.
    pub async fn walk(
        &mut self,
        store: &dyn BlockStore,
        root: Cid,
        seen: &mut (dyn FnMut(&Multihash, u32) + Send),
    ) -> Result<Extent, DagError> {
        let mut extent = Extent::default();
        // A stack: its length is that of the depth of the tree times the width of a node.
        let mut nodes = Vec::new();
        let mut leaves = Vec::new();
        self.sort([root], &mut nodes, &mut leaves);
        loop {
            if leaves.len() >= Self::LEAVES || nodes.is_empty() {
                let last = leaves.split_off(leaves.len().saturating_sub(Self::LEAVES));
                look(store, &last, &mut extent, seen).await?;
                if last.is_empty() {
                    return Ok(extent);
                }
                continue;
            }
            let batch = nodes.split_off(nodes.len().saturating_sub(Self::NODES));
            let found = store.get_many(&hashes(&batch)).await;
            for (cid, found) in batch.into_iter().zip(found) {
                let Some(block) = there(&cid, found, &mut extent)? else { continue };
                extent.blocks += 1;
                seen(cid.hash(), block.len() as u32);
                match links(&cid, block.bytes()) {
                    Ok(below) => self.sort(below, &mut nodes, &mut leaves),
                    Err(why) => extent.lacks(cid, Some(why.to_string())),
                }
            }
        }
    }

    /// Divides what is to be looked for; nodes that were read are left out.
    fn sort(
        &mut self,
        cids: impl IntoIterator<Item = Cid>,
        nodes: &mut Vec<Cid>,
        leaves: &mut Vec<Cid>,
    ) {
        let mut ahead: Vec<Cid> = cids.into_iter().collect();
        while let Some(cid) = ahead.pop() {
            if is_leaf(&cid) {
                leaves.push(cid);
            } else if self.read.insert(self.key(&cid)) {
                match inlined(&cid).map(|bytes| links(&cid, &bytes)) {
                    Some(Ok(below)) => ahead.extend(below),
                    Some(Err(_)) | None => nodes.push(cid),
                }
            }
        }
    }

    /// CIDs of version 0 and 1 of one block are one node.
    fn key(&self, cid: &Cid) -> [u64; 2] {
        self.keys.each_ref().map(|key| key.hash_one((cid.codec(), cid.hash())))
    }
}

/// A block that is there; `None` = it is not, which was noted.
fn there(
    cid: &Cid,
    found: Result<Option<Block>, StoreError>,
    extent: &mut Extent,
) -> Result<Option<Block>, DagError> {
    match found {
        Ok(Some(block)) => return Ok(Some(block)),
        Ok(None) => extent.lacks(*cid, None),
        Err(why @ StoreError::Corrupt { .. }) => extent.lacks(*cid, Some(why.to_string())),
        Err(why) => return Err(why.into()),
    }
    Ok(None)
}

/// That leaves are there is enough: nothing is below them.
async fn look(
    store: &dyn BlockStore,
    leaves: &[Cid],
    extent: &mut Extent,
    seen: &mut (dyn FnMut(&Multihash, u32) + Send),
) -> Result<(), DagError> {
    let found = store.sizes(&hashes(leaves)).await;
    for (cid, found) in leaves.iter().zip(found) {
        match found? {
            Some(bytes) => {
                extent.blocks += 1;
                seen(cid.hash(), bytes);
            }
            // It needs no place in a store.
            None if inlined(cid).is_some() => {}
            None => extent.lacks(*cid, None),
        }
    }
    Ok(())
}

fn hashes(cids: &[Cid]) -> Vec<Multihash> {
    cids.iter().map(|cid| *cid.hash()).collect()
}

impl fmt::Debug for Trees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trees").field("read", &self.read.len()).finish_non_exhaustive()
    }
}
