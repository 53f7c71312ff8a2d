//! Files and directories become blocks in a store. Memory does not grow with a file: its chunks
//! pass one by one.

use std::fs::FileType;
use std::path::{Path, PathBuf};

use bitswap_store::BlockStore;
use bytes::{Bytes, BytesMut};
use cid::Cid;
use rust_unixfs::Metadata;
use rust_unixfs::dir::builder::{BufferingTreeBuilder, TreeBuildingFailed};
use rust_unixfs::symlink::symlink_block;
use tokio::fs;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::batch::Batch;
use crate::error::DagError;
use crate::settings::ImportSettings;

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportProgress {
    /// Files that were read to their ends.
    pub files: u64,
    /// Bytes of content that were read.
    pub bytes: u64,
}

/// What an import made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The root of it all.
    pub root: Cid,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Files, those in directories below included.
    pub files: u64,
    /// Bytes of content of those files.
    pub bytes: u64,
    /// Entries that were left out because their names begin with a dot.
    pub hidden: u64,
    /// Bytes of all its blocks, as links to it say.
    total: u64,
}

/// Puts the file, directory or symbolic link at `path` into `store`; without one, it is only
/// hashed. `watch` hears how far it is.
///
/// # Errors
/// A [`DagError`] names the path; blocks made before stay in the store.
pub async fn import(
    store: Option<&dyn BlockStore>,
    path: &Path,
    settings: &ImportSettings,
    watch: Watch<'_>,
) -> Result<Imported, DagError> {
    let found = if settings.dereference {
        fs::metadata(path).await
    } else {
        fs::symlink_metadata(path).await
    };
    let found = found.map_err(DagError::io(path))?;
    let mut import = Import::new(store, settings, watch);
    let made = if found.is_dir() {
        import.directory(path).await?
    } else {
        import.entry(path, found.file_type()).await?
    };
    import.end(made, found.is_dir()).await
}

/// Puts what `content` gives into `store` as a file.
///
/// # Errors
/// A [`DagError`]; blocks made before stay in the store.
pub async fn import_stream(
    store: Option<&dyn BlockStore>,
    content: impl AsyncRead + Unpin,
    settings: &ImportSettings,
    watch: Watch<'_>,
) -> Result<Imported, DagError> {
    let mut import = Import::new(store, settings, watch);
    let made = import.content(content, u64::MAX, Path::new("standard input")).await?;
    import.end(made, false).await
}

/// Puts a directory with these entries into `store`.
///
/// # Errors
/// Two of them have the same name; nothing was stored.
pub async fn import_wrapper(
    store: Option<&dyn BlockStore>,
    entries: &[(String, Imported)],
    settings: &ImportSettings,
) -> Result<Imported, DagError> {
    let mut import = Import::new(store, settings, &|_| {});
    let mut tree = BufferingTreeBuilder::new(settings.tree());
    for (name, made) in entries {
        tree.put_link(name, made.root, made.total).map_err(|why| broken(&why))?;
        import.done.files += made.files;
        import.done.bytes += made.bytes;
        import.hidden += made.hidden;
    }
    let made = import.tree(tree).await?;
    import.end(made, true).await
}

/// Hears how an import goes on.
type Watch<'a> = &'a (dyn Fn(&ImportProgress) + Sync);

struct Import<'a> {
    batch: Batch<'a>,
    settings: &'a ImportSettings,
    watch: Watch<'a>,
    done: ImportProgress,
    hidden: u64,
}

/// What a directory says of an entry.
#[derive(Clone, Copy)]
struct Made {
    cid: Cid,
    /// Bytes of all its blocks.
    total: u64,
}

impl<'a> Import<'a> {
    fn new(
        store: Option<&'a dyn BlockStore>,
        settings: &'a ImportSettings,
        watch: Watch<'a>,
    ) -> Self {
        Self {
            batch: Batch::new(store),
            settings,
            watch,
            done: ImportProgress::default(),
            hidden: 0,
        }
    }

