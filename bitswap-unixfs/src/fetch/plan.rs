//! What a fetch asks for, and in which order. Does no I/O and has no clock: fetches of real nodes
//! and those of the simulator ask by it.

use std::fmt;

use bitswap_core::{Limits, SessionOptions};
use bytes::Bytes;
use cid::Cid;

use super::ahead::{Ahead, Place, Wish};
use super::window::Window;
use crate::arrivals::Known;
use crate::error::DagError;
use crate::unixfs::{Node, inlined, is_raw};

/// Says what to look for in the store, and what of that to ask the network for.
///
/// Whenever something came: [`came`](Self::came) and [`follow`](Self::follow) for each block, then
/// [`look`](Self::look) again and again, and [`want`](Self::want) what is not in the store, until
/// there is nothing to look for; then what is to be [asked](Self::asks) for. The first block that
/// does not come ends a fetch.
pub struct FetchPlan {
    /// Everything ever wanted, and what of it is in the store.
    pub(super) known: Known,
    /// Not yet looked for.
    ahead: Ahead,
    /// Not in the store, and about to be asked for.
    wanted: Vec<Wish>,
    /// Asked for and not yet here, with those.
    asked: Window,
}

/// Blocks to ask for together, in order.
#[derive(Clone, Debug, Default)]
pub struct Asks {
    /// Those that may have links, first.
    pub nodes: Vec<Cid>,
    /// Those that are nothing but content.
    pub leaves: Vec<Wish>,
    /// About how long each of the leaves is, if what links to them says so.
    pub leaf_bytes: Option<u32>,
}

impl FetchPlan {
    /// What the session of a fetch is like for which somebody waits.
    pub const SESSION: SessionOptions =
        SessionOptions { ttl: None, ends_early: true, timeout: Some(Limits::SESSION_TIMEOUT) };
    /// Blocks looked for in the store at once.
    const LOOK: usize = 512;
    /// Those of them that are read, as they may have links.
    const LOOK_NODES: usize = 32;

    /// `root` and all that it links to, each block once.
    pub fn new(root: Cid) -> Self {
        let mut plan = Self {
            known: Known::default(),
            ahead: Ahead::default(),
            wanted: Vec::new(),
            asked: Window::default(),
        };
        plan.add(Place::ROOT, &[(root, None)]);
        plan
    }

    /// What to look for in the store next; nothing if there is no more, or enough is asked for.
    ///
    /// # Errors
    /// A CID that carries its own block is not that of UnixFS.
    pub fn look(&mut self) -> Result<Vec<Wish>, DagError> {
        // Each asking costs a call, so a few leave together.
        while self.asked.is_open() || !self.wanted.is_empty() {
            let batch = self.next_batch();
            if batch.is_empty() {
                break;
            }
            let mut looked = Vec::new();
            for wish in batch {
                match inlined(&wish.cid) {
                    Some(bytes) => drop(self.follow(&wish, &bytes)?),
                    None => looked.push(wish),
                }
            }
            if !looked.is_empty() {
                return Ok(looked);
            }
        }
        Ok(Vec::new())
    }

    /// These are not in the store: they are asked for next.
    pub fn want(&mut self, missing: impl IntoIterator<Item = Wish>) {
        for wish in missing {
            self.asked.add(wish);
            self.wanted.push(wish);
        }
    }

    /// These are looked for later.
    pub(super) fn put_back(&mut self, wishes: impl Iterator<Item = Wish>) {
        wishes.for_each(|wish| self.ahead.add(wish));
    }

    /// What to ask for now.
    pub fn asks(&mut self) -> Asks {
        let wanted = std::mem::take(&mut self.wanted);
        let (leaves, nodes): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|wish| is_raw(&wish.cid));
        let leaf_bytes = mean_bytes(&leaves);
        Asks { nodes: nodes.into_iter().map(|wish| wish.cid).collect(), leaves, leaf_bytes }
    }

    /// A block is here that was asked for.
    pub fn came(&mut self, cid: &Cid) -> Wish {
        self.asked.came(cid).unwrap_or_else(|| Wish::of(*cid, None, Place::ROOT))
    }

    /// What a block links to is looked for next. Returns about how many bytes there are at and
    /// below it, as it says.
    ///
    /// # Errors
    /// It is not UnixFS.
    pub fn follow(&mut self, wish: &Wish, block: &Bytes) -> Result<Option<u64>, DagError> {
        let node = Node::read(&wish.cid, block)?;
        self.add(wish.place, &node.links());
        Ok(node.expected())
    }

    /// Whether all that was asked for is here.
    pub fn is_served(&self) -> bool {
        self.asked.len() == 0
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

    fn add(&mut self, place: Place, links: &[(Cid, Option<u64>)]) {
        for ((cid, below), place) in links.iter().zip(place.of_children(links.len())) {
            if self.known.add(*cid) {
                self.ahead.add(Wish::of(*cid, *below, place));
            }
        }
    }
}

/// About how long these leaves are, if their parents tell.
fn mean_bytes(leaves: &[Wish]) -> Option<u32> {
    let told: Option<Vec<u64>> = leaves.iter().map(|wish| wish.told).collect();
    let told = told.filter(|told| !told.is_empty())?;
    u32::try_from(told.iter().sum::<u64>() / told.len() as u64).ok()
}

impl fmt::Debug for FetchPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchPlan")
            .field("known", &self.known.len())
            .field("ahead", &self.ahead.len())
            .field("asked", &self.asked.len())
            .finish_non_exhaustive()
    }
}
