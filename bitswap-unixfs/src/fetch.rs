//! All blocks of a tree into the node's store: what is there is left alone, the rest comes from a
//! source, many blocks at a time.

mod ahead;
mod window;

use std::fmt;
use std::sync::Arc;

use bitswap_core::Block;
use bitswap_store::BlockStore;
use cid::Cid;
use futures::StreamExt as _;
use futures::stream::{BoxStream, SelectAll};

use self::ahead::{Ahead, Place, Wish};
use self::window::Window;
use crate::arrivals::{Arrivals, Known};
use crate::block_reader::BlockReader;
use crate::error::DagError;
use crate::source::{Source, WantError};
use crate::unixfs::{Node, inlined, is_raw};

/// What there is of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// Different blocks.
    pub blocks: u64,
    /// Bytes of those blocks.
    pub bytes: u64,
    /// Those of the blocks that came from the source.
    pub blocks_come: u64,
    /// Bytes of those.
    pub bytes_come: u64,
    /// About how many bytes there are in all, as the root says.
    pub expected: Option<u64>,
}

/// Hears how a fetch goes on.
type Watch<'a> = &'a (dyn Fn(&Fetched) + Sync);

/// A tree on its way. After [`DagError::Missing`] it can be run again, and goes on where it was.
pub struct Fetch<'a> {
    watch: Watch<'a>,
    /// Everything ever wanted, and what of it is in the store.
    known: Known,
    /// Not yet looked for.
    ahead: Ahead,
    /// Not in the store, found out when there was no source.
    absent: Vec<Wish>,
    /// Asked for and not yet here.
    asked: Window,
    arriving: SelectAll<BoxStream<'static, (Cid, Result<Arrival, WantError>)>>,
    fetched: Fetched,
}

/// A block that came into the store.
enum Arrival {
    /// Nothing is below it, so its length is enough.
    Leaf(u64),
    /// Somebody reads it besides.
    ReadLeaf(Block),
    /// What it links to is wanted next.
    Node(Block),
}

impl<'a> Fetch<'a> {
    /// Blocks looked for in the store at once.
    const LOOK: usize = 512;
    /// Those of them that are read, as they may have links.
    const LOOK_NODES: usize = 32;
    /// Leaves that a reader is handed are so long at most: of longer ones the way to the store and
    /// back costs little, and many of them much memory.
    const HANDED_BYTES: u64 = 64 << 10;
    /// Blocks that are followed before more is asked for.
    const TOGETHER: usize = 1_024;

    /// `root` and all that it links to, each block once. `watch` hears of each block.
    pub fn new(root: Cid, watch: Watch<'a>) -> Self {
        let known = Known::default();
        known.add(root);
        Self {
            watch,
            known,
            ahead: Ahead::of(root),
            absent: Vec::new(),
            asked: Window::default(),
            arriving: SelectAll::new(),
            fetched: Fetched::default(),
        }
    }

    /// What comes into `store` by this fetch, for a reader that does not wait for the end.
    pub fn arrivals(&self, store: Arc<dyn BlockStore>) -> Box<dyn Source> {
        Box::new(Arrivals::of(&self.known, store))
    }

    /// Returns when all of it is in the store.
    ///
    /// # Errors
    /// [`DagError::Missing`] names the first block that is not there if there is no source: all
    /// that can be reached in the store was then counted. Else the first block that does not come
    /// or is not UnixFS. What came stays in the store.
    pub async fn run(&mut self, reader: &BlockReader) -> Result<Fetched, DagError> {
        if reader.is_attached() {
            self.ahead.extend(self.absent.drain(..));
        }
        loop {
            self.fill(reader).await?;
            if self.asked.len() == 0 {
                return match self.absent.first() {
                    Some(Wish { cid, .. }) => Err(DagError::Missing { cid: *cid }),
                    None => Ok(self.fetched),
                };
            }
            // All that has come is followed first: what it links to is asked for together.
            let mut arriving = (&mut self.arriving).ready_chunks(Self::TOGETHER);
            let nothing = || DagError::Tree { why: "nothing was asked for".to_owned() };
            for (cid, outcome) in arriving.next().await.ok_or_else(nothing)? {
                self.arrived(cid, &outcome.map_err(|why| DagError::Want(Box::new(why)))?)?;
            }
        }
    }

    /// Looks in the store until enough is missing to fill the window, and asks for that.
    async fn fill(&mut self, reader: &BlockReader) -> Result<(), DagError> {
        // Each asking costs a call, so a few leave together.
        if !self.asked.is_open() {
            return Ok(());
        }
        let mut wanted = Vec::new();
        loop {
            let batch = self.next_batch();
            if batch.is_empty() {
                break;
            }
            let missing = self.look(reader, batch).await?;
            if reader.is_attached() {
                for wish in &missing {
                    self.asked.add(*wish);
                }
                wanted.extend(missing);
            } else {
                self.absent.extend(missing);
            }
        }
        match reader.source() {
            Some(source) if !wanted.is_empty() => self.ask(source, wanted),
            _ => {}
        }
        Ok(())
    }

