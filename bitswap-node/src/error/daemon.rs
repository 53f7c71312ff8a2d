//! What is said of directories, locks and daemons.

use std::fmt::Display;
use std::io;
use std::path::Path;

use bitswap_store::StoreError;

use super::CliError;
use crate::exit::Exit;

impl CliError {
    pub(crate) fn no_home() -> Self {
        let what = "there is no place for the node's directory".to_owned();
        Self::new("no-home", Exit::Usage, what)
            .because("the system does not say where your home directory is")
            .remedy("name a directory with  --data DIR  or in  BITSWAP_DIR")
    }

    pub(crate) fn cannot_use(path: &Path, why: &io::Error) -> Self {
        Self::new("cannot-use", Exit::Failed, format!("cannot use {}", path.display()))
            .because(why.to_string())
            .remedy("see whether you may write there, or name another directory with  --data")
    }

    pub(crate) fn damaged_key(path: &Path, why: &dyn Display) -> Self {
        Self::new("bad-key", Exit::BadData, format!("{} is damaged", path.display()))
            .because(why.to_string())
            .remedy("put back a copy, or move it away: the node then gets a new identity")
    }

    pub(crate) fn key_not_private(path: &Path) -> Self {
        let what = format!("{} can be read by other users", path.display());
        Self::new("key-not-private", Exit::Refused, what)
            .because("whoever has the private key can pass for this node")
            .remedy(format!("chmod 600 {}", path.display()))
    }

    pub(crate) fn occupied(folder: &Path, pid: Option<u32>) -> Self {
        let what = format!("{} is in use by another process", folder.display());
        let why = match pid {
            Some(pid) => format!("process {pid} holds its lock, and answers no verbs now"),
            None => "its lock is held by a process that did not say its id".to_owned(),
        };
        Self::new("lock-held", Exit::NoNode, what)
            .because(why)
            .remedy("wait until it ends, or use another directory with  --data DIR")
    }

    pub(crate) fn offline() -> Self {
        Self::new("offline", Exit::Usage, "the network is needed for this".to_owned())
            .because("--offline was given")
            .remedy("leave  --offline  out")
    }

    /// Whatever a store says.
    pub(crate) fn store(why: &StoreError) -> Self {
        match why {
            StoreError::Corrupt { .. } => {
                Self::new("damaged-block", Exit::BadData, "a stored block is damaged".to_owned())
                    .because(why.to_string())
                    .remedy("fetch it again:  bitswap block rm CID , then  bitswap block get CID")
            }
            StoreError::Format { .. } => {
                Self::new("store-format", Exit::BadData, "the store cannot be read".to_owned())
                    .because(why.to_string())
                    .remedy("use a newer bitswap, or another directory with  --data")
            }
            StoreError::Locked { .. } => {
                Self::new("lock-held", Exit::NoNode, "the store is in use".to_owned())
                    .because(why.to_string())
                    .remedy("wait until it ends, or use another directory with  --data DIR")
            }
            _ => Self::new("store", Exit::Failed, "the store did not do it".to_owned())
                .because(why.to_string())
                .remedy("see whether the disk has room and works; what was stored before is safe"),
        }
    }
}
