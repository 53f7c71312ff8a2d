//! A tree is read while it is fetched.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use tokio::sync::Semaphore;

use super::super::{Fetch, Source, Step, WantError, Wanted};
use super::*;

/// Takes blocks out of one store and puts them into another, as long as there are permits; of each
/// 32 that are wanted, the last one comes first.
struct Slow {
    from: Arc<MemoryStore>,
    into: Arc<MemoryStore>,
    permits: Arc<Semaphore>,
}

impl Source for Slow {
    fn want(&self, mut cids: Vec<Cid>) -> Wanted {
        cids.chunks_mut(32).for_each(<[Cid]>::reverse);
        let (from, into) = (Arc::clone(&self.from), Arc::clone(&self.into));
        let permits = Arc::clone(&self.permits);
        let come = stream::iter(cids).then(move |cid| {
            let (from, into) = (Arc::clone(&from), Arc::clone(&into));
            let permits = Arc::clone(&permits);
            async move {
                permits.acquire().await.unwrap().forget();
                let found = from.get_many(&[*cid.hash()]).await.remove(0).unwrap();
                let lost = || WantError::Lost { why: "the source lacks it".to_owned() };
                let block = found.ok_or_else(lost);
                if let Ok(block) = &block {
                    let put = into.put_many(vec![block.clone()], Durability::Relaxed);
                    drop(put.await.unwrap());
                }
                (cid, block)
            }
        });
        come.boxed()
    }
}

/// A file of 200 leaves in one store, and a source that brings it into another.
async fn far(permits: usize) -> (TestStore, Cid, Vec<u8>, Slow) {
    let (here, there) = (TestStore::new(), TestStore::new());
    let source = there.place.path().join("source");
    let content = noise(200_000);
    fs::write(&source, &content).unwrap();
    let settings = ImportSettings { chunk_bytes: 1_000, ..ImportSettings::whole() };
    let root = there.import_as(&source, &settings).await.unwrap().root;
    let (from, into) = (there.store, Arc::clone(&here.store));
    (here, root, content, Slow { from, into, permits: Arc::new(Semaphore::new(permits)) })
}

fn beside(here: &TestStore, fetch: &Fetch<'_>) -> BlockReader {
    let mut reader = here.reader();
    let store = Arc::clone(&here.store);
    reader.attach(fetch.arrivals(store), Duration::MAX);
    reader
}

#[tokio::test]
async fn its_beginning_is_there_before_its_end_has_come() {
    let (here, root, content, source) = far(150).await;
    let permits = Arc::clone(&source.permits);
    let mut reader = here.reader();
    reader.attach(Box::new(source), Duration::MAX);
    let mut fetch = Fetch::new(root, &|_| {});
    let mut walk = Walk::new(beside(&here, &fetch), root);

    let read = async {
        let mut come = Vec::new();
        while let Some(step) = walk.next().await.unwrap() {
            if let Step::Bytes(bytes) = step {
                come.extend_from_slice(&bytes);
            }
            if come.len() == 30_000 {
                permits.add_permits(1_000);
            }
        }
        come
    };
    let (fetched, come) = tokio::join!(fetch.run(&reader), read);

    assert!(fetched.unwrap().blocks_come > 200);
    assert_eq!(come, content);
}

#[tokio::test]
async fn nothing_is_left_of_it_if_the_end_does_not_come() {
    let (here, root, _, source) = far(1_000).await;
    let lost = source.from.page(&bitswap_store::Cursor::START, std::num::NonZeroUsize::MIN).await;
    drop(source.from.delete_many(&lost.unwrap().hashes).await.unwrap());
    let mut reader = here.reader();
    reader.attach(Box::new(source), Duration::MAX);
    let mut fetch = Fetch::new(root, &|_| {});
    let mut walk = Walk::new(beside(&here, &fetch), root);
    let copy = here.place.path().join("copy");

    let saved = save(&mut walk, &copy, false);
    let outcome = tokio::try_join!(fetch.run(&reader), saved);

    assert!(matches!(outcome, Err(DagError::Want(_))), "{outcome:?}");
    assert!(here.names().is_empty(), "{:?}", here.names());
}
