//! The identity of a node in its directory: a private key, made once and never replaced.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use libp2p::identity::Keypair;
use tempfile::NamedTempFile;

use super::{Home, others_can_read};
use crate::error::CliError;

impl Home {
    /// Where the private key is, in libp2p's protobuf form.
    pub(crate) fn identity_file(&self) -> PathBuf {
        self.folder().join("identity.key")
    }

    /// The identity of the node. The first time, a key is made.
    ///
    /// # Errors
    /// The key cannot be read or made, is damaged, or can be read by others; it is left as it is.
    pub fn identity(&self) -> Result<Keypair, CliError> {
        let file = self.identity_file();
        self.make()?;
        let bytes = match fs::read(&file) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                make(self.folder(), &file).map_err(|why| CliError::cannot_use(&file, &why))?;
                // Read again, and not remembered: another process may have been quicker.
                fs::read(&file)
            }
            read => read,
        };
        let bytes = bytes.map_err(|why| CliError::cannot_use(&file, &why))?;
        if others_can_read(&file) {
            return Err(CliError::key_not_private(&file));
        }
        Keypair::from_protobuf_encoding(&bytes).map_err(|why| CliError::damaged_key(&file, &why))
    }
}

/// Writes a new key beside its place and puts it there in one step, unless one is there.
fn make(folder: &Path, file: &Path) -> io::Result<()> {
    let bytes = Keypair::generate_ed25519().to_protobuf_encoding().map_err(io::Error::other)?;
    // Readable by the owner only from the start.
    let mut unfinished = NamedTempFile::new_in(folder)?;
    unfinished.write_all(&bytes)?;
    unfinished.as_file().sync_all()?;
    match unfinished.persist_noclobber(file) {
        Err(why) if why.error.kind() != io::ErrorKind::AlreadyExists => Err(why.error),
        _ => Ok(()),
    }
}
