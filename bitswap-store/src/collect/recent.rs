//! What was put or found lately, as long as a lease or a collection needs to know it.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::block_store::Multihash;
use crate::collect::CollectError;

/// Blocks by a keyed hash of theirs, and who may need them.
pub(super) struct Recent {
    state: Mutex<State>,
    /// Whether anything is noted. Else nobody pays for a lock.
    notes: AtomicBool,
    key: RandomState,
    most: usize,
}

/// Keeps what was put or found in a [`GuardedStore`](super::GuardedStore) since it was made.
pub struct Lease {
    recent: Arc<Recent>,
    /// Later ones have larger numbers.
    number: u64,
    /// Whether it is that of the collection.
    collects: bool,
}

#[derive(Default)]
struct State {
    /// When each was put or found last: the number of the latest lease then.
    blocks: HashMap<u64, u64>,
    open: BTreeSet<u64>,
    last: u64,
    collecting: bool,
    /// The latest lease when there was no room for a block.
    missed: Option<u64>,
}

impl Recent {
    /// What an entry takes, with the free places of its table.
    const ENTRY_BYTES: u64 = 24;

    pub(super) fn new(most: usize) -> Self {
        let (notes, key) = (AtomicBool::new(false), RandomState::new());
        Self { state: Mutex::default(), notes, key, most }
    }

    pub(super) fn lease(recent: &Arc<Self>) -> Lease {
        let number = recent.open(&mut recent.state());
        Lease { recent: Arc::clone(recent), number, collects: false }
    }

    /// The lease of a collection, of which there is one at a time.
    pub(super) fn collect(recent: &Arc<Self>) -> Result<Lease, CollectError> {
        let mut state = recent.state();
        if state.collecting {
            return Err(CollectError::Collecting);
        }
        if state.missed.is_some() {
            return Err(recent.too_many());
        }
        state.collecting = true;
        let number = recent.open(&mut state);
        drop(state);
        Ok(Lease { recent: Arc::clone(recent), number, collects: true })
    }

    /// Remembers these blocks, if anybody may need to know.
    pub(super) fn note(&self, hashes: impl Iterator<Item = Multihash>) {
        if !self.notes.load(Ordering::SeqCst) {
            return;
        }
        let mut state = self.state();
        let last = state.last;
        for hash in hashes {
            let key = self.key.hash_one(hash);
            if state.blocks.len() < self.most || state.blocks.contains_key(&key) {
                state.blocks.insert(key, last);
            } else {
                state.missed = Some(last);
            }
        }
    }

    /// Those that nobody put or found since anybody who is not done may need them.
    ///
    /// # Errors
    /// That is not known.
    pub(super) fn without(&self, hashes: &[Multihash]) -> Result<Vec<Multihash>, CollectError> {
        let state = self.state();
        if state.missed.is_some() {
            return Err(self.too_many());
        }
        let old = |hash: &&Multihash| !state.blocks.contains_key(&self.key.hash_one(*hash));
        Ok(hashes.iter().filter(old).copied().collect())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.state().blocks.capacity() as u64 * Self::ENTRY_BYTES
    }

    const fn too_many(&self) -> CollectError {
        CollectError::TooMany { limit: self.most }
    }

    fn open(&self, state: &mut State) -> u64 {
        state.last += 1;
        state.open.insert(state.last);
        self.notes.store(true, Ordering::SeqCst);
        state.last
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets what no lease needs any more; nothing during a collection, which does not know what
    /// became marked since it looked.
    fn forget(&mut self) {
        if self.collecting {
            return;
        }
        let Some(oldest) = self.open.first().copied() else {
            self.blocks = HashMap::new();
            self.missed = None;
            return;
        };
        self.blocks.retain(|_, noted| *noted >= oldest);
        self.missed = self.missed.filter(|missed| *missed >= oldest);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = self.recent.state();
        let was_oldest = state.open.first() == Some(&self.number);
        state.open.remove(&self.number);
        if self.collects {
            state.collecting = false;
        }
        if was_oldest || self.collects {
            state.forget();
        }
        if state.open.is_empty() {
            self.recent.notes.store(false, Ordering::SeqCst);
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("number", &self.number)
            .field("collects", &self.collects)
            .finish_non_exhaustive()
    }
}
