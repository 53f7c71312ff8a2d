//! All blocks of a tree into the node's store: what is there is left alone, the rest comes from a
//! source, many blocks at a time. What of it and when, its plan says.

mod ahead;
mod plan;
mod window;

use std::fmt;
use std::sync::Arc;

use bitswap_core::Block;
use bitswap_store::BlockStore;
use cid::Cid;
use futures::StreamExt as _;
use futures::stream::{BoxStream, SelectAll};

use crate::arrivals::Arrivals;
use crate::block_reader::BlockReader;
use crate::error::DagError;
use crate::source::{Source, WantError};
use crate::unixfs::is_raw;

pub use self::ahead::Wish;
pub use self::plan::{Asks, FetchPlan};

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
    plan: FetchPlan,
    /// Not in the store, found out when there was no source.
    absent: Vec<Wish>,
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
    /// Leaves that a reader is handed are so long at most: of longer ones the way to the store and
    /// back costs little, and many of them much memory.
    const HANDED_BYTES: u64 = 64 << 10;
    /// Blocks that are followed before more is asked for.
    const TOGETHER: usize = 1_024;

    /// `root` and all that it links to, each block once. `watch` hears of each block.
    pub fn new(root: Cid, watch: Watch<'a>) -> Self {
        Self {
            watch,
            plan: FetchPlan::new(root),
            absent: Vec::new(),
            arriving: SelectAll::new(),
            fetched: Fetched::default(),
        }
    }

    /// What comes into `store` by this fetch, for a reader that does not wait for the end.
    pub fn arrivals(&self, store: Arc<dyn BlockStore>) -> Box<dyn Source> {
        Box::new(Arrivals::of(&self.plan.known, store))
    }

    /// Returns when all of it is in the store.
    ///
    /// # Errors
    /// [`DagError::Missing`] names the first block that is not there if there is no source: all
    /// that can be reached in the store was then counted. Else the first block that does not come
    /// or is not UnixFS. What came stays in the store.
    pub async fn run(&mut self, reader: &BlockReader) -> Result<Fetched, DagError> {
        if reader.is_attached() {
            self.plan.put_back(self.absent.drain(..));
        }
        loop {
            self.fill(reader).await?;
            if self.plan.is_served() {
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
        loop {
            let batch = self.plan.look()?;
            if batch.is_empty() {
                break;
            }
            let missing = self.find(reader, batch).await?;
            if reader.is_attached() {
                self.plan.want(missing);
            } else {
                self.absent.extend(missing);
            }
        }
        if let Some(source) = reader.source() {
            self.ask(source);
        }
        Ok(())
    }

    fn ask(&mut self, source: &dyn Source) {
        let Asks { nodes, leaves, leaf_bytes } = self.plan.asks();
        let is_read = self.plan.known.is_read_along();
        let is_handed = |wish: &Wish| is_read && wish.bytes <= Self::HANDED_BYTES;
        let (handed, noted): (Vec<_>, Vec<_>) = leaves.into_iter().partition(is_handed);
        let [handed, noted] = [handed, noted]
            .map(|leaves| leaves.into_iter().map(|wish| wish.cid).collect::<Vec<_>>());
        if !nodes.is_empty() {
            let come = source.want(nodes, None);
            self.arriving.push(come.map(|(cid, node)| (cid, node.map(Arrival::Node))).boxed());
        }
        if !handed.is_empty() {
            let come = source.want(handed, leaf_bytes);
            let come = come.map(|(cid, leaf)| (cid, leaf.map(Arrival::ReadLeaf)));
            self.arriving.push(come.boxed());
        }
        if !noted.is_empty() {
            let come = source.store(noted, leaf_bytes);
            self.arriving.push(come.map(|(cid, bytes)| (cid, bytes.map(Arrival::Leaf))).boxed());
        }
    }

    /// Follows what the store has, and returns what it has not.
    async fn find(
        &mut self,
        reader: &BlockReader,
        batch: Vec<Wish>,
    ) -> Result<Vec<Wish>, DagError> {
        let (leaves, nodes): (Vec<Wish>, Vec<Wish>) =
            batch.into_iter().partition(|wish| is_raw(&wish.cid));
        let hashes =
            |wishes: &[Wish]| wishes.iter().map(|wish| *wish.cid.hash()).collect::<Vec<_>>();
        let mut missing = Vec::new();
        if !nodes.is_empty() {
            let found = reader.store().get_many(&hashes(&nodes)).await;
            for (wish, found) in nodes.into_iter().zip(found) {
                match found? {
                    Some(block) => {
                        self.plan.known.tell(&wish.cid, block.len() as u64, Some(&block));
                        self.count(block.len() as u64, false);
                        self.follow(&wish, &block)?;
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
                        self.plan.known.tell(&wish.cid, u64::from(bytes), None);
                        self.count(u64::from(bytes), false);
                    }
                    None => missing.push(wish),
                }
            }
        }
        Ok(missing)
    }

    fn arrived(&mut self, cid: Cid, arrival: &Arrival) -> Result<(), DagError> {
        let wish = self.plan.came(&cid);
        let (bytes, block) = match arrival {
            Arrival::Leaf(bytes) => (*bytes, None),
            Arrival::ReadLeaf(block) | Arrival::Node(block) => (block.len() as u64, Some(block)),
        };
        self.plan.known.tell(&cid, bytes, block);
        self.count(bytes, true);
        if let Arrival::Node(block) = arrival {
            self.follow(&wish, block)?;
        }
        Ok(())
    }

    fn follow(&mut self, wish: &Wish, block: &Block) -> Result<(), DagError> {
        let expected = self.plan.follow(wish, block.bytes())?;
        if self.fetched.blocks == 1 {
            self.fetched.expected = expected;
        }
        Ok(())
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

impl fmt::Debug for Fetch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch")
            .field("plan", &self.plan)
            .field("fetched", &self.fetched)
            .finish_non_exhaustive()
    }
}
