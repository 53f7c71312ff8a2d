//! How much of a tree is asked for at once.

use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;

use super::super::{Fetch, Source, Wanted};
use super::*;

/// Has all blocks, and remembers how many were asked for each time.
struct Counting {
    from: Arc<MemoryStore>,
    asked: Arc<Mutex<Vec<usize>>>,
}

impl Source for Counting {
    fn want(&self, cids: Vec<Cid>) -> Wanted {
        self.asked.lock().unwrap().push(cids.len());
        let from = Arc::clone(&self.from);
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

/// How many blocks were asked for each time, of a file in leaves of `chunk_bytes`.
async fn asked_of(file_bytes: usize, chunk_bytes: usize) -> Vec<usize> {
    let (here, there) = (TestStore::new(), TestStore::new());
    let source = there.place.path().join("source");
    fs::write(&source, noise(file_bytes)).unwrap();
    let settings = ImportSettings { chunk_bytes, ..ImportSettings::whole() };
    let root = there.import_as(&source, &settings).await.unwrap().root;
    let asked = Arc::default();
    let mut reader = here.reader();
    let source = Counting { from: there.store, asked: Arc::clone(&asked) };
    reader.attach(Box::new(source), Duration::MAX);
    Fetch::new(root, &|_| {}).run(&reader).await.unwrap();
    asked.lock().unwrap().clone()
}

#[tokio::test]
async fn small_leaves_are_asked_for_in_a_few_round_trips() {
    // Each level below the root is asked for at once: 24 nodes, and 4,096 leaves.
    assert_eq!(asked_of(4 << 20, 1 << 10).await, [1, 24, 4_096]);
}

#[tokio::test]
async fn of_large_leaves_a_few_are_asked_for_first_and_then_more() {
    let asked = asked_of(40 << 20, 256 << 10).await;
    assert_eq!(asked[..2], [1, 33], "8 MiB, and as much again as has come");
    assert_eq!(asked.iter().sum::<usize>(), 161);
}
