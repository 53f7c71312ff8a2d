//! Files as trees of blocks, as other implementations make them: CIDv1, sha2-256, raw leaves, and
//! above them UnixFS nodes of at most 174 links, all leaves equally deep.

use bitswap_core::{Block, BlockError};
use bytes::Bytes;
use cid::Cid;
use ipld_dagpb::{DAG_PB_CODE, PbLink, PbNode};

use super::Pool;

/// A tree of blocks, ready to be stored and fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dag {
    /// From the root down, each level from left to right.
    blocks: Vec<(Cid, Block)>,
    /// How many there are in each.
    levels: Vec<usize>,
}

/// Why content cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// A block cannot be.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// A file is cut into nothing.
    #[error("chunks of 0 bytes: there must be at least 1")]
    NoChunk,
    /// The pool has not so many different blocks left.
    #[error("{blocks} more blocks, but the pool has bytes for {limit}: make it larger")]
    Drained {
        /// How many are wanted.
        blocks: u64,
        /// How many are left.
        limit: u64,
    },
    /// There are too many of them.
    #[error("a tree of more than {blocks} blocks: at most {limit} leaves, and as many levels")]
    TooManyBlocks {
        /// How many it would have at least.
        blocks: u64,
        /// How many leaves it may have, and how many levels.
        limit: u64,
    },
}

/// A block with what a link to it says.
#[derive(Clone, Debug)]
struct Node {
    cid: Cid,
    block: Block,
    /// Bytes of the file below it.
    bytes: u64,
    /// Bytes of all blocks from it on.
    total: u64,
}

/// Links of a node, as other implementations have had it for files from the beginning.
const WIDTH: usize = 174;
/// Leaves of a tree, a terabyte of usual ones; and its levels.
const LEAVES: u64 = 1 << 22;

impl Pool {
    /// A file of `bytes` bytes, cut into chunks of so many.
    ///
    /// # Errors
    /// A [`ContentError`]; no block was made.
    pub fn file(&mut self, bytes: u64, chunk: usize) -> Result<Dag, ContentError> {
        if chunk == 0 {
            return Err(ContentError::NoChunk);
        }
        let count = bytes.div_ceil(chunk as u64).max(1);
        self.allow(count, bytes.min(chunk as u64) as usize)?;
        let mut left = bytes;
        let mut leaves = Vec::with_capacity(count as usize);
        for _ in 0..count {
            let here = left.min(chunk as u64);
            leaves.push(self.leaf(here as usize)?);
            left -= here;
        }
        Ok(Dag::file(leaves)?)
    }

    /// Files of these sizes.
    ///
    /// # Errors
    /// A [`ContentError`]; files made before are lost.
    pub fn files(&mut self, sizes: &[u64], chunk: usize) -> Result<Vec<Dag>, ContentError> {
        sizes.iter().map(|bytes| self.file(*bytes, chunk)).collect()
    }

    /// A tree in which so many levels of nodes with `fan` links each, at least one, lie above
    /// leaves of `bytes` bytes.
    ///
    /// # Errors
    /// A [`ContentError`]; no block was made.
    pub fn dag(&mut self, depth: u32, fan: usize, bytes: usize) -> Result<Dag, ContentError> {
        let fan = fan.max(1);
        let count = (fan as u64).saturating_pow(depth);
        self.allow(count, bytes)?;
        // A chain has one leaf, however long it is.
        if u64::from(depth) > LEAVES {
            return Err(ContentError::TooManyBlocks { blocks: depth.into(), limit: LEAVES });
        }
        let leaves = (0..count).map(|_| self.leaf(bytes));
        let mut levels = vec![leaves.collect::<Result<Vec<_>, _>>()?];
        for _ in 0..depth {
            levels.push(above(levels.last().map_or(&[], Vec::as_slice), fan)?);
        }
        Ok(Dag::of(levels))
    }

