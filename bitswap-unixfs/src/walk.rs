//! A tree of blocks, read from left to right as files, directories and links.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use cid::Cid;

use crate::block_reader::BlockReader;
use crate::error::DagError;
use crate::unixfs::{Entry, Label, Node, Part};

/// Reads one tree.
pub struct Walk {
    reader: BlockReader,
    /// What is still to be read, the next last.
    ahead: Vec<Ahead>,
    /// The file whose parts are being read.
    file: Option<File>,
    /// What is wanted of each file.
    window: Range<u64>,
}

/// What comes next in a tree. Paths are relative to the root, whose path is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// More of the file last named.
    Bytes(Bytes),
    /// A directory; its entries follow.
    Directory {
        /// Where it is.
        path: PathBuf,
    },
    /// A file; its bytes follow.
    File {
        /// Where it is.
        path: PathBuf,
    },
    /// A symbolic link.
    Symlink {
        /// Where it is.
        path: PathBuf,
        /// Where it leads, as it says.
        target: String,
    },
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
    Part(Part),
    /// Parts of the open file that nobody wants, by their bytes.
    Skipped(u64),
}

struct File {
    path: PathBuf,
    declared: u64,
    /// Bytes read or skipped so far.
    found: u64,
}

impl Walk {
    const ALL: Range<u64> = 0..u64::MAX;

    /// Starts at `root`.
    pub fn new(reader: BlockReader, root: Cid) -> Self {
        let ahead = vec![Ahead::Entry { path: PathBuf::new(), cid: root }];
        Self { reader, ahead, file: None, window: Self::ALL }
    }

    /// Only these bytes of each file. Parts that hold none of them are not read.
    pub fn only(self, window: Range<u64>) -> Self {
        Self { window, ..self }
    }

    /// Where its blocks come from.
    pub const fn reader(&mut self) -> &mut BlockReader {
        &mut self.reader
    }

    /// The next step; `None` at the end.
    ///
    /// # Errors
    /// After [`DagError::Missing`] the same step can be tried again.
    pub async fn next(&mut self) -> Result<Option<Step>, DagError> {
        while let Some(ahead) = self.ahead.last() {
            let node = match ahead.needed() {
                Some(cid) => {
                    let next = self.ahead.iter().rev().skip(1).filter_map(Ahead::needed);
                    Some(self.reader.node(&cid, next).await?)
                }
                None => None,
            };
            let Some(ahead) = self.ahead.pop() else { break };
            let step = self.take(ahead, node)?;
            if step.is_some() {
                return Ok(step);
            }
        }
        Ok(None)
    }

    fn take(&mut self, ahead: Ahead, node: Option<Node>) -> Result<Option<Step>, DagError> {
        match (ahead, node) {
            (Ahead::Content(bytes), _) => self.content(&bytes),
            (Ahead::FileEnd, _) => self.file_end(),
            (Ahead::Skipped(bytes), _) => self.pass(bytes).map(|()| None),
            (Ahead::Entry { path, .. }, Some(node)) => Ok(Some(self.enter(path, node))),
            (Ahead::MoreEntries { path, .. }, Some(Node::Directory { entries })) => {
                self.push_entries(&path, entries);
                Ok(None)
            }
            (Ahead::MoreEntries { cid, .. }, _) => Err(DagError::not_a_shard(cid)),
            (Ahead::Part(part), Some(node)) => self.part(part, node),
            // What needs a block has got it.
            (Ahead::Entry { cid, .. } | Ahead::Part(Part { cid, .. }), None) => {
                Err(DagError::Missing { cid })
            }
        }
    }

    fn enter(&mut self, path: PathBuf, node: Node) -> Step {
        match node {
            Node::Branch { size, parts } => {
                self.open(&path, size);
                self.push_parts(parts);
                Step::File { path }
            }
            Node::Directory { entries } => {
                self.push_entries(&path, entries);
                Step::Directory { path }
            }
            Node::Leaf { content } => {
                self.open(&path, content.len() as u64);
                self.ahead.push(Ahead::Content(content));
                Step::File { path }
            }
            Node::Symlink { target } => Step::Symlink { path, target },
        }
    }

