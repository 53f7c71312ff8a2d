//! Invariant I17, in drawn orders: puts, leases and marks while a collection goes on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::join;

use super::*;

/// Draws of one run, from its number.
struct Draws(AtomicU64);

impl Draws {
    /// A number below `end`.
    fn below(&self, end: u64) -> u64 {
        let mixed = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Lets the others go on, a few times.
    async fn pause(&self) {
        for _ in 0..self.below(4) {
            let mut waited = false;
            futures::future::poll_fn(|context| {
                if std::mem::replace(&mut waited, true) {
                    return std::task::Poll::Ready(());
                }
                context.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
        }
    }
}

/// A store whose calls take some time, before and after they have their effect.
struct Slow {
    store: MemoryStore,
    draws: Arc<Draws>,
    knows_ages: bool,
}

#[async_trait]
impl BlockStore for Slow {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        self.draws.pause().await;
        let found = self.store.get_many(hashes).await;
        self.draws.pause().await;
        found
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        self.draws.pause().await;
        let found = self.store.sizes(hashes).await;
        self.draws.pause().await;
        found
    }

    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        self.draws.pause().await;
        let put = self.store.put_many(blocks, durability).await;
        self.draws.pause().await;
        put
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        self.draws.pause().await;
        let deleted = self.store.delete_many(hashes).await;
        self.draws.pause().await;
        deleted
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        self.draws.pause().await;
        // Short ones, so that more happens between them.
        self.store.page(from, most.min(NonZeroUsize::new(3).unwrap())).await
    }

    async fn sync(&self) -> Result<(), StoreError> {
        self.store.sync().await
    }

    fn ages(&self, hashes: &[Multihash]) -> Vec<u64> {
        if !self.knows_ages {
            return vec![0; hashes.len()];
        }
        let number = |hash| (0..300).find(|number| numbered(*number).multihash() == hash);
        hashes.iter().map(|hash| number(hash).map_or(0, age)).collect()
    }

    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }
}

/// A store that knows how old blocks are.
pub(super) fn aged() -> impl BlockStore {
    let draws = Arc::new(Draws(AtomicU64::new(0)));
    Slow { store: MemoryStore::new(), draws, knows_ages: true }
}

/// How old a numbered block is.
pub(super) const fn age(number: u64) -> u64 {
    number % 10
}

pub(super) fn numbered(number: u64) -> Block {
    Block::sha2_256(Bytes::from(number.to_be_bytes().to_vec())).unwrap()
}

/// What must be there at the end, and why.
type Due = std::sync::Mutex<BTreeMap<u64, &'static str>>;

/// Somebody puts blocks, or finds that they are there, and needs them at the end: under a lease,
/// which may end once they are marked, or after the collection began.
async fn user(store: &GuardedStore, draws: &Draws, due: &Due, begun: &AtomicU64) {
    for _ in 0..3 {
        draws.pause().await;
        let lease = (draws.below(2) == 0).then(|| store.lease());
        let since = begun.load(Ordering::Relaxed) == 1;
        for number in (0..3).map(|_| draws.below(24)) {
            draws.pause().await;
            let block = numbered(number);
            let looks = draws.below(2) == 0;
            let found =
                looks && store.sizes(&[*block.multihash()]).await.remove(0).unwrap().is_some();
            if !found {
                drop(store.put_many(vec![block], Durability::Relaxed).await.unwrap());
            }
            // What is acknowledged after it began was put since.
            let put_since = !found && begun.load(Ordering::Relaxed) == 1;
            if lease.is_some() || since || put_since {
                due.lock().unwrap().insert(number, if found { "found" } else { "put" });
            }
        }
        draws.pause().await;
    }
}

async fn collector(store: &Arc<GuardedStore>, draws: &Draws, due: &Due, begun: &AtomicU64) {
    draws.pause().await;
    // What is due of leases that are over is not, unless it is marked as a pin would.
    let mut collection = store.collect().await.unwrap();
    begun.store(1, Ordering::Relaxed);
    let pinned: Vec<u64> = due.lock().unwrap().keys().copied().collect();
    for number in pinned {
        draws.pause().await;
        collection.mark(numbered(number).multihash());
    }
    collection.sweep(ALL, &|_| {}).await.unwrap();
}

#[test]
fn nothing_that_is_needed_is_freed_in_any_order() {
    let mut freed = 0;
    for seed in 0..3_000 {
        let draws = Arc::new(Draws(AtomicU64::new(seed * 0x1_0001)));
        let slow = Slow { store: MemoryStore::new(), draws: Arc::clone(&draws), knows_ages: false };
        put(&slow.store, &(0..12).map(numbered).collect::<Vec<_>>());
        let store = GuardedStore::around(Arc::new(slow));
        let (due, begun) = (Due::default(), AtomicU64::new(0));

        let one = || user(&store, &draws, &due, &begun);
        block_on(async { join!(one(), one(), collector(&store, &draws, &due, &begun)) });

        for (number, why) in due.into_inner().unwrap() {
            assert!(there(store.as_ref(), &numbered(number)), "SEED={seed}: {number}, {why}");
        }
        freed += (0..24).filter(|number| !there(store.as_ref(), &numbered(*number))).count();
    }
    assert!(freed > 3_000, "hardly anything was freed: {freed}");
}
