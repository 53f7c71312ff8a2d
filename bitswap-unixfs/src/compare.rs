//! A tree in a store beside the file or directory that it should equal, byte for byte.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tokio::fs;
use tokio::io::AsyncReadExt as _;

use crate::error::DagError;
use crate::walk::{Step, Walk};

/// How a comparison ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The first difference found.
    Differs {
        /// Where, from the root on.
        path: PathBuf,
        /// What is different, as the end of a sentence about the path.
        how: &'static str,
    },
    /// Same names, same kinds, same bytes.
    Identical,
}

/// Compares the tree that `walk` reads with what is at `source`.
///
/// # Errors
/// One of the two cannot be read to the end.
pub async fn compare(walk: &mut Walk, source: &Path) -> Result<Comparison, DagError> {
    let mut compare = Compare { source, unseen: listing(source).await?, open: None };
    while let Some(step) = walk.next().await? {
        if let Some(difference) = compare.step(step).await? {
            return Ok(difference);
        }
    }
    if let Some(difference) = compare.close().await? {
        return Ok(difference);
    }
    Ok(match compare.unseen.pop_first() {
        Some(path) => Comparison::Differs { path, how: "is missing in the copy" },
        None => Comparison::Identical,
    })
}

struct Compare<'a> {
    source: &'a Path,
    /// What the source has and the copy has not shown yet.
    unseen: BTreeSet<PathBuf>,
    open: Option<(PathBuf, fs::File)>,
}

impl Compare<'_> {
    async fn step(&mut self, step: Step) -> Result<Option<Comparison>, DagError> {
        if let Step::Bytes(bytes) = step {
            return self.bytes(&bytes).await;
        }
        if let Some(difference) = self.close().await? {
            return Ok(Some(difference));
        }
        match step {
            Step::Bytes(_) => Ok(None),
            Step::Directory { path } => self.entry(path, |kind| kind.is_dir()).await,
            Step::File { path } => {
                let full = self.full(&path);
                let difference = self.entry(path.clone(), |kind| kind.is_file()).await?;
                if difference.is_none() {
                    let file = fs::File::open(&full).await.map_err(DagError::io(&full))?;
                    self.open = Some((path, file));
                }
                Ok(difference)
            }
            Step::Symlink { path, target } => {
                let full = self.full(&path);
                let difference = self.entry(path.clone(), |kind| kind.is_symlink()).await?;
                if difference.is_some() {
                    return Ok(difference);
                }
                let there = fs::read_link(&full).await.map_err(DagError::io(&full))?;
                let same = there.as_os_str() == target.as_str();
                Ok((!same).then_some(Comparison::Differs { path, how: "links elsewhere" }))
            }
        }
    }

    async fn entry(
        &mut self,
        path: PathBuf,
        is_kind: impl FnOnce(std::fs::FileType) -> bool + Send,
    ) -> Result<Option<Comparison>, DagError> {
        let full = self.full(&path);
        if !self.unseen.remove(&path) {
            return Ok(Some(Comparison::Differs { path, how: "is not in the source" }));
        }
        let found = if path.as_os_str().is_empty() {
            fs::metadata(&full).await
        } else {
            fs::symlink_metadata(&full).await
        };
        let same = is_kind(found.map_err(DagError::io(&full))?.file_type());
        Ok((!same).then_some(Comparison::Differs { path, how: "is of another kind" }))
    }

    async fn bytes(&mut self, copy: &[u8]) -> Result<Option<Comparison>, DagError> {
        let Some((path, file)) = &mut self.open else { return Ok(None) };
        let mut original = vec![0; copy.len()];
        let same = match file.read_exact(&mut original).await {
            Ok(_) => original == copy,
            Err(fault) if fault.kind() == std::io::ErrorKind::UnexpectedEof => false,
            Err(fault) => return Err(DagError::io(path)(fault)),
        };
        Ok((!same).then(|| Comparison::Differs { path: path.clone(), how: "has other bytes" }))
    }

    async fn close(&mut self) -> Result<Option<Comparison>, DagError> {
        let Some((path, mut file)) = self.open.take() else { return Ok(None) };
        let more = file.read(&mut [0]).await.map_err(DagError::io(&path))?;
        Ok((more > 0).then_some(Comparison::Differs { path, how: "is longer in the source" }))
    }

    fn full(&self, path: &Path) -> PathBuf {
        // Joining an empty path would add a slash, which no file's name has.
        if path.as_os_str().is_empty() { self.source.to_owned() } else { self.source.join(path) }
    }
}

/// Everything at and below `source`, relative to it.
async fn listing(source: &Path) -> Result<BTreeSet<PathBuf>, DagError> {
    let mut all = BTreeSet::from([PathBuf::new()]);
    if !fs::metadata(source).await.map_err(DagError::io(source))?.is_dir() {
        return Ok(all);
    }
    let mut pending = vec![PathBuf::new()];
    while let Some(below) = pending.pop() {
        let directory = source.join(&below);
        let mut listing = fs::read_dir(&directory).await.map_err(DagError::io(&directory))?;
        while let Some(entry) = listing.next_entry().await.map_err(DagError::io(&directory))? {
            let path = below.join(entry.file_name());
            let kind = entry.file_type().await.map_err(DagError::io(&directory))?;
            if kind.is_dir() {
                pending.push(path.clone());
            }
            all.insert(path);
        }
    }
    Ok(all)
}