    fn ask(&mut self, source: &dyn Source, wanted: Vec<Wish>) {
        let is_read = self.known.is_read_along();
        let (mut nodes, mut handed, mut noted) = (Vec::new(), Vec::new(), Vec::new());
        let bytes = mean_bytes(&wanted);
        for wish in wanted {
            let place = if !is_raw(&wish.cid) {
                &mut nodes
            } else if is_read && wish.bytes <= Self::HANDED_BYTES {
                &mut handed
            } else {
                &mut noted
            };
            place.push(wish.cid);
        }
        if !nodes.is_empty() {
            let come = source.want(nodes, None);
            self.arriving.push(come.map(|(cid, node)| (cid, node.map(Arrival::Node))).boxed());
        }
        if !handed.is_empty() {
            let come = source.want(handed, bytes);
            let come = come.map(|(cid, leaf)| (cid, leaf.map(Arrival::ReadLeaf)));
            self.arriving.push(come.boxed());
        }
        if !noted.is_empty() {
            let come = source.store(noted, bytes);
            self.arriving.push(come.map(|(cid, bytes)| (cid, bytes.map(Arrival::Leaf))).boxed());
        }
    }

    /// Takes some of what is ahead, the next first.
    fn next_batch(&mut self) -> Vec<Wish> {
        let mut nodes = 0;
        let few_nodes = |wish: &&Wish| {
            nodes += usize::from(!is_raw(&wish.cid));
            nodes <= Self::LOOK_NODES
        };
        let next = self.ahead.iter().take(Self::LOOK).take_while(few_nodes);
        let taken = self.asked.fitting(next.copied());
        self.ahead.take(taken)
    }

    /// Follows what the store has, and returns what it has not.
    async fn look(
        &mut self,
        reader: &BlockReader,
        batch: Vec<Wish>,
    ) -> Result<Vec<Wish>, DagError> {
        let mut kept = Vec::new();
        for wish in batch {
            match inlined(&wish.cid) {
                Some(bytes) => self.follow(&Node::read(&wish.cid, &bytes)?, wish.place),
                None => kept.push(wish),
            }
        }
        let (leaves, nodes): (Vec<Wish>, Vec<Wish>) =
            kept.into_iter().partition(|wish| is_raw(&wish.cid));
        let hashes =
            |wishes: &[Wish]| wishes.iter().map(|wish| *wish.cid.hash()).collect::<Vec<_>>();
        let mut missing = Vec::new();
        if !nodes.is_empty() {
            let found = reader.store().get_many(&hashes(&nodes)).await;
            for (wish, found) in nodes.into_iter().zip(found) {
                match found? {
                    Some(block) => {
                        self.known.tell(&wish.cid, block.len() as u64, Some(&block));
                        self.count(block.len() as u64, false);
                        self.follow(&Node::read(&wish.cid, block.bytes())?, wish.place);
                    }
                    None => missing.push(wish),
                }
            }
        }
        if !leaves.is_empty() {
            // That they are there is enough: nothing is below them.
            let found = reader.store().sizes(&hashes(&leaves)).await;
            for (wish, found) in leaves.into_iter().zip(found) {
                match found? {
                    Some(bytes) => {
                        self.known.tell(&wish.cid, u64::from(bytes), None);
                        self.count(u64::from(bytes), false);
                    }
                    None => missing.push(wish),
                }
            }
        }
        Ok(missing)
    }

    fn arrived(&mut self, cid: Cid, arrival: &Arrival) -> Result<(), DagError> {
        let place = self.asked.came(&cid).unwrap_or(Place::ROOT);
        let (bytes, block) = match arrival {
            Arrival::Leaf(bytes) => (*bytes, None),
            Arrival::ReadLeaf(block) | Arrival::Node(block) => (block.len() as u64, Some(block)),
        };
        self.known.tell(&cid, bytes, block);
        self.count(bytes, true);
        if let Arrival::Node(block) = arrival {
            self.follow(&Node::read(&cid, block.bytes())?, place);
        }
        Ok(())
    }

    /// `place` is the node's.
    fn follow(&mut self, node: &Node, place: Place) {
        if self.fetched.blocks == 1 {
            self.fetched.expected = node.expected();
        }
        let links = node.links();
        for ((cid, below), place) in links.iter().zip(place.of_children(links.len())) {
            if self.known.add(*cid) {
                self.ahead.add(Wish::of(*cid, *below, place));
            }
        }
    }

    fn count(&mut self, bytes: u64, come: bool) {
        self.fetched.blocks += 1;
        self.fetched.bytes += bytes;
        if come {
            self.fetched.blocks_come += 1;
            self.fetched.bytes_come += bytes;
        }
        (self.watch)(&self.fetched);
    }
}

/// About how long these leaves are, if their parents tell.
fn mean_bytes(wanted: &[Wish]) -> Option<u32> {
    let leaves = wanted.iter().filter(|wish| is_raw(&wish.cid));
    let told: Option<Vec<u64>> = leaves.map(|wish| wish.told).collect();
    let told = told.filter(|told| !told.is_empty())?;
    u32::try_from(told.iter().sum::<u64>() / told.len() as u64).ok()
}

impl fmt::Debug for Fetch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch")
            .field("known", &self.known.len())
            .field("ahead", &self.ahead.len())
            .field("fetched", &self.fetched)
            .finish_non_exhaustive()
    }
}
