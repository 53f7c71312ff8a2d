//! All blocks of a tree into the node's store, through one session and many at a time.

use std::collections::HashSet;
use std::time::Duration;

use bitswap_core::Block;
use cid::Cid;
use futures::StreamExt as _;
use futures::stream::SelectAll;

use super::error::DagError;
use super::source::{Source, Wanted};
use super::unixfs::{Node, inlined};

/// What came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fetched {
    /// Different blocks.
    pub(crate) blocks: u64,
    /// Bytes of those blocks.
    pub(crate) bytes: u64,
}

/// Fetches `root` and all that it links to, each block once. Gives up when nothing comes for
/// `patience`.
///
/// # Errors
/// The first block that does not come or is not UnixFS; what came stays in the store.
pub(crate) async fn fetch(
    source: &dyn Source,
    root: Cid,
    patience: Duration,
) -> Result<Fetched, DagError> {
    let mut fetch = Fetch::new(source);
    fetch.want(root)?;
    loop {
        fetch.ask();
        let next = tokio::time::timeout(patience, fetch.arriving.next());
        match next.await {
            Ok(Some((cid, Ok(block)))) => fetch.arrived(cid, &block)?,
            Ok(Some((_, Err(why)))) => return Err(DagError::Want(Box::new(why))),
            Ok(None) => return Ok(fetch.fetched),
            Err(_) => return Err(fetch.silent(patience)),
        }
    }
}

struct Fetch<'a> {
    source: &'a dyn Source,
    /// Everything ever wanted.
    known: HashSet<Cid>,
    /// Wanted and not yet asked for, the next last: a stack keeps the order close to that of the
    /// files, and its length to the depth of the tree times the width of a node.
    ahead: Vec<Cid>,
    /// Asked for and not yet here.
    asked: HashSet<Cid>,
    arriving: SelectAll<Wanted>,
    fetched: Fetched,
}

impl<'a> Fetch<'a> {
    /// Blocks asked for at once, in the end: 64 MiB of leaves of the usual size.
    const WINDOW: usize = 256;
    /// And at first. It grows by one with each block that comes, so that a selector has seen who
    /// is there, and how fast, before all is asked for.
    const FIRST_WINDOW: usize = 32;

    fn new(source: &'a dyn Source) -> Self {
        Self {
            source,
            known: HashSet::new(),
            ahead: Vec::new(),
            asked: HashSet::new(),
            arriving: SelectAll::new(),
            fetched: Fetched::default(),
        }
    }

    fn want(&mut self, cid: Cid) -> Result<(), DagError> {
        if !self.known.insert(cid) {
            return Ok(());
        }
        if let Some(bytes) = inlined(&cid) {
            return self.follow(&Node::read(&cid, &bytes)?);
        }
        self.ahead.push(cid);
        Ok(())
    }

    /// Fills the window.
    fn ask(&mut self) {
        let grown = Self::FIRST_WINDOW.saturating_add(self.fetched.blocks as usize);
        let window = grown.min(Self::WINDOW);
        let room = window.saturating_sub(self.asked.len());
        // Each asking costs a call, so a few leave together.
        if self.ahead.is_empty() || (room < window / 8 && !self.asked.is_empty()) {
            return;
        }
        let batch = self.ahead.split_off(self.ahead.len().saturating_sub(room));
        let batch: Vec<Cid> = batch.into_iter().rev().collect();
        self.asked.extend(&batch);
        self.arriving.push(self.source.want(batch));
    }

    fn arrived(&mut self, cid: Cid, block: &Block) -> Result<(), DagError> {
        self.asked.remove(&cid);
        self.fetched.blocks += 1;
        self.fetched.bytes += block.len() as u64;
        self.follow(&Node::read(&cid, block.bytes())?)
    }

    fn follow(&mut self, node: &Node) -> Result<(), DagError> {
        node.links().into_iter().rev().try_for_each(|cid| self.want(cid))
    }

    fn silent(&self, patience: Duration) -> DagError {
        match self.asked.iter().min() {
            Some(cid) => DagError::Silent {
                cid: *cid,
                waiting: self.asked.len(),
                seconds: patience.as_secs(),
            },
            None => DagError::Tree { why: "nothing was asked for".to_owned() },
        }
    }
}