    fn allow(&self, blocks: u64, bytes: usize) -> Result<(), ContentError> {
        if blocks > LEAVES {
            return Err(ContentError::TooManyBlocks { blocks, limit: LEAVES });
        }
        let limit = (self.bytes.len() + 1).saturating_sub(self.next + bytes) as u64;
        if blocks > limit { Err(ContentError::Drained { blocks, limit }) } else { Ok(()) }
    }

    fn leaf(&mut self, bytes: usize) -> Result<Node, BlockError> {
        Ok(leaf(&self.blocks(1, bytes)?.remove(0)))
    }
}

impl Dag {
    /// A file whose content is in these blocks.
    ///
    /// # Errors
    /// A [`BlockError`] if they are too many.
    pub fn of_leaves(leaves: &[(Cid, Block)]) -> Result<Self, BlockError> {
        Self::file(leaves.iter().map(leaf).collect())
    }

    fn file(leaves: Vec<Node>) -> Result<Self, BlockError> {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            levels.push(above(below, WIDTH)?);
        }
        Ok(Self::of(levels))
    }

    /// All its blocks, the root first and the leaves last.
    pub fn blocks(&self) -> &[(Cid, Block)] {
        &self.blocks
    }

    /// Its root.
    ///
    /// # Panics
    /// If it was made of no leaves.
    pub fn root(&self) -> Cid {
        self.blocks[0].0
    }

    /// Its levels, from the root down. The blocks of a level have the CIDs of the next one.
    pub fn levels(&self) -> impl DoubleEndedIterator<Item = &[(Cid, Block)]> {
        let mut from = 0;
        let ends: Vec<_> = self
            .levels
            .iter()
            .map(|count| {
                (from, {
                    from += count;
                    from
                })
            })
            .collect();
        ends.into_iter().map(|(from, to)| self.blocks.get(from..to).unwrap_or_default())
    }

    fn of(levels: Vec<Vec<Node>>) -> Self {
        let counts = levels.iter().rev().map(Vec::len).collect();
        let blocks = levels.into_iter().rev().flatten().map(|node| (node.cid, node.block));
        Self { blocks: blocks.collect(), levels: counts }
    }
}

fn leaf((cid, block): &(Cid, Block)) -> Node {
    let bytes = block.len() as u64;
    Node { cid: *cid, block: block.clone(), bytes, total: bytes }
}

/// The level above, with so many links in each node but the last.
fn above(level: &[Node], width: usize) -> Result<Vec<Node>, BlockError> {
    level.chunks(width).map(parent).collect()
}

fn parent(children: &[Node]) -> Result<Node, BlockError> {
    let bytes = children.iter().map(|child| child.bytes).sum();
    let link = |child: &Node| PbLink {
        cid: child.cid,
        name: Some(String::new()),
        size: Some(child.total),
    };
    let links = children.iter().map(link).collect();
    let node = PbNode { links, data: Some(unixfs_file(bytes, children)) };
    let block = Block::sha2_256(node.into_bytes().into())?;
    let total = block.len() as u64 + children.iter().map(|child| child.total).sum::<u64>();
    Ok(Node { cid: Cid::new_v1(DAG_PB_CODE, *block.multihash()), block, bytes, total })
}

/// UnixFS's word for a file that lies in other blocks: its kind, its size, and theirs.
fn unixfs_file(bytes: u64, children: &[Node]) -> Bytes {
    const KIND: [u8; 2] = [1 << 3, 2];
    const FILE_SIZE: u8 = 3 << 3;
    const BLOCK_SIZE: u8 = 4 << 3;

    let mut encoded = KIND.to_vec();
    let sizes = children.iter().map(|child| (BLOCK_SIZE, child.bytes));
    for (field, number) in std::iter::once((FILE_SIZE, bytes)).chain(sizes) {
        encoded.push(field);
        encoded.extend(unsigned_varint::encode::u64(number, &mut Default::default()));
    }
    encoded.into()
}
