//! What is said of the directory, its lock and what is in it.

#![expect(missing_docs, reason = "what each says is what it is about")]

use std::fmt::Display;
use std::io;
use std::path::Path;

use super::lock::Holder;
use crate::error::{CliError, Exit};

impl CliError {
    pub fn no_home() -> Self {
        let what = "there is no place for the node's directory".to_owned();
        Self::new("no-home", Exit::Usage, what)
            .because("the system does not say where your home directory is")
            .remedy("name a directory with  --data DIR  or in  BITSWAP_DIR")
    }

    pub fn cannot_use(path: &Path, why: &io::Error) -> Self {
        Self::new("cannot-use", Exit::Failed, format!("cannot use {}", path.display()))
            .because(why.to_string())
            .remedy("see whether you may write there, or name another directory with  --data")
    }

    pub fn damaged_key(path: &Path, why: &dyn Display) -> Self {
        Self::new("bad-key", Exit::BadData, format!("{} is damaged", path.display()))
            .because(why.to_string())
            .remedy("put back a copy, or move it away: the node then gets a new identity")
    }

    pub fn key_not_private(path: &Path) -> Self {
        let what = format!("{} can be read by other users", path.display());
        Self::new("key-not-private", Exit::Refused, what)
            .because("whoever has the private key can pass for this node")
            .remedy(format!("chmod 600 {}", path.display()))
    }

    pub fn occupied(folder: &Path, pid: Option<u32>) -> Self {
        let what = format!("{} is in use by another process", folder.display());
        let why = match pid {
            Some(pid) => format!("process {pid} holds its lock, and answers no verbs now"),
            None => "its lock is held by a process that did not say its id".to_owned(),
        };
        Self::new("lock-held", Exit::NoNode, what)
            .because(why)
            .remedy("wait until it ends, or use another directory with  --data DIR")
    }

    pub fn runs_already(folder: &Path, holder: Option<&Holder>) -> Self {
        let what = format!("{} is in use by another process", folder.display());
        let why = match holder {
            Some(Holder { pid, api: Some(_) }) => format!("a daemon runs there, process {pid}"),
            Some(Holder { pid, api: None }) => format!("process {pid} holds its lock"),
            None => "its lock is held by a process that did not say its id".to_owned(),
        };
        Self::new("lock-held", Exit::NoNode, what)
            .because(why)
            .remedy("end that process, or give this one another directory with  --data DIR")
    }

    pub fn damaged_token(path: &Path) -> Self {
        Self::new("bad-token", Exit::BadData, format!("{} is damaged", path.display()))
            .because("a token is 64 hexadecimal digits")
            .remedy(format!("remove it, and the daemon makes another:  rm {}", path.display()))
    }

    pub fn token_not_private(path: &Path) -> Self {
        let what = format!("{} can be read by other users", path.display());
        Self::new("token-not-private", Exit::Refused, what)
            .because("whoever has the token can use the api")
            .remedy(format!("remove it, and the daemon makes another:  rm {}", path.display()))
    }
}
