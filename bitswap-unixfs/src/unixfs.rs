//! One block read as a UnixFS node; the only file that reads with the UnixFS library.
//!
//! Blocks are read one at a time, each on its own: a tree that lies about itself then cannot
//! bring the library's walker into a state that it holds impossible.

use std::error::Error as _;
use std::ffi::OsStr;
use std::path::{Component, Path};

use bitswap_core::Block;
use bytes::Bytes;
use cid::Cid;
use ipld_dagpb::{PbLink, PbNode};
use rust_unixfs::dir::{NodeDescription, describe};
use rust_unixfs::file::adder::{FileBranchLink, parse_file_branch};
use rust_unixfs::file::visit::IdleFileVisit;
use rust_unixfs::walk::{ContinuedWalk, Walker};

use crate::error::DagError;

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A file, or part of one, that is spread over other blocks.
    Branch { size: u64, parts: Vec<Part> },
    /// A directory, or part of a sharded one.
    Directory { entries: Vec<Entry> },
    /// A file, or part of one, that is in this block.
    Leaf { content: Bytes },
    /// A symbolic link.
    Symlink { target: String },
}

/// What a file links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) cid: Cid,
    /// Bytes of content, as the file says; `None` = it does not say.
    pub(crate) bytes: Option<u64>,
}

/// What a directory links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) label: Label,
    pub(crate) cid: Cid,
    /// Bytes of all its blocks, as the directory says.
    pub(crate) total: Option<u64>,
}

/// What a link of a directory stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// An entry of this name.
    Name(String),
    /// More entries of the same directory: those whose names have this byte in their hashes.
    Shard(u8),
}

impl Node {
    /// Multicodec of a block that is nothing but content.
    const RAW: u64 = 0x55;

    /// Reads one block.
    pub(crate) fn read(cid: &Cid, block: &Bytes) -> Result<Self, DagError> {
        match cid.codec() {
            Self::RAW => Ok(Self::Leaf { content: block.clone() }),
            ipld_dagpb::DAG_PB_CODE => read_dag_pb(cid, block),
            other => Err(not_unixfs(cid, format!("its codec is 0x{other:x}"))),
        }
    }

    /// Whether a block with this CID can be a node at all.
    pub(crate) fn can_be(cid: &Cid) -> bool {
        matches!(cid.codec(), Self::RAW | ipld_dagpb::DAG_PB_CODE)
    }

    /// About how many bytes there are at and below it, as it says; nobody checked that.
    pub(crate) fn expected(&self) -> Option<u64> {
        match self {
            Self::Branch { size, .. } => Some(*size),
            Self::Directory { entries } => {
                entries.iter().try_fold(0_u64, |sum, entry| Some(sum.saturating_add(entry.total?)))
            }
            Self::Leaf { content } => Some(content.len() as u64),
            Self::Symlink { .. } => None,
        }
    }

    /// The blocks it needs, in order, each with how many bytes there are at and below it, as far
    /// as it says; nobody checked that.
    pub(crate) fn links(&self) -> Vec<(Cid, Option<u64>)> {
        match self {
            Self::Branch { parts, .. } => parts.iter().map(|part| (part.cid, part.bytes)).collect(),
            Self::Directory { entries } => {
                entries.iter().map(|entry| (entry.cid, entry.total)).collect()
            }
            Self::Leaf { .. } | Self::Symlink { .. } => Vec::new(),
        }
    }
}

impl Entry {
    /// Its name, if it is more than a shard.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.label {
            Label::Name(name) => Some(name),
            Label::Shard(_) => None,
        }
    }
}

/// The byte of a name's hash that says where it is in a sharded directory, so many shards down.
pub(crate) fn shard_of(name: &str, depth: usize) -> Option<u8> {
    let hash = murmur3::murmur3_x64_128(&mut name.as_bytes(), 0).ok()?;
    // The format keeps the first half only.
    (hash as u64).to_be_bytes().get(depth).copied()
}

/// Whether a CID says by itself that its block is nothing but content.
pub(crate) fn is_raw(cid: &Cid) -> bool {
    cid.codec() == Node::RAW
}

/// The bytes of a CID that nobody has to be asked for. It carries them itself, as those that Kubo
/// makes of tiny files with `--inline`; or it is that of the empty block, which its hash gives
/// away, and which Kubo denies to have when it is asked.
pub fn inlined(cid: &Cid) -> Option<Bytes> {
    const IDENTITY: u64 = 0;
    if cid.hash().code() == IDENTITY {
        return Some(Bytes::copy_from_slice(cid.hash().digest()));
    }
    Block::checked(cid, Bytes::new()).is_ok().then(Bytes::new)
}

