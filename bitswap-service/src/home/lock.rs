//! One process at a time: a lock that ends with its process, and says whose it is.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process;

use serde::{Deserialize, Serialize};

use super::Home;
use crate::error::CliError;

const NAME: &str = "lock";

/// The directory is this process's until this is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

/// Why a directory could not be locked.
#[derive(Debug)]
pub enum Occupied {
    /// Another process is there; who, if it could be read.
    By(Option<Holder>),
    /// The system refuses.
    Refused(CliError),
}

/// The process in a directory, as it wrote itself into the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// The Unix socket where it answers, if it does.
    pub api: Option<PathBuf>,
}

impl Home {
    /// Takes the directory for this process; it is made if it is missing.
    ///
    /// # Errors
    /// [`Occupied`] says who is there, or why not; nothing changed.
    pub fn lock(&self) -> Result<Lock, Occupied> {
        self.make().map_err(Occupied::Refused)?;
        let path = self.folder().join(NAME);
        let refused = |why: &io::Error| Occupied::Refused(CliError::cannot_use(&path, why));
        let file = open(&path).map_err(|why| refused(&why))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Occupied::By(read(&path))),
            Err(TryLockError::Error(why)) => return Err(refused(&why)),
        }
        let mut lock = Lock { file, path: path.clone() };
        lock.say(None).map_err(|why| refused(&why))?;
        Ok(lock)
    }
}

impl Home {
    /// The process that wrote itself into the lock last. It may be gone: only an attempt to lock
    /// can tell.
    pub fn holder(&self) -> Option<Holder> {
        read(&self.folder().join(NAME))
    }
}

impl Lock {
    /// Tells other processes where this one answers; `None` = nowhere.
    ///
    /// # Errors
    /// It could not be written; what others read is undefined, and the lock still holds.
    pub fn say(&mut self, api: Option<PathBuf>) -> io::Result<()> {
        let holder = Holder { pid: process::id(), api };
        let line = serde_json::to_vec(&holder)?;
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(&line)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A free lock is an empty file. If this fails, the text in it is outdated and is not read.
        if self.file.set_len(0).is_err() {
            tracing::debug!(path = %self.path.display(), "the lock file could not be emptied");
        }
    }
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().create(true).truncate(false).write(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(path)
}

/// `None` if it cannot be understood: it is just being written, or others may not read it.
fn read(path: &Path) -> Option<Holder> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
