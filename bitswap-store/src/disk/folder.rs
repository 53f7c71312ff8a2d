//! The directory of a store: one user at a time, and names that outlive a power cut.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use crate::error::StoreError;

const LOCK: &str = "lock";

/// The directory is ours until this is dropped, also where redb's own lock does nothing.
///
/// Closing the file would not do: a process that was just forked has it too, until it runs a
/// program of its own.
#[derive(Debug)]
pub(super) struct FolderLock(File);

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Else it is unlocked when it is closed everywhere.
        self.0.unlock().unwrap_or_default();
    }
}

pub(super) fn lock(folder: &Path) -> Result<FolderLock, StoreError> {
    let make = |error: io::Error| failed(&format!("make {}", folder.display()), &error);
    fs::create_dir_all(folder).map_err(make)?;
    let lock = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK));
    let lock = lock.map_err(make)?;
    match lock.try_lock() {
        Ok(()) => Ok(FolderLock(lock)),
        Err(TryLockError::WouldBlock) => Err(in_use(folder)),
        Err(TryLockError::Error(error)) => Err(failed("lock the store's directory", &error)),
    }
}

fn in_use(folder: &Path) -> StoreError {
    StoreError::Locked { place: folder.display().to_string().into() }
}

/// A file that was made is found after a power cut only once its directory is on the disk.
pub(super) fn keep_names(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
        if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
    }
    Ok(())
}

/// For the threads that are not there any more.
pub(super) fn gone() -> StoreError {
    StoreError::Io { doing: "use the store".into(), kind: io::ErrorKind::BrokenPipe }
}

pub(super) fn failed(doing: &str, error: &io::Error) -> StoreError {
    StoreError::Io { doing: doing.into(), kind: error.kind() }
}