fn read_dag_pb(cid: &Cid, block: &Bytes) -> Result<Node, DagError> {
    let node = PbNode::from_bytes(block.clone()).map_err(|why| {
        let source = why.source().map_or_else(|| why.to_string(), ToString::to_string);
        not_unixfs(cid, format!("it cannot be read as dag-pb: {source}"))
    })?;
    match describe(block) {
        NodeDescription::Directory { .. } => directory(cid, node.links, 0),
        NodeDescription::HamtShard { .. } => {
            check(cid, block)?;
            directory(cid, node.links, SHARD_PREFIX)
        }
        NodeDescription::File { size } if !node.links.is_empty() => {
            Ok(Node::Branch { size, parts: parts(block, &node.links) })
        }
        NodeDescription::File { size } => leaf(cid, block, size),
        NodeDescription::Symlink => symlink(cid, block),
        NodeDescription::Other => Err(not_unixfs(cid, "no unixfs node in it".to_owned())),
    }
}

/// Hexadecimal digits before the name in a sharded directory: its fan-out is 256.
const SHARD_PREFIX: usize = 2;

/// The lengths are missing where the library gives none: at the root of a file that carries a mode
/// or a time.
fn parts(block: &Bytes, links: &[PbLink]) -> Vec<Part> {
    if let Some(branch) = parse_file_branch(block) {
        let part = |link: FileBranchLink| Part { cid: link.cid, bytes: Some(link.blocksize) };
        return branch.links.into_iter().map(part).collect();
    }
    links.iter().map(|link| Part { cid: link.cid, bytes: None }).collect()
}

fn directory(cid: &Cid, links: Vec<PbLink>, prefix: usize) -> Result<Node, DagError> {
    let entry = |link: PbLink| {
        let full = link.name.unwrap_or_default();
        let strange = || not_unixfs(cid, format!("a shard has an entry named {full:?}"));
        let (shard, name) = full.split_at_checked(prefix).ok_or_else(strange)?;
        let label = if prefix > 0 && name.is_empty() {
            Label::Shard(u8::from_str_radix(shard, 16).map_err(|_| strange())?)
        } else if is_plain(name) {
            Label::Name(name.to_owned())
        } else {
            return Err(DagError::UnsafeName { cid: *cid, name: name.to_owned() });
        };
        Ok(Entry { label, cid: link.cid, total: link.size })
    };
    let entries = links.into_iter().map(entry).collect::<Result<_, _>>()?;
    Ok(Node::Directory { entries })
}

/// Whether a name stays in its directory on this system.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let only = (parts.next(), parts.next());
    !name.contains('\0')
        && matches!(only, (Some(Component::Normal(part)), None) if part == OsStr::new(name))
}

/// A leaf that does not say how long it is counts as one that says 0.
fn leaf(cid: &Cid, block: &Bytes, declared: u64) -> Result<Node, DagError> {
    let (content, ..) =
        IdleFileVisit::default().start(block).map_err(|why| not_unixfs(cid, why.to_string()))?;
    let found = content.len() as u64;
    if declared != found && declared != 0 {
        let why = format!("it says that it has {declared} bytes, and has {found}");
        return Err(not_unixfs(cid, why));
    }
    Ok(Node::Leaf {
        content: if content.is_empty() { Bytes::new() } else { block.slice_ref(content) },
    })
}

fn symlink(cid: &Cid, block: &Bytes) -> Result<Node, DagError> {
    let mut walker = Walker::new(*cid, String::new());
    match walker.next(block, &mut None) {
        Ok(ContinuedWalk::Symlink(target, ..)) => match std::str::from_utf8(target) {
            Ok("") => Err(not_unixfs(cid, "a link's target is empty".to_owned())),
            Ok(target) if target.contains('\0') => {
                Err(not_unixfs(cid, "a link's target has a zero byte in it".to_owned()))
            }
            Ok(target) => Ok(Node::Symlink { target: target.to_owned() }),
            Err(_) => Err(not_unixfs(cid, "a link's target is not utf-8".to_owned())),
        },
        Ok(_) => Err(not_unixfs(cid, "a link that is none".to_owned())),
        Err(why) => Err(not_unixfs(cid, why.to_string())),
    }
}

/// Lets the library refuse shards that it does not know.
fn check(cid: &Cid, block: &Bytes) -> Result<(), DagError> {
    let mut walker = Walker::new(*cid, String::new());
    match walker.next(block, &mut None) {
        Ok(_) => Ok(()),
        Err(why) => Err(not_unixfs(cid, why.to_string())),
    }
}

fn not_unixfs(cid: &Cid, why: String) -> DagError {
    DagError::NotUnixfs { cid: *cid, why }
}
