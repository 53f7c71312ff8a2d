//! The directory of a node: its identity, and a lock that lets in one process at a time.
//!
//! Nobody else makes files in the directory, but for the store in `blocks/`, `pins`, which says
//! what it keeps, the socket of a daemon, `providing.json`, which says how far its announcements
//! came, `known-peers`, and the scripts that `strategy use` copies to `strategies/`.

mod errors;
mod identity;
mod lock;
mod token;

#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::error::CliError;

pub use lock::{Holder, Lock, Occupied};
pub use token::{Token, TokenKind};

/// A node's directory. Making this value touches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    folder: PathBuf,
}

impl Home {
    /// The directory that was said, or the platform's place for what programs keep.
    ///
    /// # Errors
    /// None was said, and the system does not say where the user's home is.
    pub fn at(said: Option<&Path>) -> Result<Self, CliError> {
        if let Some(folder) = said {
            return Ok(Self { folder: folder.to_owned() });
        }
        let place = ProjectDirs::from("", "", "bitswap").ok_or_else(CliError::no_home)?;
        Ok(Self { folder: place.data_local_dir().to_owned() })
    }

    /// The directory itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the directory, if it is missing, readable by nobody else.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn make(&self) -> Result<(), CliError> {
        make(&self.folder).map_err(|why| CliError::cannot_use(&self.folder, &why))
    }
}

fn make(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match private_folder().create(folder) {
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        made => made,
    }
}

#[cfg(unix)]
fn private_folder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_folder() -> DirBuilder {
    DirBuilder::new()
}

/// Whether other users of this machine can read a file that is a secret.
#[cfg(unix)]
fn others_can_read(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    const OTHERS: u32 = 0o077;
    fs::metadata(file).is_ok_and(|about| about.permissions().mode() & OTHERS != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}
