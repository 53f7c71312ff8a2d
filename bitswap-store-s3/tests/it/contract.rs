//! The contract of all block stores, with a cache and without.

use std::sync::Arc;

use bitswap_store::{BlockStore as _, Durability, conformance};
use futures::TryStreamExt as _;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::{block, with_cache};

#[tokio::test]
async fn it_keeps_the_contract() {
    for cache_bytes in [0, 1 << 20] {
        let fresh = async || {
            let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            with_cache(&objects, cache_bytes)
        };
        assert_eq!(conformance::run(fresh).await, Ok(()), "{cache_bytes}");
    }
}

#[tokio::test]
async fn a_damaged_object_fails_alone() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = with_cache(&objects, 0);
    let whole = [block("apple"), block("pear")];
    let broken = block("plum");
    let all = [&whole[..], std::slice::from_ref(&broken)].concat();
    drop(store.put_many(all, Durability::Prompt).await.unwrap());

    let names: Vec<_> = objects.list(None).try_collect().await.unwrap();
    for object in names.iter().filter(|object| object.size == 4) {
        let bytes = objects.get(&object.location).await.unwrap().bytes().await.unwrap();
        if bytes == broken.bytes() {
            objects.put(&object.location, "plug".into()).await.unwrap();
        }
    }

    let told = conformance::damaged(&store, &whole, broken.multihash()).await;
    assert_eq!(told, Ok(()));
    // Putting it again mends it.
    drop(store.put_many(vec![broken.clone()], Durability::Prompt).await.unwrap());
    let mended = store.get_many(&[*broken.multihash()]).await.remove(0);
    assert_eq!(mended, Ok(Some(broken)));
}
