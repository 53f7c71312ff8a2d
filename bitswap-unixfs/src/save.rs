//! A tree out of a store onto disk: whole or not at all, and never outside its target.
//!
//! Everything is written under a temporary name beside the target and renamed at the end. Links
//! are written as they are, wherever they lead. Each file and directory is made anew, below
//! directories that were made so, and nothing is made where a link is: no write ever follows one.

use std::io;
use std::path::{Component, Path, PathBuf};

use tokio::fs;
use tokio::io::{AsyncWrite, AsyncWriteExt as _, BufWriter};

use crate::error::DagError;
use crate::part::{BUFFER_BYTES, PartFile, PartFolder, check_target, make_link};
use crate::walk::{Step, Walk};

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// Files.
    pub files: u64,
    /// Bytes of content in them.
    pub bytes: u64,
    /// Symbolic links that lead out of the directory that was written. They are as the tree has
    /// them, and nothing was written through them.
    pub links_leading_out: u64,
}

/// Writes the tree that `walk` reads to a file or directory named `path`.
///
/// # Errors
/// The target is as it was before.
pub async fn save(walk: &mut Walk, path: &Path, overwrite: bool) -> Result<Saved, DagError> {
    check_target(path, overwrite).await?;
    match walk.next().await? {
        Some(Step::File { .. }) => to_file(walk, path, overwrite).await,
        Some(Step::Directory { .. }) => to_directory(walk, path).await,
        Some(Step::Symlink { target, .. }) => {
            make_link(&target, path, overwrite).map(|()| Saved::default())
        }
        Some(Step::Bytes(_)) | None => Err(DagError::Tree { why: "it has no root".to_owned() }),
    }
}

/// Writes the one file that `walk` reads to `to`, known to people as `name`.
///
/// # Errors
/// It is no file, or cannot be read or written to the end; `to` may have got a part.
pub async fn copy(
    walk: &mut Walk,
    to: &mut (impl AsyncWrite + Unpin),
    name: &str,
) -> Result<Saved, DagError> {
    match walk.next().await? {
        Some(Step::File { .. }) => contents(walk, to, Path::new(name)).await,
        Some(Step::Symlink { .. }) => Err(DagError::NotAFile { kind: "symbolic link" }),
        _ => Err(DagError::NotAFile { kind: "directory" }),
    }
}

async fn to_file(walk: &mut Walk, path: &Path, overwrite: bool) -> Result<Saved, DagError> {
    let mut file = PartFile::create(path, overwrite).await?;
    let saved = contents(walk, file.writer(), path).await?;
    file.keep().await?;
    Ok(saved)
}

async fn to_directory(walk: &mut Walk, path: &Path) -> Result<Saved, DagError> {
    let folder = PartFolder::create(path).await?;
    let mut writer = TreeWriter { top: folder.path(), open: None, saved: Saved::default() };
    while let Some(step) = walk.next().await? {
        writer.step(step).await?;
    }
    writer.close().await?;
    let saved = writer.saved;
    folder.keep(path).await?;
    Ok(saved)
}

struct TreeWriter<'a> {
    top: &'a Path,
    open: Option<(PathBuf, BufWriter<fs::File>)>,
    saved: Saved,
}

impl TreeWriter<'_> {
    async fn step(&mut self, step: Step) -> Result<(), DagError> {
        match step {
            Step::Bytes(bytes) => {
                let Some((path, file)) = &mut self.open else { return Ok(()) };
                self.saved.bytes += bytes.len() as u64;
                file.write_all(&bytes).await.map_err(DagError::io(path))
            }
            Step::Directory { path } => {
                self.close().await?;
                fs::create_dir(self.top.join(&path)).await.map_err(DagError::entry(&path))
            }
            Step::File { path } => {
                self.close().await?;
                let file = fs::File::create_new(self.top.join(&path)).await;
                let file = file.map_err(DagError::entry(&path))?;
                self.open = Some((path, BufWriter::with_capacity(BUFFER_BYTES, file)));
                self.saved.files += 1;
                Ok(())
            }
            Step::Symlink { path, target } => {
                self.close().await?;
                let leads_out = !stays_inside(&path, Path::new(&target));
                self.saved.links_leading_out += u64::from(leads_out);
                let link = self.top.join(&path);
                make_symlink(&target, &link).await.map_err(DagError::entry(&path))
            }
        }
    }

    async fn close(&mut self) -> Result<(), DagError> {
        match self.open.take() {
            Some((path, mut file)) => file.flush().await.map_err(DagError::io(&path)),
            None => Ok(()),
        }
    }
}

async fn contents(
    walk: &mut Walk,
    to: &mut (impl AsyncWrite + Unpin),
    path: &Path,
) -> Result<Saved, DagError> {
    let mut saved = Saved { files: 1, ..Saved::default() };
    while let Some(Step::Bytes(bytes)) = walk.next().await? {
        saved.bytes += bytes.len() as u64;
        to.write_all(&bytes).await.map_err(DagError::io(path))?;
    }
    to.flush().await.map_err(DagError::io(path))?;
    Ok(saved)
}

/// Whether a link at `path` (relative to the top) leads to a place in the tree: `..` only at the
/// start of its target, and not too often. After a name it could climb out by way of another link.
fn stays_inside(path: &Path, target: &Path) -> bool {
    let depth = path.components().count().saturating_sub(1);
    let climbs = target.components().take_while(|part| *part == Component::ParentDir).count();
    let goes_down = |part| matches!(part, Component::CurDir | Component::Normal(_));
    climbs <= depth && target.components().skip(climbs).all(goes_down)
}

#[cfg(unix)]
async fn make_symlink(target: &str, link: &Path) -> io::Result<()> {
    fs::symlink(target, link).await
}

#[cfg(not(unix))]
async fn make_symlink(_target: &str, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
