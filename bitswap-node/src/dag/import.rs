//! A file or directory becomes blocks in a store, as Kubo makes them with `--cid-version=1`.

use std::fs::{FileType, Metadata as FileMetadata};
use std::path::{Path, PathBuf};

use bitswap_core::Block;
use bitswap_store::{BlockStore, Durability};
use bytes::{Bytes, BytesMut};
use cid::{Cid, Version};
use multihash_codetable::Code;
use rust_unixfs::Metadata;
use rust_unixfs::dir::builder::{BufferingTreeBuilder, TreeBuildingFailed, TreeOptions};
use rust_unixfs::file::adder::{FileBranchLink, build_file_from_leaves};
use rust_unixfs::symlink::symlink_block;
use tokio::fs;
use tokio::io::AsyncReadExt as _;

use super::error::DagError;

/// What an import made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Imported {
    /// The root of it all.
    pub(crate) root: Cid,
    /// Whether it is a directory.
    pub(crate) is_directory: bool,
    /// Files, those in directories below included.
    pub(crate) files: u64,
    /// Bytes of content of those files.
    pub(crate) bytes: u64,
}

/// Puts the file or directory at `path` into `store`. A symbolic link is followed if it is the
/// path itself, and kept as a link inside a directory.
///
/// # Errors
/// A [`DagError`] names the path; blocks made before stay in the store.
pub(crate) async fn import(store: &dyn BlockStore, path: &Path) -> Result<Imported, DagError> {
    let found = fs::metadata(path).await.map_err(DagError::io(path))?;
    let mut import = Import { store, files: 0, bytes: 0 };
    let root = if found.is_dir() {
        import.directory(path).await?
    } else if found.is_file() {
        import.file(path, &found).await?.cid
    } else {
        return Err(DagError::NotStorable { path: path.to_owned() });
    };
    Ok(Imported { root, is_directory: found.is_dir(), files: import.files, bytes: import.bytes })
}

struct Import<'a> {
    store: &'a dyn BlockStore,
    files: u64,
    bytes: u64,
}

/// What a directory says of an entry.
struct Made {
    cid: Cid,
    /// Bytes of all its blocks.
    total: u64,
}

impl Import<'_> {
    /// Content of a leaf: what Kubo and Helia take, and a quarter of the largest message.
    const LEAF_BYTES: usize = 256 * 1024;
    const RAW: u64 = 0x55;

    async fn directory(&mut self, top: &Path) -> Result<Cid, DagError> {
        let mut options = TreeOptions::default();
        options.wrap_with_directory();
        let mut tree = BufferingTreeBuilder::new(options);
        let mut pending = vec![(top.to_owned(), String::new())];
        while let Some((directory, name)) = pending.pop() {
            if !name.is_empty() {
                // Says that it is there, even if nothing is in it.
                tree.set_metadata(&name, Metadata::default()).map_err(|why| broken(&why))?;
            }
            for (path, kind, file_name) in entries(&directory).await? {
                let name = if name.is_empty() { file_name } else { format!("{name}/{file_name}") };
                if kind.is_dir() {
                    pending.push((path, name));
                } else {
                    let made = self.entry(&path, kind).await?;
                    tree.put_link(&name, made.cid, made.total).map_err(|why| broken(&why))?;
                }
            }
        }
        self.tree(tree).await
    }

    async fn entry(&mut self, path: &Path, kind: FileType) -> Result<Made, DagError> {
        if kind.is_symlink() {
            self.symlink(path).await
        } else if kind.is_file() {
            let found = fs::metadata(path).await.map_err(DagError::io(path))?;
            self.file(path, &found).await
        } else {
            Err(DagError::NotStorable { path: path.to_owned() })
        }
    }

    async fn file(&mut self, path: &Path, found: &FileMetadata) -> Result<Made, DagError> {
        let mut file = fs::File::open(path).await.map_err(DagError::io(path))?;
        let mut leaves = Vec::new();
        let mut left = found.len();
        loop {
            let chunk = read_chunk(&mut file, left).await.map_err(DagError::io(path))?;
            let bytes = chunk.len() as u64;
            left = left.saturating_sub(bytes);
            if chunk.is_empty() && !leaves.is_empty() {
                break;
            }
            let at_end = chunk.len() < Self::LEAF_BYTES;
            let cid = self.put(Self::RAW, chunk).await?;
            leaves.push(FileBranchLink { cid, blocksize: bytes, tsize: bytes });
            self.bytes += bytes;
            if at_end {
                break;
            }
        }
        let (cid, total, branches) = build_file_from_leaves(&leaves, Version::V1, Code::Sha2_256);
        for (cid, block) in branches {
            self.put_checked(&cid, block.into()).await?;
        }
        self.files += 1;
        Ok(Made { cid, total })
    }

    async fn symlink(&mut self, path: &Path) -> Result<Made, DagError> {
        let target = fs::read_link(path).await.map_err(DagError::io(path))?;
        let Some(target) = target.to_str() else {
            return Err(DagError::NameNotText { path: target });
        };
        let (cid, block) = symlink_block(target, &Metadata::default(), Version::V1, Code::Sha2_256);
        let total = block.len() as u64;
        self.put_checked(&cid, block.into()).await?;
        Ok(Made { cid, total })
    }

    async fn tree(&mut self, tree: BufferingTreeBuilder) -> Result<Cid, DagError> {
        let mut root = None;
        for node in tree.build() {
            let node = node.map_err(|why| DagError::Tree { why: why.to_string() })?;
            self.put_checked(&node.cid, Vec::from(node.block).into()).await?;
            root = Some(node.cid);
        }
        root.ok_or_else(|| DagError::Tree { why: "it has no root".to_owned() })
    }

    async fn put(&self, codec: u64, bytes: Bytes) -> Result<Cid, DagError> {
        let block = Block::sha2_256(bytes)?;
        let cid = Cid::new_v1(codec, *block.multihash());
        drop(self.store.put_many(vec![block], Durability::Relaxed).await?);
        Ok(cid)
    }

    async fn put_checked(&self, cid: &Cid, bytes: Bytes) -> Result<(), DagError> {
        let block = Block::checked(cid, bytes)?;
        drop(self.store.put_many(vec![block], Durability::Relaxed).await?);
        Ok(())
    }
}

/// Fills one leaf. Room is made for what the file is known to have left, not for a whole leaf: a
/// directory of tiny files would otherwise take a quarter of a megabyte each.
async fn read_chunk(file: &mut fs::File, left: u64) -> std::io::Result<Bytes> {
    let room =
        usize::try_from(left).map_or(Import::LEAF_BYTES, |left| left.min(Import::LEAF_BYTES));
    let mut chunk = BytesMut::with_capacity(room);
    let mut rest = file.take(Import::LEAF_BYTES as u64);
    while rest.read_buf(&mut chunk).await? > 0 {}
    Ok(chunk.freeze())
}

async fn entries(directory: &Path) -> Result<Vec<(PathBuf, FileType, String)>, DagError> {
    let mut listing = fs::read_dir(directory).await.map_err(DagError::io(directory))?;
    let mut entries = Vec::new();
    while let Some(entry) = listing.next_entry().await.map_err(DagError::io(directory))? {
        let path = entry.path();
        let kind = entry.file_type().await.map_err(DagError::io(&path))?;
        match entry.file_name().into_string() {
            Ok(name) => entries.push((path, kind, name)),
            Err(_) => return Err(DagError::NameNotText { path }),
        }
    }
    Ok(entries)
}

fn broken(why: &TreeBuildingFailed) -> DagError {
    DagError::Tree { why: why.to_string() }
}
