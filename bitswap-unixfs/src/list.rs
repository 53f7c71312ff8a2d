//! What is in a directory, entry by entry.

use std::fmt;

use cid::Cid;

use crate::block_reader::BlockReader;
use crate::error::DagError;
use crate::unixfs::{Entry, Label, Node, inlined, is_raw};

/// Reads one directory, or a whole tree of them.
pub struct List {
    recursive: bool,
    /// What is still to be read, the next last.
    ahead: Vec<Ahead>,
}

/// An entry of a directory, or the file that was asked for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// From the directory that was asked for on; empty for a file that was asked for itself.
    pub path: String,
    /// Its root.
    pub cid: Cid,
    /// What it is.
    pub kind: Kind,
    /// Bytes of content; `None` for what is no file.
    pub bytes: Option<u64>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory, sharded or not.
    Directory,
    /// A file.
    File,
    /// Blocks of other kinds than files are made of.
    Other,
    /// A symbolic link.
    Symlink,
}

enum Ahead {
    Entry {
        path: String,
        cid: Cid,
        total: Option<u64>,
    },
    /// More entries of the directory at `path`.
    Shard {
        path: String,
        cid: Cid,
    },
    /// What was asked for.
    Top {
        cid: Cid,
    },
}

impl List {
    /// What is at `top`, if it is a directory; else `top` itself.
    pub fn new(top: Cid, recursive: bool) -> Self {
        Self { recursive, ahead: vec![Ahead::Top { cid: top }] }
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// A block could not be read; the same is tried again if asked again.
    pub async fn next(&mut self, reader: &mut BlockReader) -> Result<Option<Listed>, DagError> {
        while let Some(ahead) = self.ahead.last() {
            let node = match ahead.needed() {
                Some(cid) => Some(reader.node(&cid, self.following()).await?),
                None => None,
            };
            let Some(ahead) = self.ahead.pop() else { break };
            if let Some(listed) = self.take(ahead, node)? {
                return Ok(Some(listed));
            }
        }
        Ok(None)
    }

    fn take(&mut self, ahead: Ahead, node: Option<Node>) -> Result<Option<Listed>, DagError> {
        match (ahead, node) {
            (Ahead::Top { .. }, Some(Node::Directory { entries })) => {
                self.enter("", entries);
                Ok(None)
            }
            (Ahead::Shard { path, .. }, Some(Node::Directory { entries })) => {
                self.enter(&path, entries);
                Ok(None)
            }
            (Ahead::Shard { cid, .. }, _) => Err(DagError::not_a_shard(cid)),
            (Ahead::Top { cid }, node) => Ok(Some(listed(String::new(), cid, None, node.as_ref()))),
            (Ahead::Entry { path, cid, total }, node) => {
                let listed = listed(path, cid, total, node.as_ref());
                if let Some(Node::Directory { entries }) = node
                    && self.recursive
                {
                    self.enter(&listed.path, entries);
                }
                Ok(Some(listed))
            }
        }
    }

    fn enter(&mut self, path: &str, entries: Vec<Entry>) {
        self.ahead.extend(entries.into_iter().rev().map(|entry| match entry.label {
            Label::Name(name) => {
                let path = if path.is_empty() { name } else { format!("{path}/{name}") };
                Ahead::Entry { path, cid: entry.cid, total: entry.total }
            }
            Label::Shard(_) => Ahead::Shard { path: path.to_owned(), cid: entry.cid },
        }));
    }

    fn following(&self) -> impl Iterator<Item = Cid> {
        self.ahead.iter().rev().skip(1).filter_map(Ahead::needed)
    }
}

impl Ahead {
    /// The block that has to be read to say what it is.
    fn needed(&self) -> Option<Cid> {
        match self {
            Self::Top { cid } | Self::Shard { cid, .. } => Some(*cid),
            Self::Entry { cid, .. } => {
                let told = is_raw(cid) && inlined(cid).is_none();
                (!told && Node::can_be(cid)).then_some(*cid)
            }
        }
    }
}

fn listed(path: String, cid: Cid, total: Option<u64>, node: Option<&Node>) -> Listed {
    let (kind, bytes) = match node {
        Some(Node::Branch { size, .. }) => (Kind::File, Some(*size)),
        Some(Node::Directory { .. }) => (Kind::Directory, None),
        Some(Node::Leaf { content }) => (Kind::File, Some(content.len() as u64)),
        Some(Node::Symlink { .. }) => (Kind::Symlink, None),
        // Of a block that is nothing but content, all bytes are content.
        None if is_raw(&cid) => (Kind::File, total),
        None => (Kind::Other, None),
    };
    Listed { path, cid, kind, bytes }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("recursive", &self.recursive)
            .field("ahead", &self.ahead.len())
            .finish_non_exhaustive()
    }
}
