//! A tree out of a store onto disk: whole or not at all, and never outside its target.
//!
//! Everything is written under a temporary name beside the target and renamed at the end. Each
//! file and directory in it is made anew, so no write ever follows a link that came with the tree.

use std::io;
use std::path::{Component, Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir, TempPath};
use tokio::fs;
use tokio::io::{AsyncWrite, AsyncWriteExt as _, BufWriter};

use crate::error::DagError;
use crate::walk::{Step, Walk};

/// Written to a file at once: each write is a job for another thread.
const BUFFER_BYTES: usize = 1 << 20;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// Files.
    pub files: u64,
    /// Bytes of content in them.
    pub bytes: u64,
}

/// Tells early what [`save`] would only tell when all has come: the target exists (a file may be
/// overwritten if `overwrite`, a directory never), or there is no directory to put it in.
///
/// # Errors
/// [`DagError::TargetExists`] or [`DagError::Io`]; nothing was changed.
pub async fn check_target(path: &Path, overwrite: bool) -> Result<(), DagError> {
    let parent = parent(path);
    let found = fs::metadata(parent).await.map_err(DagError::io(parent))?;
    if !found.is_dir() {
        return Err(DagError::io(parent)(io::ErrorKind::NotADirectory.into()));
    }
    match fs::symlink_metadata(path).await {
        Ok(there) if there.is_dir() || !overwrite => {
            Err(DagError::TargetExists { path: path.to_owned() })
        }
        _ => Ok(()),
    }
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
        Some(Step::Symlink { path, target }) => Err(DagError::Escapes { path, target }),
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
    let (file, temporary) = new_file(path).map_err(DagError::io(path))?.into_parts();
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, fs::File::from_std(file));
    let saved = contents(walk, &mut file, path).await?;
    drop(file);
    keep_file(temporary, path, overwrite)?;
    Ok(saved)
}

async fn to_directory(walk: &mut Walk, path: &Path) -> Result<Saved, DagError> {
    let temporary = new_directory(path).map_err(DagError::io(path))?;
    let mut writer = TreeWriter { top: temporary.path(), open: None, saved: Saved::default() };
    while let Some(step) = walk.next().await? {
        writer.step(step).await?;
    }
    writer.close().await?;
    let saved = writer.saved;
    // Fails if the target exists by now, unless it is an empty directory.
    fs::rename(temporary.path(), path).await.map_err(DagError::io(path))?;
    let _renamed = temporary.keep();
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
                fs::create_dir(self.top.join(&path)).await.map_err(DagError::io(&path))
            }
            Step::File { path } => {
                self.close().await?;
                let file = fs::File::create_new(self.top.join(&path)).await;
                let file = file.map_err(DagError::io(&path))?;
                self.open = Some((path, BufWriter::with_capacity(BUFFER_BYTES, file)));
                self.saved.files += 1;
                Ok(())
            }
            Step::Symlink { path, target } => {
                self.close().await?;
                if !stays_inside(&path, Path::new(&target)) {
                    return Err(DagError::Escapes { path, target });
                }
                let link = self.top.join(&path);
                make_symlink(&target, &link).await.map_err(DagError::io(&path))
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
    let mut saved = Saved { files: 1, bytes: 0 };
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

fn new_file(path: &Path) -> io::Result<NamedTempFile> {
    temporary(0o666).tempfile_in(parent(path))
}

fn new_directory(path: &Path) -> io::Result<TempDir> {
    temporary(0o777).tempdir_in(parent(path))
}

/// Permissions as if made under its own name; the library's own are for secrets.
#[cfg(unix)]
fn temporary(mode: u32) -> Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut builder = Builder::new();
    builder.prefix(".bitswap-").suffix(".part").permissions(std::fs::Permissions::from_mode(mode));
    builder
}

#[cfg(not(unix))]
fn temporary(_mode: u32) -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".bitswap-").suffix(".part");
    builder
}

fn keep_file(temporary: TempPath, path: &Path, overwrite: bool) -> Result<(), DagError> {
    let kept = if overwrite { temporary.persist(path) } else { temporary.persist_noclobber(path) };
    kept.map_err(|fault| {
        if fault.error.kind() == io::ErrorKind::AlreadyExists {
            DagError::TargetExists { path: path.to_owned() }
        } else {
            DagError::Io { path: path.to_owned(), source: fault.error }
        }
    })
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
