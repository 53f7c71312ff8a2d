//! Several nodes with one store, and what their caches make of it.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bitswap_store::{BlockStore as _, Cursor, Durability, StoreError};
use futures::future::{join, join_all};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::counted::Counted;
use crate::{block, node, with_cache};

#[tokio::test(start_paused = true)]
async fn what_one_puts_the_others_have() {
    let objects: Arc<dyn ObjectStore> = Counted::new();
    let [one, other] = [node(&objects), node(&objects)];
    let (apple, pear) = (block("apple"), block("pear"));
    assert_eq!(other.sizes(&[*apple.multihash()]).await, [Ok(None)]);

    drop(one.put_many(vec![apple.clone(), pear.clone()], Durability::Prompt).await.unwrap());

    assert_eq!(other.get_many(&[*pear.multihash()]).await, [Ok(Some(pear.clone()))]);
    // It was looked for just now, which is remembered for a second.
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(other.get_many(&[*apple.multihash()]).await, [Ok(Some(apple.clone()))]);
    assert_eq!(other.sizes(&[*apple.multihash()]).await, [Ok(Some(5))]);
    assert!(other.capabilities().shared && other.capabilities().durable);
}

#[tokio::test(start_paused = true)]
async fn a_block_is_read_once_for_all_who_want_it() {
    let counted = Counted::new();
    let objects: Arc<dyn ObjectStore> = Arc::<Counted>::clone(&counted);
    let apple = block("apple");
    drop(node(&objects).put_many(vec![apple.clone()], Durability::Prompt).await.unwrap());
    let hash = [*apple.multihash()];

    let store = node(&objects);
    let all = join_all((0..50).map(|_| store.get_many(&hash))).await;
    assert!(all.iter().flatten().all(|read| *read == Ok(Some(apple.clone()))));
    assert_eq!(counted.gets(), 1);
    drop(store.get_many(&hash).await);
    assert_eq!(store.sizes(&hash).await, [Ok(Some(5))]);
    assert_eq!(counted.gets(), 0, "it is in the cache");

    let store = with_cache(&objects, 0);
    for _ in 0..2 {
        drop(store.get_many(&hash).await);
    }
    assert_eq!(counted.gets(), 2, "there is no cache");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_began_before_a_put_tells_nothing_about_after_it() {
    for cache_bytes in [0, 1 << 20] {
        let objects: Arc<dyn ObjectStore> = Counted::new();
        let store = with_cache(&objects, cache_bytes);
        let apple = block("apple");
        let hash = [*apple.multihash()];

        let put = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            drop(store.put_many(vec![apple.clone()], Durability::Prompt).await.unwrap());
            assert_eq!(store.get_many(&hash).await, [Ok(Some(apple.clone()))]);
        };
        let (before, ()) = join(store.get_many(&hash), put).await;
        assert_eq!(before, [Ok(None)]);
        assert_eq!(store.get_many(&hash).await, [Ok(Some(apple.clone()))], "{cache_bytes}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_began_before_a_deletion_tells_nothing_about_after_it() {
    let objects: Arc<dyn ObjectStore> = Counted::new();
    let store = node(&objects);
    let apple = block("apple");
    let hash = [*apple.multihash()];
    drop(node(&objects).put_many(vec![apple.clone()], Durability::Prompt).await.unwrap());

    assert_eq!(store.sizes(&hash).await, [Ok(Some(5))]);
    let delete = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        drop(store.delete_many(&hash).await.unwrap());
        assert_eq!(store.sizes(&hash).await, [Ok(None)]);
    };
    let (before, ()) = join(store.get_many(&hash), delete).await;
    assert_eq!(before, [Ok(Some(apple))]);
    assert_eq!(store.get_many(&hash).await, [Ok(None)]);
    assert_eq!(store.sizes(&hash).await, [Ok(None)]);
}

#[tokio::test(start_paused = true)]
async fn requests_at_once_and_memory_are_limited() {
    let counted = Counted::new();
    let objects: Arc<dyn ObjectStore> = Arc::<Counted>::clone(&counted);
    let store = with_cache(&objects, 100_000);
    let blocks: Vec<_> = (0..1_000).map(|number| block(&format!("{number:0>1000}"))).collect();
    let hashes: Vec<_> = blocks.iter().map(|block| *block.multihash()).collect();

    drop(store.put_many(blocks.clone(), Durability::Relaxed).await.unwrap());
    let read = store.get_many(&hashes).await;

    assert!(read.into_iter().zip(blocks).all(|(read, block)| read == Ok(Some(block))));
    assert_eq!(counted.most_at_once.load(Ordering::Relaxed), 64);
    let known = 1_000 * 256;
    assert!(store.memory_bytes() <= 100_000 + known, "{}", store.memory_bytes());
}

#[tokio::test(start_paused = true)]
async fn a_put_that_failed_is_told_until_one_succeeds() {
    let counted = Counted::new();
    let objects: Arc<dyn ObjectStore> = Arc::<Counted>::clone(&counted);
    let store = node(&objects);
    let (apple, pear) = (block("apple"), block("pear"));
    drop(store.put_many(vec![apple.clone()], Durability::Prompt).await.unwrap());

    counted.refuses.store(true, Ordering::Relaxed);
    let refused = store.put_many(vec![pear.clone()], Durability::Prompt).await;
    assert!(matches!(refused, Err(StoreError::Io { .. })));
    assert!(store.usage().failing.is_some() && store.usage().failed_commits == 1);
    let hashes = [*apple.multihash(), *pear.multihash()];
    assert_eq!(store.get_many(&hashes).await, [Ok(Some(apple)), Ok(None)]);

    counted.refuses.store(false, Ordering::Relaxed);
    drop(store.put_many(vec![pear.clone()], Durability::Prompt).await.unwrap());
    assert_eq!(store.usage().failing, None);
    assert_eq!(store.sizes(&hashes[1..]).await, [Ok(Some(4))]);
}

#[tokio::test]
async fn objects_of_others_are_no_blocks() {
    let objects: Arc<dyn ObjectStore> = Counted::new();
    let store = node(&objects);
    let apple = block("apple");
    drop(store.put_many(vec![apple.clone()], Durability::Prompt).await.unwrap());
    for name in ["blocks/README", "blocks/zz/other", "elsewhere/file"] {
        objects.put(&Path::from(name), "of others".into()).await.unwrap();
    }

    let mut walked = Vec::new();
    let mut next = Some(Cursor::START);
    while let Some(from) = next {
        let page = store.page(&from, NonZeroUsize::MIN).await.unwrap();
        walked.extend(page.hashes);
        next = page.next;
    }
    assert_eq!(walked, [*apple.multihash()]);
    let foreign = Cursor::new("elsewhere/file".into());
    assert_eq!(
        store.page(&foreign, NonZeroUsize::MIN).await,
        Err(StoreError::BadCursor { bytes: 14 })
    );
}