    async fn directory(&mut self, top: &Path) -> Result<Made, DagError> {
        let mut tree = BufferingTreeBuilder::new(self.settings.tree());
        let mut pending = vec![(top.to_owned(), String::new())];
        while let Some((directory, name)) = pending.pop() {
            if !name.is_empty() {
                // Says that it is there, even if nothing is in it.
                tree.set_metadata(&name, Metadata::default()).map_err(|why| broken(&why))?;
            }
            for (path, kind, file_name) in self.entries(&directory).await? {
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
            let file = fs::File::open(path).await.map_err(DagError::io(path))?;
            let length = file.metadata().await.map_err(DagError::io(path))?.len();
            self.content(file, length, path).await
        } else {
            Err(DagError::NotStorable { path: path.to_owned() })
        }
    }

    /// `expected` bytes are likely to come from `from`, known to people as `name`.
    async fn content(
        &mut self,
        mut from: impl AsyncRead + Unpin,
        expected: u64,
        name: &Path,
    ) -> Result<Made, DagError> {
        let mut adder = self.settings.adder();
        let mut made = None;
        let mut total = 0;
        let mut left = expected;
        loop {
            let chunk = read_chunk(&mut from, left, self.settings.chunk_bytes).await;
            let chunk = chunk.map_err(DagError::io(name))?;
            let mut rest: &[u8] = &chunk;
            while !rest.is_empty() {
                let (blocks, taken) = adder.push(rest);
                let blocks: Vec<_> = blocks.collect();
                rest = rest.get(taken..).unwrap_or_default();
                self.take(blocks, &mut made, &mut total).await?;
            }
            let bytes = chunk.len() as u64;
            left = left.saturating_sub(bytes);
            self.done.bytes += bytes;
            (self.watch)(&self.done);
            if chunk.len() < self.settings.chunk_bytes {
                break;
            }
        }
        self.take(adder.finish().collect(), &mut made, &mut total).await?;
        self.done.files += 1;
        (self.watch)(&self.done);
        let cid = made.ok_or_else(|| DagError::Tree { why: "a file has no root".to_owned() })?;
        Ok(Made { cid, total })
    }

    /// The last of a file's blocks is its root.
    async fn take(
        &mut self,
        blocks: Vec<(Cid, Vec<u8>)>,
        last: &mut Option<Cid>,
        total: &mut u64,
    ) -> Result<(), DagError> {
        for (cid, block) in blocks {
            *total += block.len() as u64;
            *last = Some(cid);
            self.batch.put(&cid, block.into()).await?;
        }
        Ok(())
    }

    async fn symlink(&mut self, path: &Path) -> Result<Made, DagError> {
        let target = fs::read_link(path).await.map_err(DagError::io(path))?;
        let Some(target) = target.to_str() else {
            return Err(DagError::NameNotText { path: target });
        };
        let ImportSettings { version, hash, .. } = *self.settings;
        let (cid, block) = symlink_block(target, &Metadata::default(), version, hash);
        let total = block.len() as u64;
        self.batch.put(&cid, block.into()).await?;
        Ok(Made { cid, total })
    }

    async fn tree(&mut self, tree: BufferingTreeBuilder) -> Result<Made, DagError> {
        let mut root = None;
        for node in tree.build() {
            let node = node.map_err(|why| DagError::Tree { why: why.to_string() })?;
            self.batch.put(&node.cid, Vec::from(node.block).into()).await?;
            root = Some(Made { cid: node.cid, total: node.total_size });
        }
        root.ok_or_else(|| DagError::Tree { why: "it has no root".to_owned() })
    }

    async fn entries(
        &mut self,
        directory: &Path,
    ) -> Result<Vec<(PathBuf, FileType, String)>, DagError> {
        let mut listing = fs::read_dir(directory).await.map_err(DagError::io(directory))?;
        let mut entries = Vec::new();
        while let Some(entry) = listing.next_entry().await.map_err(DagError::io(directory))? {
            let path = entry.path();
            if !self.settings.hidden && entry.file_name().as_encoded_bytes().starts_with(b".") {
                self.hidden += 1;
                continue;
            }
            let kind = entry.file_type().await.map_err(DagError::io(&path))?;
            match entry.file_name().into_string() {
                Ok(name) => entries.push((path, kind, name)),
                Err(_) => return Err(DagError::NameNotText { path }),
            }
        }
        Ok(entries)
    }

    async fn end(mut self, made: Made, is_directory: bool) -> Result<Imported, DagError> {
        self.batch.flush().await?;
        let Self { done: ImportProgress { files, bytes }, hidden, .. } = self;
        let Made { cid: root, total } = made;
        Ok(Imported { root, is_directory, files, bytes, hidden, total })
    }
}

/// Fills one leaf. Room is made for what is known to be left, not for a whole leaf: a directory
/// of tiny files would otherwise take a quarter of a megabyte each.
async fn read_chunk(
    from: &mut (impl AsyncRead + Unpin),
    left: u64,
    chunk_bytes: usize,
) -> std::io::Result<Bytes> {
    let room = usize::try_from(left).map_or(chunk_bytes, |left| left.min(chunk_bytes));
    let mut chunk = BytesMut::with_capacity(room);
    let mut rest = from.take(chunk_bytes as u64);
    while rest.read_buf(&mut chunk).await? > 0 {}
    Ok(chunk.freeze())
}

fn broken(why: &TreeBuildingFailed) -> DagError {
    DagError::Tree { why: why.to_string() }
}
