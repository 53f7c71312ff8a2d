//! Why a file or directory could not become blocks, or blocks a file or directory.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bitswap_core::{BlockError, Failure};
use bitswap_store::StoreError;
use cid::Cid;

use crate::source::WantError;

/// A tree could not be made, read or written. What was written to the target stays in a temporary
/// place that is removed; blocks that came stay in the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DagError {
    /// Reading or writing a file.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file whose parts are not as long as its root says.
    #[error("{} has {found} bytes, its root says {declared}", shown(path))]
    Length {
        /// The file, from the root on.
        path: PathBuf,
        /// Bytes that it says it has.
        declared: u64,
        /// Bytes found, at least.
        found: u64,
    },
    /// A block that should be in the store is not.
    #[error("{cid} is not in the store")]
    Missing {
        /// Which block.
        cid: Cid,
    },
    /// A file name that UnixFS cannot hold: it is not UTF-8.
    #[error("{} has a name that is not utf-8", path.display())]
    NameNotText {
        /// The file.
        path: PathBuf,
    },
    /// A path that goes on below something that is no directory.
    #[error("{path:?} is no directory, so there is no {segment:?} in it")]
    NotADirectory {
        /// The path up to there.
        path: String,
        /// The next name in it.
        segment: String,
    },
    /// A directory or symbolic link where only a file fits.
    #[error("it is a {kind}")]
    NotAFile {
        /// What it is.
        kind: &'static str,
    },
    /// A path inside a tree that leads nowhere.
    #[error("{path:?} has no entry named {segment:?}")]
    NotInside {
        /// The path up to there.
        path: String,
        /// The name that is not there.
        segment: String,
    },
    /// Neither file, directory nor symbolic link.
    #[error("{} is neither file, directory nor symbolic link", path.display())]
    NotStorable {
        /// What it is on disk.
        path: PathBuf,
    },
    /// An entry that the file system does not take where it belongs.
    #[error("{}: {why}", shown(path))]
    NotWritable {
        /// The entry, from the root on.
        path: PathBuf,
        /// What stands in its way.
        why: &'static str,
    },
    /// A block that is no UnixFS node, or not the kind that its parent implies.
    #[error("{cid} is not unixfs: {why}")]
    NotUnixfs {
        /// Which block.
        cid: Cid,
        /// What is wrong with it.
        why: String,
    },
    /// Bytes that are not their block: a fault of the store or of the library.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The target exists already.
    #[error("{} exists already", path.display())]
    TargetExists {
        /// The target.
        path: PathBuf,
    },
    /// The directory could not be built.
    #[error("the directory cannot be built: {why}")]
    Tree {
        /// What is wrong.
        why: String,
    },
    /// A name that would lead out of its directory.
    #[error("{cid} has an entry named {name:?}")]
    UnsafeName {
        /// The directory.
        cid: Cid,
        /// The name.
        name: String,
    },
    /// A block did not come.
    #[error(transparent)]
    Want(Box<WantError>),
}

impl DagError {
    /// The block that nobody sent, if that is the error.
    pub fn not_come(&self) -> Option<Cid> {
        if let Self::Want(why) = self
            && let WantError::Failed { cid, why: Failure::NotFound | Failure::TimedOut } = &**why
        {
            return Some(*cid);
        }
        None
    }

    pub(crate) fn not_a_shard(cid: Cid) -> Self {
        Self::NotUnixfs { cid, why: "part of a directory was expected".to_owned() }
    }

    /// Why an entry of a tree cannot be written, for causes that are the tree's.
    pub(crate) fn entry(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| {
            let why = if source.kind() == ErrorKind::AlreadyExists {
                "another entry has that name, or one that counts as the same here"
            } else if source.kind() == ErrorKind::InvalidFilename {
                "the path is longer than this system allows"
            } else {
                return Self::Io { path, source };
            };
            Self::NotWritable { path, why }
        }
    }

    /// Adds the path to an error of the file system.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// A path in a tree, by a name for the root, and short: a tree can be deeper than any message.
fn shown(path: &Path) -> String {
    const MOST: usize = 160;
    let text = path.display().to_string();
    if text.is_empty() {
        return "the root".to_owned();
    }
    match text.char_indices().nth_back(MOST) {
        Some((end, _)) => format!("…{}", text.split_at(end).1),
        None => text,
    }
}
