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
    fn want(&self, mut cids: Vec<Cid>, _: Option<u32>) -> Wanted {
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
    far_in_leaves(1_000, permits).await
}

async fn far_in_leaves(chunk_bytes: usize, permits: usize) -> (TestStore, Cid, Vec<u8>, Slow) {
    let (here, there) = (TestStore::new(), TestStore::new());
    let source = there.place.path().join("source");
    let content = noise(200 * chunk_bytes);
    fs::write(&source, &content).unwrap();
    let settings = ImportSettings { chunk_bytes, ..ImportSettings::whole() };
    let root = there.import_as(&source, &settings).await.unwrap().root;
    let (from, into) = (there.store, Arc::clone(&here.store));
    (here, root, content, Slow { from, into, permits: Arc::new(Semaphore::new(permits)) })
}

fn beside(here: &TestStore, fetch: &Fetch<'_>) -> BlockReader {
    let mut reader = here.reader();
    let store = Arc::clone(&here.store);
    reader.attach(fetch.arrivals(store));
    reader
}

async fn content_of(mut walk: Walk) -> Result<Vec<u8>, DagError> {
    let mut content = Vec::new();
    while let Some(step) = walk.next().await? {
        if let Step::Bytes(bytes) = step {
            content.extend_from_slice(&bytes);
        }
    }
    Ok(content)
}

#[tokio::test]
async fn who_reads_along_is_handed_what_comes_and_reads_no_store() {
    let (here, root, content, source) = far(1_000).await;
    let mut reader = here.reader();
    reader.attach(Box::new(source));
    let mut fetch = Fetch::new(root, &|_| {});
    let nothing = TestStore::new();
    let walk = Walk::new(beside(&nothing, &fetch), root);

    let (fetched, read) = tokio::join!(fetch.run(&reader), content_of(walk));

    assert!(fetched.unwrap().blocks_come > 200);
    assert_eq!(read.unwrap(), content);
}

#[tokio::test]
async fn who_reads_later_is_handed_the_beginning_and_has_the_rest_from_the_store() {
    let (here, root, content, source) = far_in_leaves(64 << 10, 1_000).await;
    let mut reader = here.reader();
    reader.attach(Box::new(source));
    let mut fetch = Fetch::new(root, &|_| {});
    let walk = Walk::new(beside(&here, &fetch), root);

    fetch.run(&reader).await.unwrap();

    let nothing = TestStore::new();
    let handed = content_of(Walk::new(beside(&nothing, &fetch), root)).await;
    assert!(matches!(handed, Err(DagError::Want(_))), "8 of 12 MiB are held at most");
    assert_eq!(content_of(walk).await.unwrap(), content);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_came_is_read_although_a_later_node_links_to_it_again() {
    let here = TestStore::new();
    let file = here.place.path().join("file");
    let mut content = noise(600_000);
    content.extend_from_within(240_000..240_100);
    fs::write(&file, &content).unwrap();
    let settings = ImportSettings { chunk_bytes: 100, ..ImportSettings::whole() };
    let root = here.import_as(&file, &settings).await.unwrap().root;
    let reader = here.reader();
    let mut fetch = Fetch::new(root, &|_| {});
    let walk = Walk::new(beside(&here, &fetch), root);

    fetch.run(&reader).await.unwrap();

    let read = tokio::time::timeout(Duration::from_secs(1), content_of(walk)).await;
    assert_eq!(read.expect("the reader waits for ever").unwrap(), content);
}

#[tokio::test]
async fn its_beginning_is_there_before_its_end_has_come() {
    let (here, root, content, source) = far(150).await;
    let permits = Arc::clone(&source.permits);
    let mut reader = here.reader();
    reader.attach(Box::new(source));
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
    reader.attach(Box::new(source));
    let mut fetch = Fetch::new(root, &|_| {});
    let mut walk = Walk::new(beside(&here, &fetch), root);
    let copy = here.place.path().join("copy");

    let saved = save(&mut walk, &copy, false);
    let outcome = tokio::try_join!(fetch.run(&reader), saved);

    assert!(matches!(outcome, Err(DagError::Want(_))), "{outcome:?}");
    assert!(here.names().is_empty(), "{:?}", here.names());
}
