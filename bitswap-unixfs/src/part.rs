//! What is not whole yet is under a temporary name beside its own: `.bitswap-XXXX.part`.
//!
//! A process that is killed leaves such a part. Each is locked as long as somebody writes it, so
//! the next one who writes in the same directory knows which are left over, and removes them.

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{Builder, TempPath};
use tokio::fs;
use tokio::io::{AsyncWriteExt as _, BufWriter};

use crate::error::DagError;

const PREFIX: &str = ".bitswap-";
const SUFFIX: &str = ".part";

/// Written to a file at once: each write is a job for another thread.
pub(crate) const BUFFER_BYTES: usize = 1 << 20;

/// A file that has its name only when it is whole. Dropped before, nothing of it is left.
pub struct PartFile {
    file: BufWriter<fs::File>,
    temporary: TempPath,
    path: PathBuf,
    overwrite: bool,
}

/// A directory that has its name only when it is whole. Dropped before, nothing of it is left.
pub(crate) struct PartFolder {
    temporary: PathBuf,
    /// Holds the lock.
    _locked: Option<File>,
}

/// Tells early what [`save`](crate::save) would only tell when all has come: the target exists (a
/// file may be overwritten if `overwrite`, a directory never), or there is no directory to put it
/// in.
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

impl PartFile {
    /// A file that will be named `path`.
    ///
    /// # Errors
    /// As those of [`check_target`], or it cannot be made; nothing was changed.
    pub async fn create(path: &Path, overwrite: bool) -> Result<Self, DagError> {
        check_target(path, overwrite).await?;
        remove_left_over(parent(path)).await;
        let made = builder(0o666).tempfile_in(parent(path)).map_err(DagError::io(path))?;
        let (file, temporary) = made.into_parts();
        lock(&file);
        let file = BufWriter::with_capacity(BUFFER_BYTES, fs::File::from_std(file));
        Ok(Self { file, temporary, path: path.to_owned(), overwrite })
    }

    /// Where its bytes go.
    pub const fn writer(&mut self) -> &mut BufWriter<fs::File> {
        &mut self.file
    }

    /// It is whole: it gets its name.
    ///
    /// # Errors
    /// It cannot be written, or something has that name by now; what has it is unchanged.
    pub async fn keep(mut self) -> Result<(), DagError> {
        self.file.flush().await.map_err(DagError::io(&self.path))?;
        keep(self.temporary, &self.path, self.overwrite)
    }
}

impl PartFolder {
    /// A directory that will be named `path`.
    pub(crate) async fn create(path: &Path) -> Result<Self, DagError> {
        remove_left_over(parent(path)).await;
        let temporary = builder(0o777).tempdir_in(parent(path)).map_err(DagError::io(path))?.keep();
        // Where directories cannot be opened, nobody takes it for left over.
        let locked = File::open(&temporary).ok().inspect(lock);
        Ok(Self { temporary, _locked: locked })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.temporary
    }

    /// Fails if the target exists by now, unless it is an empty directory.
    pub(crate) async fn keep(self, path: &Path) -> Result<(), DagError> {
        fs::rename(&self.temporary, path).await.map_err(DagError::io(path))
    }
}

impl Drop for PartFolder {
    /// A thread may still make a file in it for a future that was dropped, so that the directory
    /// is not empty when it should go: then once more.
    fn drop(&mut self) {
        const ATTEMPTS: usize = 64;
        for _ in 0..ATTEMPTS {
            let removed = std::fs::remove_dir_all(&self.temporary);
            // Not found, if it has its own name by now.
            if removed.is_ok() || !self.temporary.exists() {
                break;
            }
        }
    }
}

/// Makes a symbolic link; what is at `path` may be replaced by it if `overwrite`.
#[cfg(unix)]
pub(crate) fn make_link(target: &str, path: &Path, overwrite: bool) -> Result<(), DagError> {
    let link = |temporary: &Path| std::os::unix::fs::symlink(target, temporary);
    let made = builder(0o777).make_in(parent(path), link).map_err(DagError::io(path))?;
    keep(made.into_temp_path(), path, overwrite)
}

#[cfg(not(unix))]
pub(crate) fn make_link(_target: &str, path: &Path, _overwrite: bool) -> Result<(), DagError> {
    Err(DagError::io(path)(io::ErrorKind::Unsupported.into()))
}

fn keep(temporary: TempPath, path: &Path, overwrite: bool) -> Result<(), DagError> {
    let kept = if overwrite { temporary.persist(path) } else { temporary.persist_noclobber(path) };
    kept.map_err(|fault| {
        if fault.error.kind() == io::ErrorKind::AlreadyExists {
            DagError::TargetExists { path: path.to_owned() }
        } else {
            DagError::Io { path: path.to_owned(), source: fault.error }
        }
    })
}

/// Permissions as if made under its own name; the library's own are for secrets.
#[cfg(unix)]
fn builder(mode: u32) -> Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).permissions(std::fs::Permissions::from_mode(mode));
    builder
}

#[cfg(not(unix))]
fn builder(_mode: u32) -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    builder
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Without locks on this file system, nobody else gets one either, and nothing is removed.
fn lock(file: &File) {
    file.try_lock().unwrap_or_default();
}

/// Removes what killed processes left in `folder`. That it cannot be done is no reason not to go
/// on.
async fn remove_left_over(folder: &Path) {
    let folder = folder.to_owned();
    let swept = tokio::task::spawn_blocking(move || sweep(&folder)).await;
    swept.unwrap_or(Ok(())).unwrap_or_default();
}

fn sweep(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes()) {
            // Others are tried all the same.
            remove_if_left_over(&entry.path()).unwrap_or_default();
        }
    }
    Ok(())
}

fn remove_if_left_over(path: &Path) -> io::Result<()> {
    /// Whoever makes a part has locked it by then.
    const YOUNG: Duration = Duration::from_secs(60);
    let found = std::fs::symlink_metadata(path)?;
    let is_young = found.modified()?.elapsed().is_ok_and(|age| age < YOUNG);
    if is_young || !(found.is_file() || found.is_dir()) {
        return Ok(());
    }
    let part = File::open(path)?;
    if part.try_lock().is_err() {
        return Ok(());
    }
    if found.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
}

impl fmt::Debug for PartFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartFile")
            .field("path", &self.path)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}
