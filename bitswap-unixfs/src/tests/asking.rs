//! How much of a tree is asked for at once.

use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, FuturesUnordered};
use tokio::sync::{mpsc, oneshot};

use super::super::{Fetch, Source, Wanted};
use super::*;

const ROUND_TRIP: Duration = Duration::from_millis(100);

/// Has all blocks, and remembers what it was asked for.
struct Counting {
    from: Arc<MemoryStore>,
    /// Whether the last of a list comes first.
    turns: bool,
    asked: Arc<Mutex<Asked>>,
}

#[derive(Clone, Default)]
struct Asked {
    /// Blocks each time.
    each: Vec<usize>,
    cids: Vec<Cid>,
}

impl Source for Counting {
    fn want(&self, cids: Vec<Cid>, _: Option<u32>) -> Wanted {
        let mut asked = self.asked.lock().unwrap();
        asked.each.push(cids.len());
        asked.cids.extend(&cids);
        let from = Arc::clone(&self.from);
        let mut cids = cids;
        if self.turns {
            cids.reverse();
        }
        let found = stream::iter(cids).then(move |cid| {
            let from = Arc::clone(&from);
            async move {
                let found = from.get_many(&[*cid.hash()]).await.remove(0).unwrap();
                (cid, Ok(found.unwrap()))
            }
        });
        found.boxed()
    }
}

/// What was asked for of a file in leaves of `chunk_bytes`.
async fn asked_of(file_bytes: usize, chunk_bytes: usize) -> Asked {
    let (here, there) = (TestStore::new(), TestStore::new());
    let source = there.place.path().join("source");
    fs::write(&source, noise(file_bytes)).unwrap();
    let settings = ImportSettings { chunk_bytes, ..ImportSettings::whole() };
    let root = there.import_as(&source, &settings).await.unwrap().root;
    let asked = Arc::default();
    let mut reader = here.reader();
    let source = Counting { from: there.store, turns: true, asked: Arc::clone(&asked) };
    reader.attach(Box::new(source));
    Fetch::new(root, &|_| {}).run(&reader).await.unwrap();
    asked.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn small_leaves_are_asked_for_in_a_few_round_trips() {
    // Each level below the root is asked for at once: 24 nodes, and 4,096 leaves.
    let asked = asked_of(4 << 20, 1 << 10).await;
    assert_eq!(asked.each, [1, 24, 4_096]);
}

#[tokio::test(start_paused = true)]
async fn of_large_leaves_no_more_are_asked_for_at_once_than_may_wait_here() {
    let asked = asked_of(40 << 20, 256 << 10).await;
    assert_eq!(asked.each[..2], [1, 64], "16 MiB");
    assert_eq!(asked.each.iter().sum::<usize>(), 161);
}

#[tokio::test(start_paused = true)]
async fn what_is_below_nodes_that_come_together_is_asked_for_in_the_order_of_the_file() {
    const CHUNK: usize = 16 << 10;
    let bytes = 400 * CHUNK;
    let asked = asked_of(bytes, CHUNK).await;
    let leaf = |chunk: &[u8]| *Block::sha2_256(chunk.to_vec().into()).unwrap().multihash();
    let leaves: Vec<_> = noise(bytes).chunks(CHUNK).map(leaf).collect();
    let (nodes, asked) = asked.cids.split_at(1 + 3);
    assert!(nodes.iter().all(|cid| cid.codec() == DAG_PB), "a root and three nodes below it");
    assert!(asked.iter().map(|cid| *cid.hash()).eq(leaves));
}

#[tokio::test(start_paused = true)]
async fn of_others_a_reader_in_order_asks_for_what_it_has_room_for_soon() {
    let (here, there) = (TestStore::new(), TestStore::new());
    let source = there.place.path().join("source");
    fs::write(&source, noise(20 << 20)).unwrap();
    let root = there.import(&source).await.unwrap().root;
    let asked: Arc<Mutex<Asked>> = Arc::default();
    let mut reader = here.reader();
    let source = Counting { from: there.store, turns: false, asked: Arc::clone(&asked) };
    reader.attach(Box::new(source));
    save(&mut Walk::new(reader, root), &here.place.path().join("copy"), false).await.unwrap();
    let each = asked.lock().unwrap().each.clone();
    assert_eq!(each[..3], [1, 32, 2], "32 at any time, as good as");
    assert!(each[2..].iter().all(|more| *more <= 2), "{each:?}");
}

/// Sends all that it was asked for as one message, then what it was asked for meanwhile. A message
/// takes a round trip, and one more for each doubling of 256 KiB.
struct Messages {
    from: Arc<MemoryStore>,
    asked: mpsc::Sender<oneshot::Sender<()>>,
}

impl Messages {
    fn of(from: Arc<MemoryStore>) -> Self {
        let (asked, mut queue) = mpsc::channel::<oneshot::Sender<()>>(1_024);
        tokio::spawn(async move {
            let mut message = Vec::new();
            while queue.recv_many(&mut message, usize::MAX).await > 0 {
                tokio::time::sleep(ROUND_TRIP * (message.len().ilog2() + 2)).await;
                message.drain(..).for_each(|tell| tell.send(()).unwrap());
            }
        });
        Self { from, asked }
    }
}

impl Source for Messages {
    fn want(&self, cids: Vec<Cid>, _: Option<u32>) -> Wanted {
        let arriving = FuturesUnordered::new();
        for cid in cids {
            let (tell, told) = oneshot::channel();
            self.asked.try_send(tell).unwrap();
            let from = Arc::clone(&self.from);
            arriving.push(async move {
                told.await.unwrap();
                let found = from.get_many(&[*cid.hash()]).await.remove(0).unwrap();
                (cid, Ok(found.unwrap()))
            });
        }
        arriving.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn more_is_asked_for_at_once_while_more_of_it_comes_in_the_same_time() {
    let (here, there) = (TestStore::new(), TestStore::new());
    let source = there.place.path().join("source");
    fs::write(&source, noise(100 << 20)).unwrap();
    let root = there.import(&source).await.unwrap().root;
    let mut reader = here.reader();
    reader.attach(Box::new(Messages::of(there.store)));
    let begun = tokio::time::Instant::now();
    Fetch::new(root, &|_| {}).run(&reader).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}
