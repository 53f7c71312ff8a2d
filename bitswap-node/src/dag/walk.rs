//! A tree of blocks in a store, read from left to right as files, directories and links.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitswap_store::BlockStore;
use bytes::Bytes;
use cid::Cid;

use super::error::DagError;
use super::unixfs::{Entry, Node, inlined};

/// Reads one tree.
pub(crate) struct Walk {
    store: Arc<dyn BlockStore>,
    /// What is still to be read, the next last.
    ahead: Vec<Ahead>,
    /// The file whose parts are being read.
    file: Option<File>,
}

/// What comes next in a tree. Paths are relative to the root, whose path is empty.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// More of the file last named.
    Bytes(Bytes),
    /// A directory; its entries follow.
    Directory { path: PathBuf },
    /// A file; its bytes follow.
    File { path: PathBuf },
    /// A symbolic link.
    Symlink { path: PathBuf, target: String },
}

enum Ahead {
    /// Bytes of the open file, already read.
    Content(Bytes),
    /// Something with a path.
    Entry { path: PathBuf, cid: Cid },
    /// The end of the open file.
    FileEnd,
    /// More entries of the directory at `path`.
    MoreEntries { path: PathBuf, cid: Cid },
    /// A part of the open file.
    Part { cid: Cid },
}

struct File {
    path: PathBuf,
    declared: u64,
    found: u64,
}

impl Walk {
    /// Starts at `root`, whose blocks are all in `store`.
    pub(crate) fn new(store: Arc<dyn BlockStore>, root: Cid) -> Self {
        let ahead = vec![Ahead::Entry { path: PathBuf::new(), cid: root }];
        Self { store, ahead, file: None }
    }

    /// The next step; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Step>, DagError> {
        while let Some(ahead) = self.ahead.pop() {
            let step = match ahead {
                Ahead::Content(bytes) => self.content(bytes)?,
                Ahead::Entry { path, cid } => {
                    let node = self.load(&cid).await?;
                    Some(self.enter(path, node))
                }
                Ahead::FileEnd => self.file_end()?,
                Ahead::MoreEntries { path, cid } => {
                    let node = self.load(&cid).await?;
                    self.more_entries(&path, cid, node)?
                }
                Ahead::Part { cid } => {
                    let node = self.load(&cid).await?;
                    self.part(cid, node)?
                }
            };
            if step.is_some() {
                return Ok(step);
            }
        }
        Ok(None)
    }

    fn enter(&mut self, path: PathBuf, node: Node) -> Step {
        match node {
            Node::Branch { size, parts } => {
                self.file = Some(File { path: path.clone(), declared: size, found: 0 });
                self.ahead.push(Ahead::FileEnd);
                self.ahead.extend(parts.into_iter().rev().map(|cid| Ahead::Part { cid }));
                Step::File { path }
            }
            Node::Directory { entries } => {
                self.push_entries(&path, entries);
                Step::Directory { path }
            }
            Node::Leaf { content } => {
                let declared = content.len() as u64;
                self.file = Some(File { path: path.clone(), declared, found: 0 });
                self.ahead.push(Ahead::FileEnd);
                self.ahead.push(Ahead::Content(content));
                Step::File { path }
            }
            Node::Symlink { target } => Step::Symlink { path, target },
        }
    }

    fn more_entries(
        &mut self,
        path: &Path,
        cid: Cid,
        node: Node,
    ) -> Result<Option<Step>, DagError> {
        let Node::Directory { entries } = node else {
            return Err(DagError::NotUnixfs { cid, why: "a shard was expected".to_owned() });
        };
        self.push_entries(path, entries);
        Ok(None)
    }

    fn part(&mut self, cid: Cid, node: Node) -> Result<Option<Step>, DagError> {
        match node {
            Node::Branch { parts, .. } => {
                self.ahead.extend(parts.into_iter().rev().map(|cid| Ahead::Part { cid }));
                Ok(None)
            }
            Node::Leaf { content } => self.content(content),
            Node::Directory { .. } | Node::Symlink { .. } => {
                Err(DagError::NotUnixfs { cid, why: "part of a file was expected".to_owned() })
            }
        }
    }

    fn content(&mut self, bytes: Bytes) -> Result<Option<Step>, DagError> {
        if let Some(file) = &mut self.file {
            file.found = file.found.saturating_add(bytes.len() as u64);
            // Told at once, not at the end: a small tree can stand for an endless file.
            if file.found > file.declared {
                return Err(file.wrong_length());
            }
        }
        Ok((!bytes.is_empty()).then_some(Step::Bytes(bytes)))
    }

    fn file_end(&mut self) -> Result<Option<Step>, DagError> {
        match self.file.take() {
            Some(file) if file.found != file.declared => Err(file.wrong_length()),
            _ => Ok(None),
        }
    }

    fn push_entries(&mut self, path: &Path, entries: Vec<Entry>) {
        self.ahead.extend(entries.into_iter().rev().map(|entry| match entry.name {
            Some(name) => Ahead::Entry { path: path.join(name), cid: entry.cid },
            None => Ahead::MoreEntries { path: path.to_owned(), cid: entry.cid },
        }));
    }

    async fn load(&self, cid: &Cid) -> Result<Node, DagError> {
        if let Some(bytes) = inlined(cid) {
            return Node::read(cid, &bytes);
        }
        let mut found = self.store.get_many(&[*cid.hash()]).await;
        match found.pop() {
            Some(Ok(Some(block))) => Node::read(cid, block.bytes()),
            Some(Err(fault)) => Err(fault.into()),
            Some(Ok(None)) | None => Err(DagError::Missing { cid: *cid }),
        }
    }
}

impl File {
    fn wrong_length(&self) -> DagError {
        DagError::Length { path: self.path.clone(), declared: self.declared, found: self.found }
    }
}