    fn open(&mut self, path: &Path, declared: u64) {
        self.file = Some(File { path: path.to_owned(), declared, found: 0 });
        self.ahead.push(Ahead::FileEnd);
    }

    fn part(&mut self, part: Part, node: Node) -> Result<Option<Step>, DagError> {
        match node {
            Node::Branch { size, parts } => {
                self.check(&part, size)?;
                self.push_parts(parts);
                Ok(None)
            }
            Node::Leaf { content } => {
                self.check(&part, content.len() as u64)?;
                self.content(&content)
            }
            Node::Directory { .. } | Node::Symlink { .. } => {
                let why = "part of a file was expected".to_owned();
                Err(DagError::NotUnixfs { cid: part.cid, why })
            }
        }
    }

    /// What was skipped was believed to be as long as it is said to be; what is read has to be.
    fn check(&self, part: &Part, found: u64) -> Result<(), DagError> {
        match (part.bytes, &self.file) {
            (Some(declared), Some(file)) if declared != found && self.window != Self::ALL => {
                Err(DagError::Length { path: file.path.clone(), declared, found })
            }
            _ => Ok(()),
        }
    }

    fn content(&mut self, bytes: &Bytes) -> Result<Option<Step>, DagError> {
        let start = self.file.as_ref().map_or(0, |file| file.found);
        let length = bytes.len() as u64;
        self.pass(length)?;
        // Both are at most the length, which is that of a slice.
        let from = self.window.start.saturating_sub(start).min(length) as usize;
        let to = self.window.end.saturating_sub(start).min(length) as usize;
        Ok((from < to).then(|| Step::Bytes(bytes.slice(from..to))))
    }

    /// Told at once, not at the end: a small tree can stand for an endless file.
    fn pass(&mut self, bytes: u64) -> Result<(), DagError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.found = file.found.saturating_add(bytes);
        if file.found > file.declared { Err(file.wrong_length()) } else { Ok(()) }
    }

    fn file_end(&mut self) -> Result<Option<Step>, DagError> {
        match self.file.take() {
            Some(file) if file.found != file.declared => Err(file.wrong_length()),
            _ => Ok(None),
        }
    }

    /// Parts are pushed when all before them have been read, so it is known where they begin.
    fn push_parts(&mut self, parts: Vec<Part>) {
        let mut begins = self.file.as_ref().map(|file| file.found);
        let first = self.ahead.len();
        for part in parts {
            let ends = begins.zip(part.bytes).map(|(begins, bytes)| begins.saturating_add(bytes));
            let wanted = begins
                .zip(ends)
                .is_none_or(|(begins, ends)| begins < self.window.end && ends > self.window.start);
            self.ahead.push(match part.bytes {
                Some(bytes) if !wanted => Ahead::Skipped(bytes),
                _ => Ahead::Part(part),
            });
            begins = ends;
        }
        if let Some(pushed) = self.ahead.get_mut(first..) {
            pushed.reverse();
        }
    }

    fn push_entries(&mut self, path: &Path, entries: Vec<Entry>) {
        self.ahead.extend(entries.into_iter().rev().map(|entry| match entry.label {
            Label::Name(name) => Ahead::Entry { path: path.join(name), cid: entry.cid },
            Label::Shard(_) => Ahead::MoreEntries { path: path.to_owned(), cid: entry.cid },
        }));
    }
}

impl Ahead {
    /// The block that has to be read for it.
    const fn needed(&self) -> Option<Cid> {
        match self {
            Self::Entry { cid, .. } | Self::MoreEntries { cid, .. } => Some(*cid),
            Self::Part(part) => Some(part.cid),
            Self::Content(_) | Self::FileEnd | Self::Skipped(_) => None,
        }
    }
}

impl File {
    fn wrong_length(&self) -> DagError {
        DagError::Length { path: self.path.clone(), declared: self.declared, found: self.found }
    }
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk")
            .field("reader", &self.reader)
            .field("ahead", &self.ahead.len())
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
