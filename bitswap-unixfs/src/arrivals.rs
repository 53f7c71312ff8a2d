//! A tree that is read while it is fetched: whoever reads it is handed what comes, and waits here
//! for what has not come yet.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use bitswap_core::Block;
use bitswap_store::BlockStore;
use cid::Cid;
use futures::StreamExt as _;
use futures::stream;

use crate::by_cid::ByCid;
use crate::source::{Source, WantError, Wanted};
use crate::unixfs::is_raw;

/// The blocks of a fetch, as far as it knows them.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Everything ever wanted, with its length once it is in the store.
    blocks: ByCid<Option<u64>>,
    /// Whether somebody reads the tree meanwhile.
    is_read: bool,
    /// What came and was not read yet, as far as there is room; the store has it, too.
    held: ByCid<Block>,
    /// The bytes of that: of leaves, and of what has links.
    held_bytes: [u64; 2],
    /// Who waits for which block.
    waiting: ByCid<Waker>,
}

/// Where a block is that is wanted.
enum Place {
    Held(Block),
    /// With its length.
    Store(u64),
}

impl Known {
    /// Bytes that wait for a reader at most: of leaves, and again of what has links.
    const HELD_BYTES: u64 = 8 << 20;

    /// Whether it is new.
    pub(super) fn add(&self, cid: Cid) -> bool {
        let mut state = self.lock();
        let is_new = !state.blocks.contains_key(&cid);
        // It may have come already, and be linked to once more.
        state.blocks.entry(cid).or_insert(None);
        is_new
    }

    /// The block is in the store; a reader may have it from here.
    pub(super) fn tell(&self, cid: &Cid, bytes: u64, block: Option<&Block>) {
        let mut state = self.lock();
        state.blocks.insert(*cid, Some(bytes));
        if !state.is_read {
            return;
        }
        if let Some(block) = block
            && *state.held_of(cid) < Self::HELD_BYTES
        {
            *state.held_of(cid) += bytes;
            state.held.insert(*cid, block.clone());
        }
        if let Some(reader) = state.waiting.remove(cid) {
            drop(state);
            reader.wake();
        }
    }

    /// Whether leaves are worth their way here: somebody reads them, and not much later.
    pub(super) fn is_read_along(&self) -> bool {
        let state = self.lock();
        let [leaves, _] = state.held_bytes;
        state.is_read && leaves < Self::HELD_BYTES / 2
    }

    pub(super) fn len(&self) -> usize {
        self.lock().blocks.len()
    }

    /// Waits until a block is somewhere.
    async fn place(&self, cid: &Cid) -> Place {
        let wait = poll_fn(|context| {
            let mut state = self.lock();
            let found = state.take(cid);
            if found.is_none() {
                state.waiting.insert(*cid, context.waker().clone());
            }
            found.map_or(Poll::Pending, Poll::Ready)
        });
        wait.await
    }

    /// The length of a block that only the store has.
    fn stored(&self, cid: &Cid) -> Option<u64> {
        let state = self.lock();
        if state.held.contains_key(cid) { None } else { state.blocks.get(cid).copied().flatten() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, cid: &Cid) -> Option<Place> {
        if let Some(block) = self.held.remove(cid) {
            *self.held_of(cid) -= block.len() as u64;
            return Some(Place::Held(block));
        }
        self.blocks.get(cid).copied().flatten().map(Place::Store)
    }

    fn held_of(&mut self, cid: &Cid) -> &mut u64 {
        let [leaves, nodes] = &mut self.held_bytes;
        if is_raw(cid) { leaves } else { nodes }
    }
}

/// A source that asks nobody: what is wanted of it comes when the fetch has it, in the order in
/// which it is wanted.
pub(super) struct Arrivals {
    /// Where the fetch puts it.
    store: Arc<dyn BlockStore>,
    known: Known,
}

impl Arrivals {
    pub(super) fn of(known: &Known, store: Arc<dyn BlockStore>) -> Self {
        known.lock().is_read = true;
        Self { store, known: known.clone() }
    }
}

impl Source for Arrivals {
    fn want(&self, cids: Vec<Cid>, _: Option<u32>) -> Wanted {
        let waiting = Waiting {
            store: Arc::clone(&self.store),
            known: self.known.clone(),
            wanted: cids.into(),
            read: VecDeque::new(),
        };
        stream::unfold(waiting, Waiting::next).boxed()
    }

    fn looks_in_store(&self) -> bool {
        true
    }
}

struct Waiting {
    store: Arc<dyn BlockStore>,
    known: Known,
    /// Neither read nor waited for yet.
    wanted: VecDeque<Cid>,
    read: VecDeque<(Cid, Result<Block, WantError>)>,
}

impl Waiting {
    /// Read from the store together.
    const TOGETHER: usize = 1_024;
    const TOGETHER_BYTES: u64 = 8 << 20;

    async fn next(mut self) -> Option<((Cid, Result<Block, WantError>), Self)> {
        if let Some(item) = self.read.pop_front() {
            return Some((item, self));
        }
        let cid = self.wanted.pop_front()?;
        match self.known.place(&cid).await {
            Place::Held(block) => Some(((cid, Ok(block)), self)),
            Place::Store(bytes) => {
                let batch = self.stored_with(cid, bytes);
                self.read(batch).await;
                let item = self.read.pop_front()?;
                Some((item, self))
            }
        }
    }

    /// A block that only the store has, and as many of those behind it as can be read with it.
    fn stored_with(&mut self, cid: Cid, mut bytes: u64) -> Vec<Cid> {
        let mut batch = vec![cid];
        while batch.len() < Self::TOGETHER
            && let Some(next) = self.wanted.front().copied()
            && let Some(more) = self.known.stored(&next)
            && bytes + more <= Self::TOGETHER_BYTES
        {
            self.wanted.pop_front();
            batch.push(next);
            bytes += more;
        }
        batch
    }

    async fn read(&mut self, cids: Vec<Cid>) {
        let hashes: Vec<_> = cids.iter().map(|cid| *cid.hash()).collect();
        for (cid, found) in cids.into_iter().zip(self.store.get_many(&hashes).await) {
            let block = match found {
                Ok(Some(block)) => Ok(block),
                Ok(None) => Err("it is not in the store any more".to_owned()),
                Err(fault) => Err(fault.to_string()),
            };
            self.read.push_back((cid, block.map_err(|why| WantError::Lost { why })));
        }
    }
}
