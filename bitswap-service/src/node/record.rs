//! The file that a node is recorded into.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::PathBuf;

use bitswap_net::RecordOptions;

use crate::error::CliError;

/// A recording that is to be made.
#[derive(Clone, Debug)]
pub struct Record {
    /// The file, which is not there yet.
    pub path: PathBuf,
    /// How it is recorded.
    pub options: RecordOptions,
}

impl Record {
    /// Makes the file, for its owner only.
    ///
    /// # Errors
    /// It exists already, or cannot be made; nothing was changed.
    pub(super) fn open(&self) -> Result<File, CliError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path).map_err(|why| {
            if why.kind() == ErrorKind::AlreadyExists {
                return CliError::recorded_already(&self.path);
            }
            CliError::file(&self.path, &why)
        })
    }

    /// Removes the file that [`open`](Self::open) made: the node did not start, and when it is
    /// started again, the name is to be free.
    pub(super) fn discard(&self) {
        if let Err(why) = fs::remove_file(&self.path) {
            tracing::warn!(%why, file = %self.path.display(), "an empty recording stays");
        }
    }
}
